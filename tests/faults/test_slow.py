"""Clients that send or read slowly, or stop halfway: they hold no thread, and are disconnected once they are silent.

Done on loopback with bare sockets, as no HTTP client would do it.
"""

import json
import os
import re
import select
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest

from app.web.security import HEADERS
from tests.faults.server import Server, started
from tests.pictures import changed_scene, png, scene

TIMEOUT = 2
SLACK = 3  # the server looks once a second, and others use the machine

MEBIBYTE = 1 << 20
MAX_BODY = MEBIBYTE

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
FORM = b"POST /api/v1/evaluate HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\n"
PART = b'--x\r\nContent-Disposition: form-data; name="a"; filename="a.png"\r\n\r\n'
END = b"\r\n--x--\r\n"

THREADS, MANY = 4, 100


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One that waits for less long than others, and takes less."""
    settings = {"CHANNEL_TIMEOUT": str(TIMEOUT), "MAX_BODY": str(MAX_BODY), "THREADS": str(THREADS)}
    with started(tmp_path_factory.mktemp("slow"), **settings) as server:
        yield server


def evaluate(server: Server) -> int:
    """The status of a comparison that nobody asked for before."""
    files = {name: png(draw()) + os.urandom(8) for name, draw in (("a", scene), ("b", changed_scene))}
    return server.post("/api/v1/evaluate", files=files, data={"analyses": "pixel"}).status_code


def connect(server: Server, sent: bytes = b"", buffer: int = 0) -> socket.socket:
    """A connection on which this much was sent. buffer: bytes that it takes before they are read."""
    address = urlsplit(server.address)
    connection = socket.socket()
    connection.settimeout(20)
    if buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    connection.connect((address.hostname, address.port))
    connection.sendall(sent)
    return connection


def rest(connection: socket.socket) -> bytes:
    """All that comes until the end."""
    received = b""
    with suppress(ConnectionError):
        while data := connection.recv(65536):
            received += data
    return received


def drip(connection: socket.socket, data: bytes, pause: float = 0.2) -> float:
    """Send a byte at a time until an answer or the end comes: after how many seconds."""
    began = time.monotonic()
    for byte in data:
        if not is_silent(connection):
            break
        connection.sendall(bytes([byte]))
        time.sleep(pause)
    return time.monotonic() - began


def is_silent(connection: socket.socket) -> bool:
    """Whether nothing came yet, neither an answer nor the end."""
    return not select.select([connection], [], [], 0)[0]


def status(answer: bytes) -> int:
    return int(answer.split()[1])


def assert_problem(answer: bytes, code: int) -> str:
    """It is problem+json with the headers of every answer. Its text."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert status(answer) == json.loads(body)["status"] == code
    assert b"application/problem+json" in head
    assert_headers(answer)
    return str(json.loads(body)["detail"])


def assert_headers(answer: bytes) -> None:
    """It has those of every answer."""
    head = answer.partition(b"\r\n\r\n")[0]
    assert re.search(rb"Content-Security-Policy: default-src 'none';.* frame-ancestors 'none'", head)
    for line in (f"{name}: {value}".encode() for name, value in HEADERS.items()):
        assert line in head


def assert_late(answer: bytes) -> None:
    assert status(answer) == 408
    assert_headers(answer)


def status_of_health(server: Server) -> int:
    return server.get("/healthz").status_code


@pytest.mark.parametrize("first", [b"", HEALTH])
def test_a_head_that_drips_is_given_up(server: Server, first: bytes) -> None:
    """As the second one of a connection, too."""
    with connect(server, first) as connection:
        answer = b""
        while first and b"ok" not in answer.partition(b"\r\n\r\n")[2]:
            answer += connection.recv(4096)
        took = drip(connection, HEALTH)
        assert_late(rest(connection))
    assert TIMEOUT - 0.5 <= took < TIMEOUT + SLACK


