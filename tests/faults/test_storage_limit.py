"""At MAX_STORAGE nothing more is stored, and everything else goes on."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.faults.full import pair_of_files, sent
from tests.faults.server import Server, started
from tests.faults.stored import store

MEBIBYTE = 1024 * 1024
LIMIT = 8 * MEBIBYTE
SIDE = 600  # pixels: a pair of 2.1 MB
PAIR = 2_200_000  # bytes, at most
KEY = "0123456789-first-key"


def used(data: Path) -> int:
    """The bytes of the pictures on the disk."""
    return sum(file.stat().st_size for file in (data / "blobs").glob("??/*"))


def metric(server: Server, name: str) -> float:
    (line,) = [line for line in server.get("/metrics").text.splitlines() if line.startswith(f"image_diff_{name} ")]
    return float(line.split()[1])


def assert_refused(answer: requests.Response) -> None:
    assert answer.status_code == 507, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "8.0 MiB (MAX_STORAGE)" in answer.json()["detail"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with started(tmp_path, MAX_STORAGE=str(LIMIT), METRICS="true", MAX_WAITING="32") as server:
        yield server


def uploads(server: Server, seeds: range) -> list[requests.Response]:
    """The answers to uploads of different pairs, all at once."""
    with ThreadPoolExecutor(len(seeds)) as pool:
        return list(pool.map(lambda seed: server.post("/api/v1/pairs", files=pair_of_files(seed, SIDE)), seeds))


def test_uploads_are_refused_before_the_limit_and_the_rest_goes_on(server: Server, tmp_path: Path) -> None:
    small = sent(server, pair_of_files(1))
    answers = uploads(server, range(10, 22))
    stored = [answer.json() for answer in answers if answer.status_code == 201]
    for answer in answers:
        if answer.status_code != 201:
            assert_refused(answer)
    assert 1 <= len(stored) <= 5
    assert used(tmp_path / "data") <= LIMIT + 2 * PAIR, "two are written at once"
    for path in ("/api/v1/pairs", "/api/v1/evaluate"):
        assert_refused(server.post(path, files=pair_of_files(30, SIDE)))
    known = pair_of_files(next(seed for seed, answer in zip(range(10, 22), answers, strict=True) if answer.ok), SIDE)
    assert_refused(server.post("/api/v1/pairs", files=known))  # the answer does not say that it is stored
    assert server.get(small["links"]["self"]).json() == small
    assert server.get("/healthz").status_code == 200
    for pair in stored:
        assert requests.delete(f"{server.address}{pair['links']['self']}", timeout=90).status_code == 204
    assert server.post("/api/v1/pairs", files=pair_of_files(31, SIDE)).status_code == 201
    assert " 500 " not in server.log.read_text()


def test_reports_count_as_well(server: Server, tmp_path: Path) -> None:
    """Otherwise the disk would fill with the pictures of ever more reports on one pair."""
    pair = server.post("/api/v1/pairs", files=pair_of_files(40, SIDE)).json()
    answers: list[requests.Response] = []
    while len(answers) < 60 and all(answer.ok for answer in answers):
        options = {"analyses": "pixel,ssim", "threshold": 0.01 + len(answers) / 100}
        report = server.post(pair["links"]["evaluate"], json=options)
        answers.append(report)
        if report.ok:
            answers.append(server.get(report.json()["images"]["difference"]))
    assert_refused(answers[-1])
    assert used(tmp_path / "data") <= LIMIT


def test_the_metrics_have_what_is_stored_also_after_a_kill(server: Server, tmp_path: Path) -> None:
    data = tmp_path / "data"
    pairs = [answer.json() for answer in uploads(server, range(50, 52))]
    sent(server, pair_of_files(1))
    assert metric(server, "max_storage_bytes") == LIMIT
    before = metric(server, "stored_bytes")
    assert used(data) < before < used(data) + MEBIBYTE, "and the database"
    requests.delete(f"{server.address}{pairs[0]['links']['self']}", timeout=90).raise_for_status()
    freed = pairs[0]["a"]["bytes"] + pairs[0]["b"]["bytes"]
    assert abs(before - metric(server, "stored_bytes") - freed) < 64 * 1024
    server.kill()
    with started(tmp_path, MAX_STORAGE=str(LIMIT), METRICS="true") as again:
        assert used(data) < metric(again, "stored_bytes") < used(data) + MEBIBYTE


def test_a_folder_from_before_sizes_were_kept_is_measured(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with started(tmp_path) as server:
        report = sent(server, pair_of_files(60, SIDE))
        server.get(report["images"]["a"]).raise_for_status()
    database = sqlite3.connect(data / "image-diff.sqlite")
    database.executescript(
        "DROP TABLE blobs; DROP INDEX ix_pairs_bytes; ALTER TABLE pairs DROP COLUMN bytes;"
        "UPDATE alembic_version SET version_num = '0003'"
    )
    database.close()
    with started(tmp_path, METRICS="true") as server:
        assert used(data) < metric(server, "stored_bytes") < used(data) + MEBIBYTE
        assert used(data) < metric(server, "counted_bytes") < used(data) + MEBIBYTE
        assert metric(server, "max_storage_bytes") == float("inf")
        assert server.get(report["links"]["self"]).status_code == 200


def stored_pair(server: Server, seed: int, key: str = "") -> dict[str, Any]:
    headers = {"X-API-Key": key} if key else {}
    answer = server.post("/api/v1/pairs", files=pair_of_files(seed, SIDE), headers=headers)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_the_oldest_anonymous_pairs_make_space_if_the_setting_says_so(tmp_path: Path) -> None:
    with started(tmp_path) as server:  # pairs of anonymous programs, older than all others
        anonymous = [stored_pair(server, seed)["id"] for seed in (70, 71)]
    settings = {"MAX_STORAGE": str(LIMIT), "SWEEP_WHEN_FULL": "true", "API_KEYS": KEY}
    with started(tmp_path, **settings) as server:
        kept = [stored_pair(server, seed, KEY)["id"] for seed in (72, 73, 74)]
        records = store(tmp_path / "data").records
        assert [records.pair(pair) is not None for pair in (*anonymous, *kept)] == [False, False, True, True, True]
        refused = server.post("/api/v1/pairs", files=pair_of_files(75, SIDE), headers={"X-API-Key": KEY})
        assert_refused(refused)
        assert server.log.read_text().count("oldest without a key") == 2
