"""Tiles of large pictures: rendered once, when the first is requested, and only existing ones."""

import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app, jobs
from app.config import Settings
from app.evaluation.tiles import render_tile_images
from app.execution.admission import AdmissionQueue
from app.execution.deadline import StepTimer
from app.store import Store, Upload
from app.store.errors import StorageError
from app.store.records import new_id
from app.vision.encode import Encoded
from app.web.service import Service
from tests.pictures import png, read
from tests.web.forms import QUICK, pictures
from tests.web.here import Here

Report = dict[str, Any]

# Flat 100-pixel fields of different colours, slightly more than 4 million pixels, so that the picture is shrunk.
A = np.random.default_rng(2).integers(0, 256, (16, 26, 3), np.uint8).repeat(100, axis=0).repeat(100, axis=1)
B = A.copy()
B[1000:1060, 1010:1090] = (255, 0, 255)
FILES = png(A), png(B)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("details")
    return Settings(data_dir=folder, tfhub_cache_dir=folder)


@pytest.fixture(scope="module")
def app(settings: Settings) -> Flask:
    return create_app(settings, Here())


def evaluate(app: Flask, a: bytes = FILES[0], b: bytes = FILES[1], **options: str) -> Report:
    given = {"analyses": "pixel", "align": "off", "fresh": "true"} | options
    answer = app.test_client().post("/api/v1/evaluate", data=pictures(a, b, **given))
    assert answer.status_code == 201, answer.text
    return dict(answer.json or {})


@pytest.fixture(scope="module")
def unrendered(app: Flask) -> Report:
    """A large report without rendered tiles."""
    return evaluate(app)


def copied(app: Flask, report: Report, without: str = "") -> Report:
    """A copy of the report for a separate pair, without one of its pictures."""
    store: Store = app.extensions["image_diff"].store
    record = store.records.report(report["id"])
    assert record
    pair = store.save_pair(Upload("a.png", FILES[0]), Upload("b.png", FILES[1]), None)
    images = {name: image for name, image in record.images.items() if name != without}
    copy = replace(record, id=new_id(), pair=pair.id, key="", images=images)
    store.records.add_report(copy)
    return dict(app.test_client().get(f"/api/v1/reports/{copy.id}").json or {})


@pytest.fixture(scope="module")
def shown(app: Flask, unrendered: Report) -> Report:
    """A large report whose tiles another test may have requested already."""
    return copied(app, unrendered)


@pytest.fixture
def report(app: Flask, unrendered: Report) -> Report:
    """A large report that a test may change or delete."""
    return copied(app, unrendered)


def tile_url(report: Report, name: str) -> str:
    return f"{report['links']['self']}/images/detail-{name}"


def limited(app: Flask, deadline: float = 60, **queues: Any) -> Service:
    """Replace parts of the service but keep the store."""
    service: Service = app.extensions["image_diff"]
    settings = service.settings.model_copy(update={"deadline": deadline})
    app.extensions["image_diff"] = changed = replace(service, settings=settings, **queues)
    return changed


@pytest.fixture
def other(settings: Settings) -> Flask:
    """A second application on the same data."""
    return create_app(settings, Here())


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The pictures whose tiles were rendered, in order."""
    done: list[str] = []

    def counted(picture: str, *others: Any) -> Mapping[str, Encoded]:
        done.append(picture)
        return render_tile_images(picture, *others)

    monkeypatch.setattr(jobs, "render_tile_images", counted)
    return done


def stored(app: Flask, report: Report) -> list[str]:
    """The names of a report's stored tiles."""
    record = app.extensions["image_diff"].store.records.report(report["id"])
    return [name for name in record.images if name.startswith("detail-")] if record else []


def test_a_tile_shows_the_pictures_own_pixels(client: FlaskClient, shown: Report) -> None:
    assert read(client.get(shown["images"]["a"]).data).shape[1] < A.shape[1], "the report's own picture is reduced"
    assert np.array_equal(read(client.get(tile_url(shown, "a-0-0")).data), A[:1024, :1024])
    assert np.array_equal(read(client.get(tile_url(shown, "a-2-1")).data), A[1024:, 2048:])
    assert np.array_equal(read(client.get(tile_url(shown, "b-0-0")).data), B[:1024, :1024])
    different = (read(client.get(tile_url(shown, "difference-0-0")).data) == (255, 221, 0)).all(axis=2)
    assert np.array_equal(different, (A != B).any(axis=2)[:1024, :1024])


