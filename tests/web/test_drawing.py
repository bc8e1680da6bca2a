"""Pictures of a report that nobody has looked at yet: drawn when the first is asked for, all at once, and once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, cast

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app import jobs as tasks
from app.config import Settings
from app.execution.process_pool import ProcessPool
from app.store.records import new_id
from app.vision.analyses import ANALYSES
from tests.web.forms import QUICK, pictures
from tests.web.here import Here

NAMES = {"a", "b", "difference", "regions_a", "regions_b", "regions_map", "thumbnail_a", "thumbnail_b"}


@pytest.fixture
def here(settings: Settings) -> Flask:
    """An application that a test can reach into."""
    return create_app(settings, Here())


@pytest.fixture
def drawings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The reports whose pictures were drawn afterwards."""
    drawn: list[str] = []
    draw = tasks.pictures

    def counted(*given: Any) -> Any:
        drawn.append(given[2].id)
        return draw(*given)

    monkeypatch.setattr(tasks, "pictures", counted)
    return drawn


def asked(app: Flask, **query: str) -> dict[str, Any]:
    """A report as JSON, evaluated for an answer in the format of `query`."""
    client = app.test_client()
    answer = client.post("/api/v1/evaluate", query_string=query, data=pictures(analyses=QUICK, fresh="true"))
    assert answer.status_code == 201, answer.text
    return dict(client.get(answer.headers["Location"], headers={"Accept": "application/json"}).json or {})


def without_processes(app: Flask) -> FlaskClient:
    app.extensions["image_diff"] = replace(app.extensions["image_diff"], workers=cast(ProcessPool, None))
    return app.test_client()


def test_json_names_all_and_the_first_asked_for_draws_them_all(here: Flask, drawings: list[str]) -> None:
    report = asked(here)
    assert report["images"].keys() == NAMES
    assert drawings == []
    assert here.test_client().get(report["images"]["regions_map"]).status_code == 200
    assert drawings == [report["id"]]
    client = without_processes(here)
    assert {client.get(url).status_code for url in report["images"].values()} == {200}


@pytest.mark.parametrize("form", ["page", "html", "png"])
def test_whoever_asks_for_a_page_has_them_at_once(here: Flask, drawings: list[str], form: str) -> None:
    report = asked(here, format=form)
    client = without_processes(here)
    assert {client.get(url).status_code for url in report["images"].values()} == {200}
    assert drawings == []


def test_they_are_the_same_however_late(here: Flask) -> None:
    client = here.test_client()
    late, at_once = asked(here), asked(here, format="page")
    for name in NAMES:
        assert client.get(late["images"][name]).data == client.get(at_once["images"][name]).data


def test_many_who_ask_at_once_wait_for_one_drawing(here: Flask, drawings: list[str]) -> None:
    report = asked(here)
    with ThreadPoolExecutor(len(NAMES)) as pool:
        answers = list(pool.map(lambda url: here.test_client().get(url).status_code, report["images"].values()))
    assert set(answers) == {200}
    assert drawings == [report["id"]]


@pytest.mark.parametrize("link", ["download", "sheet"])
def test_what_is_made_of_them_draws_them_first(here: Flask, drawings: list[str], link: str) -> None:
    report = asked(here)
    assert here.test_client().get(report["links"][link]).status_code == 200
    assert drawings == [report["id"]]


def test_a_copy_for_another_is_drawn_for_itself(here: Flask, drawings: list[str]) -> None:
    client = here.test_client()
    first, second = (client.post("/api/v1/evaluate", data=pictures(analyses=QUICK)).json or {} for _ in range(2))
    assert first["id"] != second["id"]
    assert client.get(second["images"]["a"]).status_code == 200
    assert drawings == [second["id"]]


def test_one_whose_analysis_fails_this_time_is_not_found(here: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    report = asked(here)

    def fails(*_: Any) -> None:
        raise RuntimeError

    monkeypatch.setitem(cast(dict[str, Callable[..., Any]], ANALYSES), "pixel", fails)
    client = here.test_client()
    assert client.get(report["images"]["difference"]).status_code == 404
    assert client.get(report["images"]["regions_a"]).status_code == 200
    for link in ("download", "sheet"):
        assert client.get(report["links"][link]).status_code == 200


def test_an_option_that_has_gone_since_is_passed_over(here: Flask) -> None:
    report = asked(here)
    store = here.extensions["image_diff"].store
    record = store.records.report(report["id"])
    older = replace(record, id=new_id(), options={**record.options, "gone": 1})
    store.records.add_report(older)
    assert here.test_client().get(f"/api/v1/reports/{older.id}/images/a").status_code == 200


def test_one_of_a_deleted_pair_is_not_found(here: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    report = asked(here)
    draw = tasks.pictures

    def deleted_meanwhile(*given: Any) -> Any:
        here.extensions["image_diff"].store.delete_pair(report["pair"])
        return draw(*given)

    monkeypatch.setattr(tasks, "pictures", deleted_meanwhile)
    assert here.test_client().get(report["images"]["a"]).status_code == 404


def test_deleting_what_was_never_drawn_leaves_nothing(here: Flask) -> None:
    report = asked(here)
    store = here.extensions["image_diff"].store
    store.delete_pair(report["pair"])
    assert list(store.blobs) == []
