"""Clients that send or read slowly, or stop halfway: they are ended in time, and the others served meanwhile.

Done on loopback with bare sockets, as no HTTP client would do it.
"""

import json
import os
import select
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest

from app.web.transfers import HURRY_SECONDS, RECEIVING, SENDING
from tests.faults.server import Server, started
from tests.pictures import changed_scene, png, scene

HEADER_TIMEOUT, TRANSFER_TIMEOUT, MIN_RATE = 0.5, 1, 100_000
GLANCE = 1  # the server looks once a second
SLACK = 3  # and others use the machine

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
FORM = b"POST /api/v1/evaluate HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\n"
PART = b'--x\r\nContent-Disposition: form-data; name="a"; filename="a.png"\r\n\r\n'

MANY = 100


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One that waits for less long than others."""
    times = {"HEADER_TIMEOUT": HEADER_TIMEOUT, "TRANSFER_TIMEOUT": TRANSFER_TIMEOUT, "MIN_RATE": MIN_RATE}
    with started(tmp_path_factory.mktemp("slow"), **{name: str(value) for name, value in times.items()}) as server:
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
    try:
        while data := connection.recv(65536):
            received += data
    except ConnectionError:
        pass
    return received


def drip(connection: socket.socket, data: bytes, pause: float = 0.2) -> tuple[bytes, float]:
    """Send a byte at a time until an answer comes: the answer, and after how many seconds."""
    began = time.monotonic()
    connection.settimeout(pause)
    for index in range(len(data)):
        try:
            connection.sendall(data[index : index + 1])
            if connection.recv(1, socket.MSG_PEEK) is not None:
                break
        except TimeoutError:
            continue
        except ConnectionError:
            break
    took = time.monotonic() - began
    connection.settimeout(20)
    return rest(connection), took


def status(answer: bytes) -> int:
    return int(answer.split()[1])


def problem(answer: bytes) -> Any:
    """The body of a problem."""
    return json.loads(answer.partition(b"\r\n\r\n")[2])


def test_a_head_that_drips_is_given_up(server: Server) -> None:
    with connect(server) as connection:
        answer, took = drip(connection, HEALTH)
    assert status(answer) == 408
    assert HEADER_TIMEOUT <= took < HEADER_TIMEOUT + SLACK


def test_so_is_the_second_one_on_a_connection(server: Server) -> None:
    """Sent along with the first, it was read with it and never makes the connection readable."""
    with connect(server, HEALTH + HEALTH[:20]) as connection:
        answer, took = drip(connection, b"")[0], 0.0
    first, _, second = answer.partition(b'{"status":"ok"}')
    assert status(first) == 200, took
    assert status(second.strip()) == 408


def test_who_says_nothing_is_told_nothing(server: Server) -> None:
    began = time.monotonic()
    with connect(server) as connection:
        assert rest(connection) == b""
    assert time.monotonic() - began < HEADER_TIMEOUT + SLACK


def test_a_head_without_an_end_is_refused(server: Server) -> None:
    with connect(server, b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 12_000) as connection:
        assert status(rest(connection)) == 431


@pytest.mark.parametrize(
    "framing", [b"Content-Length: 1000000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\nF4240\r\n"]
)
def test_a_body_that_drips_is_told_so(server: Server, framing: bytes) -> None:
    with connect(server, FORM + framing) as connection:
        answer, took = drip(connection, PART * 100)
    assert status(answer) == 408
    assert problem(answer)["status"] == 408
    assert TRANSFER_TIMEOUT <= took < TRANSFER_TIMEOUT + SLACK


def test_a_body_that_comes_fast_enough_may_take_longer(server: Server) -> None:
    pieces, pause = 10, 0.3
    assert pieces * pause > TRANSFER_TIMEOUT + GLANCE + 0.5
    size = int(MIN_RATE * pause * 1.5)
    framing = b"Content-Length: %d\r\n\r\n" % (len(PART) + pieces * size)
    with connect(server, FORM + framing + PART) as connection:
        for _ in range(pieces):
            time.sleep(pause)
            connection.sendall(b"x" * size)
        connection.shutdown(socket.SHUT_WR)
        answer = rest(connection)
    assert status(answer) == 400, "it is no form, and all of it was read to see that"
    assert "form" in problem(answer)["detail"]


def test_a_body_shorter_than_announced(server: Server) -> None:
    """The client waits for an answer, or goes away."""
    sent = FORM + b"Content-Length: 1000\r\n\r\n" + PART
    with connect(server, sent) as connection:
        assert status(rest(connection)) == 408
    with connect(server, sent) as connection:
        connection.shutdown(socket.SHUT_WR)
        assert status(rest(connection)) == 400
    connect(server, sent).close()
    assert status_of_health(server) == 200


def test_a_body_longer_than_announced(server: Server) -> None:
    """What is too much would be the next request, and is none."""
    with connect(server, FORM + b"Content-Length: 20\r\n\r\n" + PART * 3) as connection:
        answer = rest(connection)
    assert answer.count(b"HTTP/1.1 400") == 2
    assert b"HTTP/1.1 2" not in answer


@pytest.mark.parametrize(
    "chunks", [b"zz\r\n", b"5\r\nabcdefgh\r\n", b"-1\r\n", b"5;\x00\r\nabcde\r\n", b"3\r\nabc\r\n0\r\nA"]
)
def test_broken_chunks(server: Server, chunks: bytes) -> None:
    with connect(server, FORM + b"Transfer-Encoding: chunked\r\n\r\n" + chunks) as connection:
        connection.shutdown(socket.SHUT_WR)
        answer = rest(connection)
    assert status(answer) == 400
    assert answer.count(b"HTTP/1.1") == 1


def test_half_a_head_and_gone(server: Server) -> None:
    for _ in range(20):
        connect(server, HEALTH[:20]).close()
    assert status_of_health(server) == 200


def status_of_health(server: Server) -> int:
    return server.get("/healthz").status_code


def large(server: Server) -> str:
    """The path of an answer of several megabytes, more than lies in buffers."""
    picture = np.random.default_rng(5).integers(0, 255, (1500, 1500, 3), np.uint8)
    files = {"a": png(picture), "b": png(np.flip(picture, 0))}
    report = server.post("/api/v1/evaluate", files=files, data={"analyses": "pixel", "align": "off"}).json()
    return str(report["images"]["a"])


def ask(server: Server, path: str) -> socket.socket:
    return connect(server, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode(), buffer=4096)


def length(answer: bytes) -> int:
    """As announced."""
    (line,) = [line for line in answer.split(b"\r\n\r\n")[0].splitlines() if line.startswith(b"Content-Length")]
    return int(line.split()[1])


def test_who_does_not_read_is_cut_off_and_who_does_gets_all(server: Server) -> None:
    path = large(server)
    with ask(server, path) as connection:
        time.sleep(TRANSFER_TIMEOUT + GLANCE + 0.5)
        answer = rest(connection)
    assert status(answer) == 200
    assert len(answer) < length(answer)
    with ask(server, path) as connection:
        answer = rest(connection)
    assert len(answer) > length(answer) > 4_000_000


def test_of_many_slow_ones_others_notice_nothing(tmp_path: Path) -> None:
    """None of them is late: only that they are so many makes them give way."""
    with (
        started(tmp_path, HEADER_TIMEOUT="60", TRANSFER_TIMEOUT="60", LOG_FORMAT="json") as server,
        ExitStack() as open_ones,
    ):
        path = large(server)

        def many(begin: Callable[[], socket.socket]) -> list[socket.socket]:
            return [open_ones.enter_context(begin()) for _ in range(MANY)]

        heads = many(lambda: connect(server, HEALTH[:20]))
        readers = many(lambda: ask(server, path))
        until_true(lambda: not any(is_open(one) for one in readers))  # their answers have begun
        bodies = many(lambda: connect(server, FORM + b"Content-Length: 50000000\r\n\r\n" + PART))
        until_true(lambda: sum(is_open(one) for one in bodies) <= RECEIVING)  # the others are told to come again
        until, health = time.monotonic() + HURRY_SECONDS + GLANCE, list[float]()
        while time.monotonic() < until:
            asked = time.monotonic()
            assert status_of_health(server) == 200
            health.append(time.monotonic() - asked)
        assert evaluate(server) == 201
        assert evaluate(server) == 201
        assert max(health) < SLACK
        assert all(is_open(one) for one in heads)
        assert threads_of(server) < 2 * MANY
        kept = [one for one in bodies if is_open(one)]
        told = {status(rest(one)) for one in bodies if one not in kept}
        assert RECEIVING - 2 <= len(kept) <= RECEIVING
        assert told == {408, 429}
        ended = server.log.read_text().count("/images/")
        assert len(readers) - SENDING <= ended < len(readers), "a quick answer in between takes a place, too"
        print(f"\n/healthz {len(health)} times, within {max(health) * 1000:.0f} ms")


def is_open(connection: socket.socket) -> bool:
    """Whether nothing came yet, neither an answer nor the end."""
    return not select.select([connection], [], [], 0)[0]


def until_true(condition: Callable[[], bool]) -> None:
    """For so many clients on two cores it takes a few seconds."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def threads_of(server: Server) -> int:
    (process,) = server.answering()
    return len(list(Path(f"/proc/{process}/task").iterdir()))