def test_a_tile_is_served_like_the_reports_pictures(client: FlaskClient, shown: Report) -> None:
    answer, picture = client.get(tile_url(shown, "a-1-1")), client.get(shown["images"]["a"])
    assert answer.mimetype == "image/png"
    for header in ("Cache-Control", "Content-Security-Policy", "X-Content-Type-Options"):
        assert answer.headers[header] == picture.headers[header]
    again = client.get(tile_url(shown, "a-1-1"), headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(tile_url(shown, "a-0-1"), headers={"If-None-Match": answer.headers["ETag"]}).status_code == 200


def test_tiles_are_not_listed_and_are_deleted_with_the_report(app: Flask, client: FlaskClient, report: Report) -> None:
    assert client.get(tile_url(report, "b-2-1")).status_code == 200
    assert len(stored(app, report)) == 12
    assert client.get(report["links"]["self"]).json == report
    assert client.delete(report["links"]["pair"]).status_code == 204
    for name in ("b-2-1", "difference-0-0"):
        assert client.get(tile_url(report, name)).status_code == 404


BEYOND = ["a-3-0", "a-0-2", "b-3-1", "difference-999-999"]
NONSENSE = [
    "c-0-0",
    "ssim_map-0-0",
    "thumbnail_a-0-0",
    "a",
    "a-0",
    "a-00-0",
    "a-0-0-0",
    "a--1-0",
    "a-%D9%A3-0",
    "a-0-0%0A",
]


@pytest.mark.parametrize("name", BEYOND + NONSENSE)
def test_an_unknown_tile_is_404_and_nothing_is_rendered(
    client: FlaskClient, unrendered: Report, rendered: list[str], name: str
) -> None:
    answer = client.get(tile_url(unrendered, name))
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert rendered == []


def test_a_picture_in_full_size_has_no_tiles(app: Flask, client: FlaskClient) -> None:
    small = evaluate(app, png(A[:300, :1100]), png(B[:300, :1100]))
    assert client.get(tile_url(small, "a-0-0")).status_code == 404


def test_a_missing_difference_has_no_tiles(
    app: Flask, client: FlaskClient, unrendered: Report, rendered: list[str]
) -> None:
    report = copied(app, unrendered, without="difference")
    assert client.get(tile_url(report, "difference-0-0")).status_code == 404
    assert client.get(tile_url(report, "a-0-0")).status_code == 200
    assert rendered == ["a"]


SIX = ["a-0-0", "a-1-0", "a-2-0", "b-0-0", "b-1-0", "b-2-0"]


def test_six_requests_at_once_render_once(app: Flask, report: Report, rendered: list[str]) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda name: app.test_client().get(tile_url(report, name)), SIX))
    assert [answer.status_code for answer in answers] == [200] * 6
    assert len(rendered) == 1
    for answer, column in zip(answers[:3], range(3), strict=True):
        assert np.array_equal(read(answer.data), A[:1024, column * 1024 : (column + 1) * 1024])


def test_the_difference_is_rendered_on_request(client: FlaskClient, report: Report, rendered: list[str]) -> None:
    for name in ("a-0-0", "b-1-1", "difference-0-0", "difference-1-1", "a-2-1"):
        assert client.get(tile_url(report, name)).status_code == 200
    assert rendered == ["a", "difference"]


def test_another_process_finds_the_tiles(
    other: Flask, client: FlaskClient, report: Report, rendered: list[str]
) -> None:
    first = client.get(tile_url(report, "a-1-1"))
    again = other.test_client().get(tile_url(report, "a-1-1"))
    assert (again.data, again.headers["ETag"]) == (first.data, first.headers["ETag"])
    assert len(rendered) == 1