@pytest.mark.parametrize("sent", [b"", HEALTH[:20], FORM + b"Content-Length: 1000\r\n\r\n" + PART])
def test_a_silent_client_is_disconnected(server: Server, sent: bytes) -> None:
    """With an answer if it has begun a request."""
    began = time.monotonic()
    with connect(server, sent) as connection:
        answer = rest(connection)
    if sent:
        assert_late(answer)
    else:
        assert answer == b""
    assert TIMEOUT - 0.5 <= time.monotonic() - began < TIMEOUT + SLACK
    assert status_of_health(server) == 200


def test_a_body_that_drips_is_given_up(server: Server) -> None:
    """Below MIN_RATE, though it never pauses."""
    with connect(server, FORM + b"Content-Length: 1000\r\n\r\n") as connection:
        took = drip(connection, PART * 10)
        assert_late(rest(connection))
    assert TIMEOUT - 0.5 <= took < TIMEOUT + SLACK


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 12_000, 431),
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nA b\r\n\r\n", 400),
        (FORM + b"Content-Length: -1\r\n\r\n", 400),
        (FORM + b"Content-Length: 99999999999\r\n\r\n", 413),
        (FORM + b"Transfer-Encoding: gzip\r\n\r\n", 501),
    ],
    ids=["431", "line", "header", "length", "413", "501"],
)
def test_what_the_server_itself_refuses_has_the_headers_of_every_answer(server: Server, sent: bytes, code: int) -> None:
    with connect(server, sent) as connection:
        answer = rest(connection)
    assert status(answer) == code
    assert_headers(answer)


def test_a_slow_body_may_take_longer_than_the_timeout(server: Server) -> None:
    sent = PART * 10 + bytes(1500) + END
    framing = b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(sent)
    with connect(server, FORM + framing) as connection:
        for start in range(0, len(sent), 300):
            connection.sendall(sent[start : start + 300])
            time.sleep(TIMEOUT / 5)
        assert len(sent) / 300 / 5 > 1.2, "so long did it take, in timeouts"
        assert "10 files" in assert_problem(rest(connection), 400)


@pytest.mark.parametrize(
    "size", [MAX_BODY + 1, 2 * MAX_BODY - 1, 2 * MAX_BODY, 10_000 * MAX_BODY], ids=["1", "2", "3", "4"]
)
def test_a_body_over_the_limit_is_reported_the_limit(server: Server, size: int) -> None:
    """One of less than twice the limit is read to its end, so that clients that only then listen read the answer."""
    with connect(server, FORM + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % size) as connection:
        if size < 2 * MAX_BODY:
            connection.sendall(b"x" * size)
        assert "The limits are 1 MiB in all" in assert_problem(rest(connection), 413)


