import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.store import Store
from app.store.errors import StorageError


def test_alive(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "ok"}
    assert client.post("/healthz").status_code == 405


def test_ready_without_weights(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json["storage"] == answer.json["queue"] == "ok"
    assert answer.json["models"]["classification"] is False


def test_the_storage_is_tried_once_a_second(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    tries = list[float]()
    found: list[StorageError] = [StorageError("The storage is full.")]

    def check(_: Store) -> None:
        tries.append(time.monotonic())
        if found:
            raise found.pop()

    monkeypatch.setattr(Store, "check", check)
    answers, until = list[int](), time.monotonic() + 2.5
    while time.monotonic() < until:
        answers.append(app.test_client().get("/readyz").status_code)
    assert len(tries) == 3
    assert min(after - before for before, after in pairwise(tries)) >= 1
    assert sorted(set(answers)) == [200, 503]
    assert answers == sorted(answers, reverse=True), "first full, then not"


def test_a_disk_that_hangs_holds_one_request(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert app.test_client().get("/readyz").status_code == 200
    answers, time_to_end = list[int](), threading.Event()
    monkeypatch.setattr(Store, "check", lambda _: time_to_end.wait(20))
    time.sleep(1.1)
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(lambda: app.test_client().get("/readyz").status_code) for _ in range(8)]
        until = time.monotonic() + 10
        while sum(one.done() for one in asked) < 7 and time.monotonic() < until:
            time.sleep(0.01)
        assert sum(one.done() for one in asked) == 7
        time_to_end.set()
        answers = [one.result() for one in asked]
    assert set(answers) == {200}
