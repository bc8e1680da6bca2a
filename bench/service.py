"""The service as its user starts it, and a client of it that measures."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from bench.pairs import commented, photo
from bench.peak_memory import ROOT

START_SECONDS, POLL_SECONDS = 60, 0.005
TIMEOUT = 300
_numbers = count()


class ServiceFailed(Exception):
    """It did not start, or refused what it was sent; the text is what it said."""


@dataclass(frozen=True)
class Answered:
    """One evaluation: seconds from the first byte sent to the last one read, and the report."""

    seconds: float
    report: dict[str, Any]


@dataclass(frozen=True)
class Service:
    """A running service: its port and process, and the seconds from its start to the first answer of the front page."""

    port: int
    pid: int
    started: float

    def evaluate(self, a: bytes, b: bytes, page: bool = False, again: bool = False, **options: str) -> Answered:
        """Send a pair as a browser or curl does, and delete it afterwards, which is not timed.

        page: have it answered by the report page, whose pictures are drawn then; else by JSON.
        again: sent twice, and the second time is what is reported, when the answer is stored.

        The files get a comment of their own each time, the same in A and B, so that no answer is stored and no file
        known; what is identical stays so. Raises ServiceFailed.
        """
        comment = f"sent as number {next(_numbers)}"
        fields = {"a": _file(commented(a, comment)), "b": _file(commented(b, comment)), **options}
        boundary, body = encode_multipart(fields)
        kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        path = "/api/v1/evaluate?format=" + ("page" if page else "json")
        if again:
            _request(self.port, "POST", path, body, kind)
        began = time.perf_counter()
        status, answer, place = _request(self.port, "POST", path, body, kind)
        seconds = time.perf_counter() - began
        if status != http.HTTPStatus.CREATED:
            raise ServiceFailed(json.loads(answer)["detail"])
        report = json.loads(_request(self.port, "GET", f"{place}?format=json")[1] if page else answer)
        _request(self.port, "DELETE", f"/api/v1/pairs/{report['pair']}")
        return Answered(seconds, report)


@contextmanager
def serving(root: Path = ROOT) -> Iterator[Service]:
    """A service with data of its own, up as soon as its front page answers. Raises ServiceFailed.

    root: the checkout whose code it runs.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with TemporaryDirectory() as folder, (Path(folder) / "log").open("w+") as log:
        own = {"HOST": "127.0.0.1", "PORT": str(port), "DATA_DIR": f"{folder}/data", "DATABASE_URL": ""}
        own["SHARE_REPORTS"] = "true"  # else a caller without a key is never answered with a stored report
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "serve"], cwd=root, env={**os.environ, **own}, stdout=log, stderr=log
        )
        try:
            _wait(process, port, Path(folder) / "log")
            yield Service(port, process.pid, time.perf_counter() - began)
        finally:
            process.terminate()
            process.wait()


def warm_up(service: Service) -> dict[str, str]:
    """One small evaluation, which loads all that is loaded once. Why an analysis did not run, by its name."""
    report = service.evaluate(*photo(320, 240)).report
    return {ran["name"]: ran["reason"] for ran in report["analyses"] if ran["status"] != "ok"}


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Until the front page answers."""
    late = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < late:
        try:
            if _request(port, "GET", "/")[0] == http.HTTPStatus.OK:
                return
        except OSError:
            time.sleep(POLL_SECONDS)
    raise ServiceFailed(f"the service did not start:\n{log.read_text()[-2000:]}")


def _request(
    port: int, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, bytes, str]:
    """Status, body and Location of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response.status, response.read(), response.headers.get("Location", "")
    finally:
        connection.close()


def _file(data: bytes) -> FileStorage:
    return FileStorage(BytesIO(data), filename="picture")