def test_so_is_one_in_chunks(server: Server) -> None:
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    with connect(server, FORM + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n") as connection:
        connection.sendall(chunk * 17 + b"0\r\n\r\n")
        assert "The limits are 1 MiB in all" in assert_problem(rest(connection), 413)


def test_a_body_longer_than_announced(server: Server) -> None:
    """What is too much would be the next request, and is none."""
    with connect(server, FORM + b"Content-Length: 20\r\n\r\n" + PART * 3) as connection:
        answer = rest(connection)
    assert answer.count(b" 400 BAD REQUEST\r\n") == 2
    assert answer.count(b"HTTP/1.") == 2


@pytest.mark.parametrize(
    "chunks", [b"zz\r\n", b"5\r\nabcdefgh\r\n", b"-1\r\n", b"5;\x00\r\nabcde\r\n", b"1" * 5000, b"0\r\n" + b"A" * 5000]
)
def test_broken_chunks(server: Server, chunks: bytes) -> None:
    """A line without an end is not collected for ever, either."""
    with connect(server, FORM + b"Transfer-Encoding: chunked\r\n\r\n" + chunks) as connection:
        answer = rest(connection)
    assert_problem(answer, 400)
    assert answer.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize("sent", [HEALTH[:20], FORM + b"Content-Length: 1000\r\n\r\n" + PART])
def test_half_a_request_and_gone(server: Server, sent: bytes) -> None:
    for _ in range(20):
        connect(server, sent).close()
    assert status_of_health(server) == 200


def large(server: Server) -> str:
    """The path of an answer of several megabytes, more than lies in buffers."""
    picture = np.random.default_rng(5).integers(0, 255, (1500, 1500, 3), np.uint8)
    files = {"a": png(picture), "b": png(np.flip(picture, 0))}
    report = server.post("/api/v1/evaluate", files=files, data={"analyses": "pixel", "align": "off"}).json()
    return str(report["images"]["a"])


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One with few threads that closes no slow connection meanwhile."""
    settings = {"CHANNEL_TIMEOUT": "60", "THREADS": str(THREADS), "LOG_FORMAT": "json"}
    with started(tmp_path_factory.mktemp("patient"), **settings) as server:
        yield server


def ask(server: Server, path: str, times: int = 1) -> socket.socket:
    """A client that asks and does not read."""
    return connect(server, f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() * times, buffer=4096)


def length(answer: bytes) -> int:
    """As announced."""
    (line,) = [line for line in answer.split(b"\r\n\r\n")[0].splitlines() if line.startswith(b"Content-Length")]
    return int(line.split()[1])


def test_who_does_not_read_is_cut_off_and_who_does_gets_all(tmp_path: Path) -> None:
    with started(tmp_path, CHANNEL_TIMEOUT=str(TIMEOUT)) as server:
        path = large(server)
        with ask(server, path) as connection:
            time.sleep(TIMEOUT + SLACK)
            answer = rest(connection)
        assert status(answer) == 200
        assert len(answer) < length(answer)
        with ask(server, path) as connection:
            answer = rest(connection)
        assert len(answer) > length(answer) > 4_000_000


def test_of_many_slow_ones_others_notice_nothing(patient: Server) -> None:
    """Many times as many as there are threads."""
    path, before = large(patient), threads_of(patient)
    with ExitStack() as connections:

        def many(begin: Callable[[], socket.socket]) -> list[socket.socket]:
            return [connections.enter_context(begin()) for _ in range(MANY)]

        slow = many(lambda: connect(patient, HEALTH[:20]))
        slow += many(lambda: connect(patient, FORM + b"Content-Length: 50000000\r\n\r\n" + PART + bytes(100_000)))
        readers = many(lambda: ask(patient, path))
        until_true(lambda: not any(is_silent(reader) for reader in readers))  # their answers have begun
        until, health = time.monotonic() + 2, list[float]()
        while time.monotonic() < until:
            asked = time.monotonic()
            assert status_of_health(patient) == 200
            health.append(time.monotonic() - asked)
        assert evaluate(patient) == 201
        assert evaluate(patient) == 201
        assert max(health) < SLACK
        assert all(is_silent(one) for one in slow)
        assert threads_of(patient) <= before + 1
        assert memory_of(patient) < 300 * MEBIBYTE, "neither bodies nor answers are in memory"
        print(f"\n/healthz {len(health)} times, within {max(health) * 1000:.0f} ms")
        assert {length(answer) < len(answer) for answer in map(rest, readers[:3])} == {True}, "they may still read all"


def test_many_requests_at_once_that_nobody_reads_pile_up_nothing(patient: Server) -> None:
    path, before = large(patient), files_of(patient)
    with ask(patient, path, times=200) as connection:
        until_true(lambda: not is_silent(connection))
        assert status_of_health(patient) == 200
        assert files_of(patient) < before + 10
        answer = rest(connection)
    assert answer.count(b"HTTP/1.1 200") == 1, "the connection is closed after a large one"


def until_true(condition: Callable[[], bool]) -> None:
    """For so many clients on two cores it takes a few seconds."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def threads_of(server: Server) -> int:
    return len(list(Path(f"/proc/{server.process.pid}/task").iterdir()))


def files_of(server: Server) -> int:
    return len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))


def memory_of(server: Server) -> Any:
    """Resident bytes."""
    pages = Path(f"/proc/{server.process.pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
