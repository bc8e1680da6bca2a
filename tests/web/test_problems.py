import threading
import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.config import Settings
from app.execution.deadline import StepTimer
from tests.web.forms import QUICK, pictures


def small(tmp_path: Path, **settings: Any) -> FlaskClient:
    """A service with other limits."""
    return create_app(Settings(data_dir=tmp_path / "small", tfhub_cache_dir=tmp_path, **settings)).test_client()


def test_a_body_over_the_limit(tmp_path: Path) -> None:
    answer = small(tmp_path, max_body=10_000).post("/api/v1/pairs", data=pictures(b=b"x" * 20_000))
    assert (answer.status_code, answer.mimetype) == (413, "application/problem+json")
    assert "MiB" in answer.json["detail"]


def test_too_many_parts_and_too_large_a_field(client: FlaskClient) -> None:
    many: dict[str, Any] = {f"field{index}": "x" for index in range(25)}
    assert client.post("/api/v1/evaluate", data=pictures(**many)).status_code == 413
    assert client.post("/api/v1/evaluate", data=pictures(ignore="x" * 300_000)).status_code == 413


def test_json_has_the_limit_of_a_field(client: FlaskClient, pair: str) -> None:
    sent = b" " * 300_000 + b"{}"
    for kind in ("application/json", "text/plain"):
        answer = client.post(f"/api/v1/pairs/{pair}/evaluate", data=sent, content_type=kind)
        assert answer.status_code == 413


def test_what_is_no_picture_makes_no_space(tmp_path: Path) -> None:
    """Otherwise a file of noise would delete the pairs of others before it is refused."""
    client = small(tmp_path, max_storage=200_000, sweep_when_full=True)
    kept = client.post("/api/v1/pairs", data=pictures()).json["links"]["self"]
    for files in ({"a": b"x" * 150_000}, {"b": b"x" * 150_000}):
        answer = client.post("/api/v1/pairs", data=pictures(**files))
        assert (answer.status_code, answer.json["field"]) == (415, *files)
    assert client.get(kept).status_code == 200


def test_an_evaluation_past_its_deadline(tmp_path: Path) -> None:
    answer = small(tmp_path, deadline=1e-6).post("/api/v1/evaluate", data=pictures())
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "the limit" in answer.json["detail"]


def test_a_full_queue(tmp_path: Path) -> None:
    client = small(tmp_path, max_running=1, max_waiting=0)
    queue, leave = client.application.extensions["image_diff"].comparison_queue, threading.Event()

    def occupy() -> None:
        with queue.admit(StepTimer(60)):
            leave.wait(10)

    thread = threading.Thread(target=occupy)
    thread.start()
    while not queue.full:
        time.sleep(0.001)
    answer = client.post("/api/v1/evaluate", data=pictures(analyses=QUICK))
    assert answer.status_code == 429
    assert answer.headers["Retry-After"]
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200
    leave.set()
    thread.join()
    assert client.post("/api/v1/evaluate", data=pictures(analyses=QUICK)).status_code == 201


def test_a_bug_is_reported_without_its_cause(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    @app.get("/api/v1/broken")
    def broken() -> str:
        raise KeyError("the secret cause")

    answer = app.test_client().get("/api/v1/broken")
    assert (answer.status_code, answer.mimetype) == (500, "application/problem+json")
    assert "secret" not in answer.text
    assert "the secret cause" in caplog.text


def test_unavailable_storage(client: FlaskClient, app: Flask, pair: str) -> None:
    blobs = app.extensions["image_diff"].settings.data_dir / "blobs"
    blobs.rename(blobs.with_name("elsewhere"))
    blobs.write_text("not a folder")
    answer = client.post("/api/v1/pairs", data=pictures())
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert client.get("/readyz").status_code == 503
    assert client.post(f"/api/v1/pairs/{pair}/evaluate").status_code == 503


def test_a_picture_deleted_during_the_request_is_404(client: FlaskClient, app: Flask, monkeypatch: Any) -> None:
    """Unlike a lost picture, to which a row still refers."""
    report = client.post("/api/v1/evaluate", data=pictures(analyses="pixel")).json
    store = app.extensions["image_diff"].store
    read = store.blobs.get

    def late(digest: str) -> bytes:
        store.delete_pair(report["pair"])
        return bytes(read(digest))

    monkeypatch.setattr(store.blobs, "get", late)
    assert client.get(report["images"]["difference"]).status_code == 404


def test_a_stored_report_needs_no_slot(tmp_path: Path) -> None:
    client = small(tmp_path, max_running=1, max_waiting=0, share_reports=True)
    first = client.post("/api/v1/evaluate", data=pictures(analyses="pixel")).json
    with client.application.extensions["image_diff"].comparison_queue.admit(StepTimer(60)):
        again = client.post("/api/v1/evaluate", data=pictures(analyses="pixel"))
        assert client.post(f"{first['links']['pair']}/evaluate", json={"analyses": "pixel"}).json == first
        for other in (pictures(analyses="pixel", fresh="true"), pictures(analyses="pixel", threshold="0.7")):
            assert client.post("/api/v1/evaluate", data=other).status_code == 429
    assert (again.status_code, again.json["metrics"]) == (201, first["metrics"])
    assert again.json["id"] != first["id"]


@pytest.mark.parametrize("form", ["html", "png"])
def test_a_comparison_is_drawn_in_its_own_slot(tmp_path: Path, form: str) -> None:
    """Even while the next comparison waits for that slot."""
    client = small(tmp_path, max_running=1, max_waiting=1, deadline=60)  # its first worker has to start
    queue = client.application.extensions["image_diff"].comparison_queue
    answered = threading.Event()

    def wait_and_stay() -> None:
        while not queue.running:
            time.sleep(0.001)
        with queue.admit(StepTimer(60)):
            answered.wait(90)

    other = threading.Thread(target=wait_and_stay)
    other.start()
    answer = client.post(f"/api/v1/evaluate?format={form}", data=pictures(analyses="pixel"))
    answered.set()
    other.join()
    assert (answer.status_code, queue.running) == (201, 0)
