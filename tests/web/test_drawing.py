"""Pictures of a report created as JSON: all are drawn once, when the first is requested."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, cast

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app, jobs
from app.config import Settings
from app.execution.process_pool import ProcessPool
from app.store.records import new_id
from app.vision.analyses import ANALYSES
from tests.web.forms import QUICK, pictures
from tests.web.here import Here

NAMES = {"a", "b", "difference", "regions_a", "regions_b", "regions_map", "thumbnail_a", "thumbnail_b"}


@pytest.fixture
def here(settings: Settings) -> Flask:
    """An application that works in this process, so that a test can patch the work."""
    return create_app(settings, Here())


@pytest.fixture
def drawings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The reports whose pictures were drawn later."""
    drawn: list[str] = []
    draw = jobs.draw_missing

    def counted(*given: Any) -> Any:
        drawn.append(given[2].id)
        return draw(*given)

    monkeypatch.setattr(jobs, "draw_missing", counted)
    return drawn


def evaluated(app: Flask, **query: str) -> dict[str, Any]:
    """A report as JSON, evaluated in the format of `query`."""
    client = app.test_client()
    answer = client.post("/api/v1/evaluate", query_string=query, data=pictures(analyses=QUICK, fresh="true"))
    assert answer.status_code == 201, answer.text
    return dict(client.get(answer.headers["Location"], headers={"Accept": "application/json"}).json or {})


def without_processes(app: Flask) -> FlaskClient:
    app.extensions["image_diff"] = replace(app.extensions["image_diff"], workers=cast(ProcessPool, None))
    return app.test_client()


def test_json_names_all_pictures_and_the_first_request_draws_them(here: Flask, drawings: list[str]) -> None:
    report = evaluated(here)
    assert report["images"].keys() == NAMES
    assert drawings == []
    assert here.test_client().get(report["images"]["regions_map"]).status_code == 200
    assert drawings == [report["id"]]
    client = without_processes(here)
    assert {client.get(url).status_code for url in report["images"].values()} == {200}


@pytest.mark.parametrize("form", ["page", "html", "png"])
def test_a_page_has_its_pictures_at_once(here: Flask, drawings: list[str], form: str) -> None:
    report = evaluated(here, format=form)
    client = without_processes(here)
    assert {client.get(url).status_code for url in report["images"].values()} == {200}
    assert drawings == []


def test_late_pictures_equal_early_ones(here: Flask) -> None:
    client = here.test_client()
    late, at_once = evaluated(here), evaluated(here, format="page")
    for name in NAMES:
        assert client.get(late["images"][name]).data == client.get(at_once["images"][name]).data


def test_requests_at_once_wait_for_one_drawing(here: Flask, drawings: list[str]) -> None:
    report = evaluated(here)
    with ThreadPoolExecutor(len(NAMES)) as pool:
        answers = list(pool.map(lambda url: here.test_client().get(url).status_code, report["images"].values()))
    assert set(answers) == {200}
    assert drawings == [report["id"]]


@pytest.mark.parametrize("link", ["download", "sheet"])
def test_downloads_draw_the_pictures_first(here: Flask, drawings: list[str], link: str) -> None:
    report = evaluated(here)
    assert here.test_client().get(report["links"][link]).status_code == 200
    assert drawings == [report["id"]]


def test_another_pairs_copy_is_drawn_separately(here: Flask, drawings: list[str]) -> None:
    client = here.test_client()
    first, second = (client.post("/api/v1/evaluate", data=pictures(analyses=QUICK)).json or {} for _ in range(2))
    assert first["id"] != second["id"]
    assert client.get(second["images"]["a"]).status_code == 200
    assert drawings == [second["id"]]


def test_a_picture_whose_analysis_fails_is_not_found(here: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    report = evaluated(here)

    def fails(*_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(ANALYSES["pixel"], "analyse", fails)
    client = here.test_client()
    assert client.get(report["images"]["difference"]).status_code == 404
    assert client.get(report["images"]["regions_a"]).status_code == 200
    for link in ("download", "sheet"):
        assert client.get(report["links"][link]).status_code == 200


def test_a_removed_option_is_ignored(here: Flask) -> None:
    report = evaluated(here)
    store = here.extensions["image_diff"].store
    record = store.records.report(report["id"])
    older = replace(record, id=new_id(), options={**record.options, "gone": 1})
    store.records.add_report(older)
    assert here.test_client().get(f"/api/v1/reports/{older.id}/images/a").status_code == 200


def test_a_picture_of_a_deleted_pair_is_not_found(here: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    report = evaluated(here)
    draw = jobs.draw_missing

    def deleted_meanwhile(*given: Any) -> Any:
        here.extensions["image_diff"].store.delete_pair(report["pair"])
        return draw(*given)

    monkeypatch.setattr(jobs, "draw_missing", deleted_meanwhile)
    assert here.test_client().get(report["images"]["a"]).status_code == 404


def test_deleting_an_undrawn_report_leaves_nothing(here: Flask) -> None:
    report = evaluated(here)
    store = here.extensions["image_diff"].store
    store.delete_pair(report["pair"])
    assert list(store.blobs) == []
