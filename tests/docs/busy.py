"""A server that has too much to do at first: it refuses as the real one does, and then hands on to the real one."""

import http.client
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from tests.docs.fenced import blocks

WAIT = 1  # seconds; the real one says 5


class Busy(ThreadingHTTPServer):
    """Refuses those requests whose number, from 0, is in `refused`; the rest comes from the server behind.

    asked: the method and the path of each request. times: when each came, in seconds.
    """

    def __init__(self, server: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.behind = urlsplit(server).netloc
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.refused = {0}
        self.asked: list[str] = []
        self.times: list[float] = []
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown()
        self.thread.join()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Busy

    def hand_on(self) -> None:
        """Refuse, or ask the server behind."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append(f"{self.command} {self.path}")
        self.server.times.append(time.monotonic())
        if len(self.server.asked) - 1 in self.server.refused:
            return self.answer(429, {"Retry-After": str(WAIT)}, refusal())
        behind = http.client.HTTPConnection(self.server.behind, timeout=60)
        behind.request(self.command, self.path, body, {"Content-Type": self.headers.get("Content-Type", "")})
        answer = behind.getresponse()
        self.answer(answer.status, dict(answer.getheaders()), answer.read())
        return behind.close()

    do_GET = do_POST = do_DELETE = hand_on  # noqa: N815 - http.server's names

    def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response_only(status)
        kept = ("Content-Type", "Location", "Retry-After")
        for name, value in headers.items():
            if name in kept:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def refusal() -> bytes:
    """The answer that the documentation shows."""
    (shown,) = blocks("docs/api.md", "json")
    return json.dumps(json.loads(shown.text)).encode()