def test_a_report_that_is_deleted_during_rendering(
    app: Flask, client: FlaskClient, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(*given: Any) -> Mapping[str, Encoded]:
        squares = render_tile_images(*given)
        app.test_client().delete(report["links"]["pair"])
        return squares

    monkeypatch.setattr(jobs, "render_tile_images", slowly)
    assert client.get(tile_url(report, "a-0-0")).status_code == 404
    store = app.extensions["image_diff"].store
    assert store.sweep() == 0, "no tile_url was left"


def test_an_error_blocks_no_later_request(client: FlaskClient, report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_given: Any) -> Mapping[str, Encoded]:
        raise StorageError("The storage is full.")

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "render_tile_images", fails)
        answer = client.get(tile_url(report, "a-0-0"))
    assert (answer.status_code, answer.json["detail"]) == (503, "The storage is full.")
    assert client.get(tile_url(report, "a-0-0")).status_code == 200


class TestLimits:
    """The limits of time and of waiting requests, as for a comparison."""

    def refused(self, other: Flask, report: Report, status: int) -> None:
        answer = other.test_client().get(tile_url(report, "a-0-0"))
        assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
        assert answer.headers["Retry-After"]
        assert stored(other, report) == []

    def test_no_free_slot_or_none_in_time(self, other: Flask, unrendered: Report) -> None:
        with limited(other, comparison_queue=AdmissionQueue(1, 0)).comparison_queue.admit(StepTimer(60)):
            self.refused(other, unrendered, 429)
        with limited(other, comparison_queue=AdmissionQueue(1, 1), deadline=0.1).comparison_queue.admit(StepTimer(60)):
            self.refused(other, unrendered, 503)

    def test_another_reports_rendering_takes_too_long(self, other: Flask, unrendered: Report) -> None:
        with limited(other, deadline=0.1, drawing_queue=AdmissionQueue(1, 1)).drawing_queue.admit(StepTimer(60)):
            self.refused(other, unrendered, 503)

    def test_too_many_requests_wait_for_another_report(self, other: Flask, unrendered: Report) -> None:
        with limited(other, drawing_queue=AdmissionQueue(1, 0)).drawing_queue.admit(StepTimer(60)):
            self.refused(other, unrendered, 429)

    def test_waiting_requests_hold_no_slot(self, other: Flask, report: Report, rendered: list[str]) -> None:
        """Twice a browser's connections wait, and the only slot stays free for a comparison."""
        service = limited(other, comparison_queue=AdmissionQueue(1, 0), drawing_queue=AdmissionQueue(1, 1))
        with ThreadPoolExecutor(12) as pool:
            with service.drawing_queue.admit(StepTimer(60)):
                answers = [pool.submit(other.test_client().get, tile_url(report, name)) for name in SIX * 2]
                patience = StepTimer(10)
                while not service.drawing_queue.waiting and patience.left:
                    time.sleep(0.001)
                assert other.test_client().post("/api/v1/evaluate", data=pictures(analyses=QUICK)).status_code == 201
            assert [answer.result().status_code for answer in answers] == [200] * 12
        assert len(rendered) == 1

    def test_stored_tiles_are_served_by_a_full_service(self, other: Flask, client: FlaskClient, shown: Report) -> None:
        client.get(tile_url(shown, "a-0-0"))
        service = limited(other, comparison_queue=AdmissionQueue(1, 0), drawing_queue=AdmissionQueue(1, 0))
        with service.comparison_queue.admit(StepTimer(60)), service.drawing_queue.admit(StepTimer(60)):
            assert other.test_client().get(tile_url(shown, "b-0-0")).status_code == 200

    def test_requests_that_waited_for_the_first_need_no_slot(
        self, other: Flask, report: Report, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A comparison takes the only slot as soon as the first tile is rendered."""
        service = limited(other, comparison_queue=AdmissionQueue(1, 1))
        queue = service.comparison_queue
        next_one = threading.Thread(target=lambda: comparison.enter_context(queue.admit(StepTimer(60))))

        def render_while_one_waits(*given: Any) -> Mapping[str, Encoded]:
            next_one.start()
            return render_tile_images(*given)

        monkeypatch.setattr(jobs, "render_tile_images", render_while_one_waits)
        with ExitStack() as comparison, ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(lambda name: other.test_client().get(tile_url(report, name)), SIX))
            next_one.join()
            assert service.comparison_queue.running == 1
        assert [answer.status_code for answer in answers] == [200] * 6
