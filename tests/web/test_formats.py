"""A report in each format, by `format` or by the Accept header, and conditional requests."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from app.config import Settings
from app.evaluation.report import Report
from app.execution.process_pool import ProcessPool
from app.web.serializers import present_report
from tests.pictures import read
from tests.web.forms import QUICK, pictures
from tests.web.test_api import UNKNOWN, assert_problem

FORMATS = {"json": "application/json", "page": "text/html", "html": "text/html", "png": "image/png"}
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
ACCEPTED = [
    ("", "application/json"),
    ("*/*", "application/json"),
    ("application/json", "application/json"),
    (BROWSER, "text/html"),
    ("text/html", "text/html"),
    ("image/png", "image/png"),
    ("image/avif,image/webp,image/*,*/*;q=0.8", "image/png"),
    ("text/html,application/json", "application/json"),
    ("text/html;q=0.5,application/json;q=0.4", "text/html"),
    ("application/pdf", "application/json"),
    (";;q=,/", "application/json"),
]


def assert_is(answer: TestResponse, name: str) -> None:
    """Assert a report in this format."""
    assert answer.mimetype == FORMATS[name]
    assert "Accept" in answer.headers["Vary"]
    assert "private" in answer.headers["Cache-Control"]
    if name == "json":
        assert answer.json["verdict"]["kind"] == "changed"
    if name == "png":
        assert read(answer.data).size
    if name in ("page", "html"):
        assert "1 thing appeared." in answer.text
        assert ("/static/" in answer.text) == (name == "page")


@pytest.mark.parametrize("name", FORMATS)
def test_the_format_parameter_works_in_every_route(client: FlaskClient, pair: str, name: str) -> None:
    stored = client.post(f"/api/v1/pairs/{pair}/evaluate?format={name}", data={"analyses": QUICK})
    assert stored.status_code == 200
    assert_is(stored, name)
    sent = client.post(f"/api/v1/evaluate?format={name}", data=pictures(analyses=QUICK))
    assert sent.status_code == 201
    assert_is(sent, name)
    shown = client.get(f"{sent.headers['Location']}?format={name}")
    assert shown.status_code == 200
    assert_is(shown, name)


@pytest.mark.parametrize("path", ["/reports/{}", "/api/v1/reports/{}"])
def test_few_pages_are_made_at_once(
    app: Flask, report: dict[str, Any], path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each holds the interpreter: many at once would keep health checks waiting."""
    made: list[int] = []
    slots = app.extensions["image_diff"].page_slots

    def presented(*records: Any) -> Report:
        made.append(slots.running)
        time.sleep(0.02)
        return present_report(*records)

    monkeypatch.setattr("app.web.formats.present_report", presented)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: app.test_client().get(path.format(report["id"])).status_code, range(8)))
    assert answers == [200] * 8
    assert max(made) == 2


@pytest.mark.parametrize(("accept", "media_type"), ACCEPTED)
def test_the_accept_header_counts(client: FlaskClient, report: dict[str, Any], accept: str, media_type: str) -> None:
    answer = client.get(report["links"]["self"], headers={"Accept": accept})
    assert (answer.status_code, answer.mimetype) == (200, media_type)
    assert "Accept" in answer.headers["Vary"]


def test_the_parameter_overrides_the_header(client: FlaskClient, report: dict[str, Any]) -> None:
    assert_is(client.get(f"{report['links']['self']}?format=json", headers={"Accept": BROWSER}), "json")
    assert_is(client.get(f"{report['links']['self']}?format=png", headers={"Accept": "text/html"}), "png")


@pytest.mark.parametrize("name", ["gif", "", "JSON", "json,png"])
def test_an_unknown_format_is_refused_before_any_work(client: FlaskClient, name: str) -> None:
    words = ("format", "json, page, html, png")
    assert_problem(client.post(f"/api/v1/evaluate?format={name}", data=pictures(a=b"no picture")), 400, *words)
    assert_problem(client.post(f"/api/v1/pairs/{UNKNOWN}/evaluate?format={name}"), 400, *words)
    assert_problem(client.get(f"/api/v1/reports/{UNKNOWN}?format={name}"), 400, *words)


