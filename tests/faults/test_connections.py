"""Thousands of connections that want nothing: checks are answered meanwhile, and comparisons run on.

A few seconds here; LOAD_SECONDS=60 for the figures in docs/promises.md, which `pytest -s` prints.
"""

import resource
import socket
import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from app.web.server import CROWDED_SECONDS, FILES_OF_A_CONNECTION, OTHER_FILES
from tests.faults.server import Server, started
from tests.faults.test_overload import MEASURED, SECONDS
from tests.faults.test_slow import HEALTH, SLACK, TIMEOUT, connect, evaluate, rest, status
from tests.pictures import changed_scene, png, scene

MANY = 3000 if MEASURED else 1000
CHURN_SECONDS = SECONDS if MEASURED else 3
ROUNDS = round(SECONDS / 4) if MEASURED else 2
# 1 s on a machine of its own; the suite shares it.
WITHIN_SECONDS = 1 if MEASURED else SLACK


@pytest.fixture(scope="module", autouse=True)
def _files() -> Iterator[None]:
    """The clients are in this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4 * MANY), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with started(tmp_path_factory.mktemp("server"), MAX_RUNNING="2") as server:
        with ThreadPoolExecutor(2) as pool:
            assert set(pool.map(evaluate, [server] * 2)) == {201}, "both processes run"
        yield server


@contextmanager
def checked(server: Server) -> Iterator[list[float]]:
    """Ask for /healthz all the time, each time by a new connection: how many seconds each took."""
    took, stopped = list[float](), threading.Event()

    def watch() -> None:
        while not stopped.is_set():
            asked = time.monotonic()
            try:
                ok = requests.get(f"{server.address}/healthz", timeout=20).status_code == 200
            except requests.RequestException:
                ok = False
            took.append(time.monotonic() - asked if ok else 1000)
            time.sleep(0.05)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield took
    finally:
        stopped.set()
        thread.join()
        print(f"\n/healthz {len(took)} times, within {max(took) * 1000:.0f} ms")


@contextmanager
def closed_at_last(connections: deque[socket.socket]) -> Iterator[None]:
    try:
        yield
    finally:
        for connection in connections:
            connection.close()


def comparison(server: Server, pool: ThreadPoolExecutor) -> "Future[int]":
    """One that takes a while, in another thread."""
    files = {"a": png(scene(1600, 1200)), "b": png(changed_scene(1600, 1200))}
    post = server.post
    return pool.submit(lambda: post("/api/v1/evaluate", files=files, data={"fresh": "true"}).status_code)


def test_silent_connections_that_come_and_go(server: Server) -> None:
    connections = deque[socket.socket]()
    with closed_at_last(connections), ThreadPoolExecutor(2) as pool, checked(server) as took:
        running = [comparison(server, pool) for _ in range(2)]
        connections.extend(connect(server) for _ in range(MANY))
        until = time.monotonic() + CHURN_SECONDS
        while time.monotonic() < until:
            connections.append(connect(server))
            connections.popleft().close()
            time.sleep(0.001)
        assert {one.result(90) for one in running} == {201}
    assert len(took) > 10
    assert max(took) < WITHIN_SECONDS


def test_half_heads_of_clients_that_do_not_read_and_go(server: Server) -> None:
    with ThreadPoolExecutor(2) as pool, checked(server) as took:
        running = [comparison(server, pool) for _ in range(2)]
        for _ in range(ROUNDS):
            connections = deque[socket.socket]()
            with closed_at_last(connections):
                connections.extend(connect(server, HEALTH[:30], buffer=4096) for _ in range(MANY))
                time.sleep(3)
        assert {one.result(90) for one in running} == {201}
    assert len(took) > 20
    assert max(took) < WITHIN_SECONDS


def test_half_heads_that_are_answered_408_and_not_read(tmp_path: Path) -> None:
    with started(tmp_path, MAX_RUNNING="2", CHANNEL_TIMEOUT=str(TIMEOUT)) as server:
        assert evaluate(server) == 201
        with ThreadPoolExecutor(2) as pool, checked(server) as took:
            running = [comparison(server, pool) for _ in range(2)]
            connections = deque[socket.socket]()
            with closed_at_last(connections):
                connections.extend(connect(server, HEALTH[:30], buffer=4096) for _ in range(MANY))
                time.sleep(TIMEOUT + 2)
                assert {status(rest(connection)) for connection in connections} == {408}
            assert {one.result(90) for one in running} == {201}
    assert max(took) < WITHIN_SECONDS


def test_more_than_it_takes_make_way(tmp_path: Path) -> None:
    """With few open files: new clients are let in once the silent ones before them are disconnected, which is soon."""
    limit = 100
    files = OTHER_FILES + FILES_OF_A_CONNECTION * limit
    connections = deque[socket.socket]()
    with started(tmp_path, files=files, CHANNEL_TIMEOUT="60") as server, closed_at_last(connections):
        connections.extend(connect(server) for _ in range(2 * limit))
        began = time.monotonic()
        assert server.get("/healthz").status_code == 200
        assert 0.5 < time.monotonic() - began < 3 * (CROWDED_SECONDS + 1)
        log = server.log.read_text()
        assert "reached the connection limit" in log
        assert "Too many open files" not in log
