"""Equal questions that come at the same time have one answer."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests

from tests.faults.server import Server, started
from tests.faults.stored import picture, rows

MANY = 20
UPLOADS = 16  # as many as may wait to be stored
KEY = "0123456789-first-key"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("server")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    with started(folder, MAX_RUNNING="2") as server:
        yield server


def files(seed: int) -> dict[str, bytes]:
    random = np.random.default_rng(seed)
    return {side: picture(random, 160) for side in "ab"}


def at_once(server: Server, path: str, times: int = MANY, **sent: Any) -> list[requests.Response]:
    """The answers to the same request, made many times at the same time."""
    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(lambda _: server.post(path, **sent), range(times)))


# Without its weights MobileNet has no answer, so the second kind is not kept as one for later.
@pytest.mark.parametrize("analyses", ["pixel,ssim", "pixel,mobilenet"])
def test_one_pair_evaluated_many_times_at_once_has_one_report(server: Server, folder: Path, analyses: str) -> None:
    pair = server.post("/api/v1/pairs", files=files(1)).json()
    before = rows(folder / "data", "reports")
    answers = at_once(server, pair["links"]["evaluate"], json={"analyses": analyses})
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert rows(folder / "data", "reports") == before + 1


def test_what_is_to_be_fresh_is_evaluated_each_time(server: Server) -> None:
    pair = server.post("/api/v1/pairs", files=files(2)).json()
    answers = at_once(server, pair["links"]["evaluate"], 3, json={"analyses": "pixel", "fresh": True})
    assert len({answer.json()["id"] for answer in answers}) == 3


def test_the_same_pictures_sent_by_many_are_many_pairs_with_a_report_each(tmp_path: Path) -> None:
    with started(tmp_path, MAX_RUNNING="2", API_KEYS=KEY) as server:
        headers = {"X-API-Key": KEY}  # one owner; who has no key shares no answers
        form = {"analyses": "pixel"}
        answers = at_once(server, "/api/v1/evaluate", UPLOADS, files=files(3), data=form, headers=headers)
    reports = [answer.json() for answer in answers]
    assert {answer.status_code for answer in answers} == {201}
    assert len({report["id"] for report in reports}) == len({report["pair"] for report in reports}) == UPLOADS
    assert len({report["timings"]["total"] for report in reports}) == 1  # the work was done once


def test_a_pair_that_cannot_be_compared_is_reported_to_each_by_the_name_they_sent(server: Server) -> None:
    def send(number: int) -> requests.Response:
        broken = (f"mine-{number}.png", b"\x89PNG\r\n\x1a\n")
        return server.post("/api/v1/evaluate", files={"a": broken, "b": broken})

    with ThreadPoolExecutor(MANY) as pool:
        for number, answer in enumerate(pool.map(send, range(MANY))):
            assert answer.status_code in (415, 422, 429)
            assert answer.status_code == 429 or f"mine-{number}.png" in answer.text