def test_errors_are_problems_for_any_accept_header(client: FlaskClient) -> None:
    for accept in (BROWSER, "image/png"):
        assert_problem(client.get(f"/api/v1/reports/{UNKNOWN}", headers={"Accept": accept}), 404)
        assert_problem(client.post("/api/v1/evaluate?format=page", headers={"Accept": accept}), 400, "a:")


def test_other_parameters_are_ignored(client: FlaskClient, report: dict[str, Any]) -> None:
    assert_is(client.get(f"{report['links']['self']}?threshold=2&utm=x"), "json")


@pytest.mark.parametrize("name", ["json", "html", "png"])
def test_a_cached_report_is_not_sent_again(client: FlaskClient, report: dict[str, Any], name: str) -> None:
    link = f"{report['links']['self']}?format={name}"
    first = client.get(link)
    assert "no-cache" in first.headers["Cache-Control"], "it is asked about, since the report may be deleted"
    tag = first.headers["ETag"]
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = client.get(link, headers={"If-None-Match": known})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == tag
        assert "Accept" in again.headers["Vary"]
    assert client.get(link, headers={"If-None-Match": '"other"'}).data == first.data


def test_each_format_has_its_own_etag(client: FlaskClient, report: dict[str, Any]) -> None:
    answers = [client.get(f"{report['links']['self']}?format={name}") for name in FORMATS]
    tags = [answer.headers.get("ETag") for answer in answers]
    assert len(set(tags)) == len(FORMATS)
    assert tags[1] is None, "a page holds its answer's nonce: with another answer's header its scripts would not run"


@pytest.mark.parametrize("what", ["report", "image"])
def test_head_has_the_headers_and_ranges_are_ignored(client: FlaskClient, report: dict[str, Any], what: str) -> None:
    link = report["links"]["self"] if what == "report" else report["images"]["a"]
    whole = client.get(link)
    head = client.head(link)
    assert (head.status_code, head.data) == (200, b"")
    for name in ("ETag", "Content-Type", "Content-Length", "Cache-Control"):
        assert head.headers[name] == whole.headers[name]
    assert client.head(link, headers={"If-None-Match": whole.headers["ETag"]}).status_code == 304
    part = client.get(link, headers={"Range": "bytes=0-9"})
    assert (part.status_code, part.data) == (200, whole.data)


def test_equal_requests_in_one_call_reuse_the_stored_report_if_reports_are_shared(
    settings: Settings, workers: ProcessPool
) -> None:
    """The pair is new, so the report has a new id, but nothing is evaluated again."""
    client = create_app(settings.model_copy(update={"share_reports": True}), workers).test_client()
    first, again = (client.post("/api/v1/evaluate", data=pictures(analyses=QUICK)).json for _ in range(2))
    assert again["id"] != first["id"]
    assert again["pair"] != first["pair"]
    assert again["timings"] == first["timings"], "it was not evaluated again"
    other = client.post("/api/v1/evaluate", data=pictures(analyses=QUICK, threshold="0.3")).json
    fresh = client.post("/api/v1/evaluate", data=pictures(analyses=QUICK, fresh="true")).json
    for later in (other, fresh):
        assert later["timings"] != first["timings"]


def test_equal_requests_in_two_calls_return_the_same_report(client: FlaskClient, pair: str) -> None:
    def ask(**fields: Any) -> str:
        return str(client.post(f"/api/v1/pairs/{pair}/evaluate", json={"analyses": QUICK, **fields}).json["id"])

    first = ask()
    assert ask() == first == ask(analyses=["regions", "pixel"], align="auto")
    assert ask(threshold=0.3) != first
    assert ask(fresh=True) != first
