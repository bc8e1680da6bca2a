"""Decoders that hang or crash, and clients that go away: the service goes on, and nobody keeps a place."""

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from app.execution.deadline import StepTimer
from tests.faults.odd_decoder import CRASHING, SLOW, SLOW_SECONDS, STUCK
from tests.faults.server import Server, started
from tests.faults.stored import rows
from tests.pictures import changed_scene, png, scene

ODD = "tests.faults.odd_server"
DEADLINE = 6


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("server")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    """With two processes that have done something: on a busy machine the start of one may take longer than DEADLINE."""
    with started(folder, ODD, MAX_RUNNING="2", MAX_WAITING="0", DEADLINE=f"{DEADLINE}") as server:
        with ThreadPoolExecutor() as pool:
            while {answer.status_code for answer in pool.map(evaluate, [server] * 2, [SLOW] * 2)} != {201}:
                pass
        yield server


def files(width: int = 240) -> dict[str, bytes]:
    return {"a": png(scene(width, 60)), "b": png(changed_scene(width, 60))}


def evaluate(server: Server, width: int = 240) -> requests.Response:
    """The answer to pictures of this width."""
    return server.post("/api/v1/evaluate", files=files(width), data={"analyses": "pixel"})


def test_what_hangs_is_ended_at_the_deadline_and_others_go_on(server: Server) -> None:
    with ThreadPoolExecutor() as pool:
        hanging, clock = pool.submit(evaluate, server, STUCK), StepTimer(60)
        while not hanging.done():
            assert evaluate(server).status_code == 201
            asked = time.monotonic()
            assert server.get("/healthz").status_code == 200
            assert time.monotonic() - asked < DEADLINE
    assert DEADLINE < clock.elapsed < DEADLINE + 5
    answer = hanging.result()
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json")
    assert f"{DEADLINE:g} seconds" in answer.json()["detail"]
    assert evaluate(server).status_code == 201


def test_what_crashes_is_refused_and_the_next_is_compared(server: Server, folder: Path) -> None:
    before = rows(folder / "data", "pairs")
    for _ in range(3):
        answer = evaluate(server, CRASHING)
        assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")
        assert "broke down" in answer.json()["detail"]
        assert evaluate(server).status_code == 201
    assert rows(folder / "data", "pairs") == before + 3, "what was refused is not kept"


def free(server: Server) -> bool:
    return bool(server.get("/readyz").json()["queue"] == "ok")


def wait_until_free(server: Server, seconds: float) -> None:
    clock = StepTimer(seconds)
    while not free(server):
        clock.check()
        time.sleep(0.02)


@pytest.fixture(scope="module")
def one_place(folder: Path) -> Iterator[Server]:
    """With its networks loaded: that is one step, of seconds, and work ends between steps."""
    with started(folder, ODD, MAX_RUNNING="1", MAX_WAITING="0") as server:
        assert server.post("/api/v1/evaluate", files=files()).status_code == 201
        yield server


def test_a_client_that_goes_away_is_worked_for_no_longer(one_place: Server, folder: Path) -> None:
    pair, before = one_place.post("/api/v1/pairs", files=files(SLOW)).json(), rows(folder / "data", "reports")
    with pytest.raises(requests.Timeout):
        requests.post(f"{one_place.address}{pair['links']['evaluate']}", timeout=SLOW_SECONDS / 3)
    assert not free(one_place), "it is at work"
    wait_until_free(one_place, SLOW_SECONDS + 3)
    assert rows(folder / "data", "reports") == before
    (process,) = one_place.comparing()
    assert one_place.post(pair["links"]["evaluate"], json={"analyses": "pixel"}).status_code == 200
    assert one_place.comparing() == [process], "it was asked to stop, not killed"


def test_a_browser_that_goes_away_is_worked_for_no_longer(one_place: Server, folder: Path) -> None:
    pair, before = one_place.post("/api/v1/pairs", files=files(SLOW)).json()["id"], rows(folder / "data", "reports")
    with requests.Session() as browser:
        page = browser.get(f"{one_place.address}/pairs/{pair}").text
        (token,) = set(re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', page))
        followed = browser.post(
            f"{one_place.address}/pairs/{pair}/evaluate",
            data={"csrf_token": token},
            headers={"Accept": "text/event-stream"},
            stream=True,
            timeout=10,
        )
        assert followed.status_code == 200
        assert next(followed.iter_lines()) == b"event: step"
        followed.close()
    assert not free(one_place), "it is at work"
    wait_until_free(one_place, SLOW_SECONDS + 3)
    assert rows(folder / "data", "reports") == before


def test_a_client_that_goes_away_while_it_waits_frees_its_place_at_once(tmp_path: Path) -> None:
    with started(tmp_path, ODD, MAX_RUNNING="1", MAX_WAITING="1", METRICS="true") as server:
        with ThreadPoolExecutor() as pool:
            slow, clock = pool.submit(evaluate, server, SLOW), StepTimer(60)
            while "image_diff_running 1" not in server.get("/metrics").text:
                clock.check()
            with pytest.raises(requests.Timeout):
                requests.post(f"{server.address}/api/v1/evaluate", files=files(), timeout=SLOW_SECONDS / 3)
            wait_until_free(server, 5)
            assert not slow.done(), f"only the first one's end freed a place, after {clock.elapsed:.1f} s"
            assert slow.result().status_code == 201
        assert rows(tmp_path / "data", "pairs") == 1, "nobody knows the other's id"
