"""SIGTERM to a real server, at work: what runs is answered, nothing new is taken, nobody is left behind."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.pictures import changed_scene, png, scene
from tests.serving import ROOT, free_port, wait_for

SIZE = (1600, 1200)
BOUNDARY = "x-boundary-x"


class Server:
    """A server of its own, which the test ends."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.log = folder / "log"
        settings = {"PORT": str(self.port), "DATA_DIR": str(folder / "data"), "TFHUB_CACHE_DIR": str(folder / "tfhub")}
        environment = {**os.environ, **settings, "HOST": "127.0.0.1", "LOG_FORMAT": "json", "PRELOAD_NETWORKS": "false"}
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app", "serve"], cwd=ROOT, env=environment, stdout=log, stderr=log
            )
        wait_for(f"http://127.0.0.1:{self.port}", self.process, self.log)

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, Any]:
        """Status and body of an answer; of JSON its value."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer.status, json.loads(data) if "json" in answer.headers["Content-Type"] else data

    def evaluate(self) -> tuple[int, Any]:
        """Compare two pictures that take a while."""
        form = f"multipart/form-data; boundary={BOUNDARY}"
        return self.ask(
            "POST", "/api/v1/evaluate", two_pictures(fresh="true"), Content_Type=form, X_Request_ID="the-long-one"
        )

    def served(self) -> list[dict[str, Any]]:
        """The log lines of requests, by now."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [line for line in lines if line["logger"] == "app.access"]


def two_pictures(**fields: str) -> bytes:
    """A multipart body with two pictures and other fields."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}.png"\r\n\r\n'.encode()
        + png(picture)
        for name, picture in (("a", scene(*SIZE)), ("b", changed_scene(*SIZE)))
    ]
    parts += [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode()
        for name, value in fields.items()
    ]
    return b"\r\n".join([*parts, f"--{BOUNDARY}--\r\n".encode()])


def family(process: int) -> set[int]:
    """A process's children, theirs, and so on."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = {process}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {process}


def refused_within(port: int, seconds: float) -> bool:
    """Whether new clients are turned away by then (who stood in the queue as it closed is reset instead)."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 5).close()
        except ConnectionRefusedError:
            return True
        except ConnectionResetError:
            pass
        time.sleep(0.02)
    return False


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    server.process.kill()
    server.process.wait()


def running(server: Server) -> Future[tuple[int, Any]]:
    """An evaluation that has begun in a process for pictures."""
    pool = ThreadPoolExecutor(1)
    asked = pool.submit(server.evaluate)
    pool.shutdown(wait=False)
    deadline = time.monotonic() + 30
    while not list((server.log.parent / "data" / "blobs").glob("??/*")) and time.monotonic() < deadline:
        time.sleep(0.005)
    assert not asked.done()
    return asked


def test_what_runs_is_answered_and_nobody_is_left(server: Server) -> None:
    assert server.evaluate()[0] == 201, "the processes for pictures are there"
    for file in (server.log.parent / "data" / "blobs").glob("??/*"):
        file.unlink()
    asked = running(server)
    processes = family(server.process.pid)
    assert processes, "one for pictures"
    server.process.send_signal(signal.SIGTERM)
    assert refused_within(server.port, 10)
    assert not asked.done(), "it is refused while the other still runs"
    status, report = asked.result(60)
    assert status == 201
    assert report["verdict"]["kind"] == "changed"
    assert server.process.wait(60) == 0
    assert all_gone(processes)
    (line,) = [line for line in server.served() if line["request"] == "the-long-one"][1:]
    assert (line["status"], line["route"], line["method"]) == (201, "/api/v1/evaluate", "POST")
    assert line["bytes"] > 1000
    assert line["client"] == "127.0.0.1"
    assert line["milliseconds"] > 0


def all_gone(processes: set[int]) -> bool:
    """Whether none of them is left, within 10 s."""
    deadline = time.monotonic() + 10
    while (left := [one for one in processes if Path(f"/proc/{one}").exists()]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not left


def test_a_body_on_its_way_is_received_and_nobody_else_is_waited_for(server: Server) -> None:
    body = two_pictures()
    head = (
        "POST /api/v1/pairs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    connections = [socket.create_connection(("127.0.0.1", server.port), 30) for _ in range(3)]
    idle, half_a_head, sending = connections
    half_a_head.sendall(b"GET / HT")
    sending.sendall(head.encode() + body[:5000])
    time.sleep(0.5)
    server.process.send_signal(signal.SIGTERM)
    assert refused_within(server.port, 10)
    assert idle.recv(1) == half_a_head.recv(1) == b""
    assert server.process.poll() is None
    sending.sendall(body[5000:])
    assert sending.recv(12) == b"HTTP/1.1 201"
    while sending.recv(65536):
        pass
    assert server.process.wait(30) == 0
    for connection in connections:
        connection.close()


def test_a_second_signal_ends_it_at_once(server: Server) -> None:
    asked = running(server)
    processes = family(server.process.pid)
    server.process.send_signal(signal.SIGTERM)
    assert refused_within(server.port, 10)
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(5) == -signal.SIGTERM
    assert isinstance(asked.exception(10), OSError)
    assert all_gone(processes)


def test_each_request_is_one_line_that_names_no_report(server: Server) -> None:
    server.ask("GET", f"/reports/{'7' * 32}", X_Request_ID="mine")
    server.ask("GET", "/healthz")
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(30) == 0
    served = server.served()
    (mine,) = [line for line in served if line["request"] == "mine"]
    assert mine.keys() == {
        *("time", "level", "logger", "request", "method", "route", "status", "milliseconds", "bytes", "client")
    }
    assert (mine["route"], mine["status"]) == ("/reports/<report>", 404)
    assert "7" * 32 not in server.log.read_text()
    assert {line["route"] for line in served} == {"/reports/<report>", "/healthz"}
