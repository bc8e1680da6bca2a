"""The description is valid, whole and true: every status that it names comes when it says."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

import jsonschema_rs
import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR
from werkzeug.test import TestResponse

from app.config import Settings
from app.evaluation import tiles as detail
from app.execution.deadline import StepTimer
from app.store import Store
from tests.web.forms import QUICK, A, B, pictures
from tests.web.test_api import UNKNOWN

SVG = b"<svg xmlns='http://www.w3.org/2000/svg'/>"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"max_running": 1, "max_waiting": 0, "max_body": 200_000})


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    return dict(client.get("/api/v1/openapi.json").json or {})


def operations(document: dict[str, Any]) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Path, method and description by id."""
    return {
        described["operationId"]: (path, method, described)
        for path, item in document["paths"].items()
        for method, described in item.items()
    }


class TestDocument:
    def test_valid(self, document: dict[str, Any]) -> None:
        assert [str(error) for error in OPENAPI_31_VALIDATOR.iter_errors(document)] == []

    def test_every_reference_leads_somewhere(self, document: dict[str, Any], client: FlaskClient) -> None:
        for reference in re.findall(r'"\$ref": ?"#/([^"]*)"', client.get("/api/v1/openapi.json").text):
            found = document
            for step in reference.split("/"):
                found = found[step]

    def test_it_has_every_route_below_the_api(self, app: Flask, document: dict[str, Any]) -> None:
        routes = {re.sub(r"<(\w+)>", r"{\1}", rule.rule) for rule in app.url_map.iter_rules()}
        assert {route for route in routes if route.startswith("/api/v1/")} | {"/healthz", "/readyz"} == set(
            document["paths"]
        )

    def test_every_example_is_as_its_schema_says(self, document: dict[str, Any]) -> None:
        schemas = document["components"]["schemas"]
        examples = [(name, example) for name, schema in schemas.items() for example in schema.get("examples", [])]
        examples += [
            ("Problem", answer["content"]["application/problem+json"]["example"])
            for answer in document["components"]["responses"].values()
        ]
        assert {name for name, _ in examples} >= {"EvaluationRequest", "OptionsForm", "Pair", "Report", "Problem"}
        for name, example in examples:
            assert validator(document, name).is_valid(example), name

    def test_it_reports_the_limits_in_force(self, document: dict[str, Any]) -> None:
        assert "a picture 1 million pixels" in document["info"]["description"]

    def test_it_is_not_sent_again(self, client: FlaskClient) -> None:
        tag = client.get("/api/v1/openapi.json").headers["ETag"]
        assert client.get("/api/v1/openapi.json", headers={"If-None-Match": tag}).status_code == 304

    def test_the_address_is_the_callers(self, client: FlaskClient) -> None:
        reported = client.get("/api/v1/openapi.json", base_url="https://diff.example:8443").json
        assert reported["servers"] == [{"url": "https://diff.example:8443/"}]
        assert "https://diff.example:8443/api/v1/pairs" in str(reported["paths"]["/api/v1/pairs"])


def validator(document: dict[str, Any], name: str) -> jsonschema_rs.Draft202012Validator:
    """Checks against a schema of the document."""
    whole = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


@contextmanager
def full(app: Flask) -> Iterator[None]:
    """The only slot is taken."""
    with app.extensions["image_diff"].comparison_queue.admit(StepTimer(60)):
        yield


@contextmanager
def no_storage(app: Flask) -> Iterator[None]:
    """The database has lost its tables."""
    with sqlite3.connect(app.extensions["image_diff"].settings.data_dir / "image-diff.sqlite") as database:
        for table in ("report_images", "reports", "pairs"):
            database.execute(f"ALTER TABLE {table} RENAME TO lost_{table}")
    database.close()
    yield


@contextmanager
def few_pixels(app: Flask) -> Iterator[None]:
    """The limit was lowered since the pair was stored."""
    known = app.extensions["image_diff"]
    app.extensions["image_diff"] = replace(known, settings=known.settings.model_copy(update={"max_pixels": 100}))
    yield


@contextmanager
def keyed(app: Flask) -> Iterator[None]:
    """The service demands a key now."""
    known = app.extensions["image_diff"]
    settings = known.settings.model_copy(update={"api_keys": (SecretStr("0123456789abcdef"),)})
    app.extensions["image_diff"] = replace(known, settings=settings)
    yield


@contextmanager
def at_limit(app: Flask) -> Iterator[None]:
    """The service may store nothing more."""
    known = app.extensions["image_diff"]
    settings = known.settings.model_copy(update={"max_storage": 1})
    store = Store(settings.data_dir, settings.database, settings.max_storage)
    app.extensions["image_diff"] = replace(known, settings=settings, store=store)
    yield


@dataclass(frozen=True)
class Asked:
    """A request: what stands in its path, its form of pictures, the rest, and the state in which the service gets it.

    What stands in the path is one of the ids in `known`, or meant as it is.
    """

    path: dict[str, str] = field(default_factory=dict)
    form: dict[str, Any] | None = None
    rest: dict[str, Any] = field(default_factory=dict)
    state: Callable[[Flask], AbstractContextManager[None]] = lambda _: nullcontext()


PAIR, REPORT, IMAGE = {"pair": "pair"}, {"report": "report"}, {"report": "report", "name": "a"}
UNKNOWN_ID = {"pair": "unknown", "report": "unknown", "name": "a"}
SQUARE = {"report": "report", "name": "detail-a-0-0"}
CURRENT = {"headers": {"If-None-Match": "*"}}
QUICKLY: dict[str, Any] = {"analyses": QUICK}

# For every operation and every status a request that is answered so.
REQUESTS = {
    ("add_pair", 201): Asked(form={}),
    ("add_pair", 400): Asked(),
    ("add_pair", 401): Asked(state=keyed),
    ("add_pair", 413): Asked(form={"a": b"x" * 300_000}),
    ("add_pair", 415): Asked(form={"b": SVG}),
    ("add_pair", 422): Asked(form={"a": A[:999]}),
    ("add_pair", 429): Asked(form={}, state=full),
    ("add_pair", 503): Asked(form={}, state=no_storage),
    ("add_pair", 507): Asked(form={}, state=at_limit),
    ("show_pair", 200): Asked(PAIR),
    ("show_pair", 401): Asked(PAIR, state=keyed),
    ("show_pair", 404): Asked(UNKNOWN_ID),
    ("show_pair", 503): Asked(PAIR, state=no_storage),
    ("delete_pair", 204): Asked(PAIR),
    ("delete_pair", 400): Asked({"pair": "owned"}),
    ("delete_pair", 401): Asked(PAIR, state=keyed),
    ("delete_pair", 404): Asked(UNKNOWN_ID),
    ("delete_pair", 503): Asked(PAIR, state=no_storage),
    ("evaluate_pair", 200): Asked(PAIR, rest={"json": QUICKLY}),
    ("evaluate_pair", 400): Asked(PAIR, rest={"json": {"threshold": 2}}),
    ("evaluate_pair", 401): Asked(PAIR, state=keyed),
    ("evaluate_pair", 404): Asked(UNKNOWN_ID),
    ("evaluate_pair", 413): Asked(PAIR, rest={"data": b" " * 300_000, "content_type": "application/json"}),
    ("evaluate_pair", 422): Asked(PAIR, state=few_pixels),
    ("evaluate_pair", 429): Asked(PAIR, state=full),
    ("evaluate_pair", 503): Asked(PAIR, state=no_storage),
    ("evaluate_pair", 507): Asked(PAIR, rest={"json": {"threshold": 0.7, **QUICKLY}}, state=at_limit),
    ("evaluate_upload", 201): Asked(form=QUICKLY),
    ("evaluate_upload", 400): Asked(form={"align": "maybe"}),
    ("evaluate_upload", 401): Asked(form=QUICKLY, state=keyed),
    ("evaluate_upload", 413): Asked(form={"ignore": "x" * 300_000}),
    ("evaluate_upload", 415): Asked(form={"a": SVG}),
    ("evaluate_upload", 422): Asked(form={"a": B, **QUICKLY}, state=few_pixels),
    ("evaluate_upload", 429): Asked(form={"threshold": "0.7", **QUICKLY}, state=full),
    ("evaluate_upload", 503): Asked(form=QUICKLY, state=no_storage),
    ("evaluate_upload", 507): Asked(form=QUICKLY, state=at_limit),
    ("show_report", 200): Asked(REPORT),
    ("show_report", 304): Asked(REPORT, rest=CURRENT),
    ("show_report", 400): Asked(REPORT, rest={"query_string": {"format": "gif"}}),
    ("show_report", 404): Asked(UNKNOWN_ID),
    ("show_report", 429): Asked(REPORT, rest={"query_string": {"format": "png"}}, state=full),
    ("show_report", 503): Asked(REPORT, state=no_storage),
    ("show_report", 507): Asked(REPORT, rest={"query_string": {"format": "png"}}, state=at_limit),
    ("show_image", 200): Asked(IMAGE),
    ("show_image", 304): Asked(IMAGE, rest=CURRENT),
    ("show_image", 404): Asked(UNKNOWN_ID),
    ("show_image", 422): Asked(SQUARE, state=few_pixels),
    ("show_image", 429): Asked(SQUARE, state=full),
    ("show_image", 503): Asked(SQUARE, state=no_storage),
    ("show_image", 507): Asked(SQUARE, state=at_limit),
    ("show_openapi", 200): Asked(),
    ("show_openapi", 304): Asked(rest=CURRENT),
    ("alive", 200): Asked(),
    ("ready", 200): Asked(),
    ("ready", 503): Asked(state=full),
}


@pytest.fixture
def known(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The ids that the requests ask for. The pictures count as large, so that there are squares of them."""
    monkeypatch.setattr(detail, "MAX_SCREEN_PIXELS", 100)
    report = client.post("/api/v1/evaluate", data=pictures(**QUICKLY)).json
    token = client.get("/").text.split('name="csrf_token" value="')[1].split('"')[0]
    owned = client.post("/upload", data=pictures(csrf_token=token), headers={"Accept": "application/json"}).json
    return {"unknown": UNKNOWN, "pair": report["pair"], "report": report["id"], "owned": owned["id"]}


class TestStatuses:
    def test_there_is_a_request_for_each(self, document: dict[str, Any]) -> None:
        described = {
            (name, int(status))
            for name, (_, _, operation) in operations(document).items()
            for status in operation["responses"]
        }
        assert described == set(REQUESTS)

    @pytest.mark.parametrize(("name", "status"), REQUESTS)
    def test_each_comes_and_is_as_described(
        self, client: FlaskClient, app: Flask, document: dict[str, Any], known: dict[str, str], name: str, status: int
    ) -> None:
        path, method, described = operations(document)[name]
        asked = REQUESTS[name, status]
        address = path.format(**{name: known.get(value, value) for name, value in asked.path.items()})
        body = asked.rest if asked.form is None else {"data": pictures(**asked.form)}
        with asked.state(app):
            answer = client.open(address, method=method.upper(), **body)
        assert answer.status_code == status, answer.text
        assert_described(answer, described["responses"][str(status)], document)

    def test_another_method_is_reported_which_there_are(self, client: FlaskClient, document: dict[str, Any]) -> None:
        for path, item in document["paths"].items():
            if path.startswith("/api/"):
                answer = client.patch(path.format(**UNKNOWN_ID))
                assert answer.status_code == 405
                assert {method.upper() for method in item} <= set(answer.headers["Allow"].split(", "))
                assert_described(answer, document["components"]["responses"]["Problem405"], document)


def assert_described(answer: TestResponse, described: dict[str, Any], document: dict[str, Any]) -> None:
    """The answer has the headers, the media type and the fields that the description has."""
    if reference := described.get("$ref"):
        described = document["components"]["responses"][reference.rpartition("/")[2]]
    assert set(described.get("headers", ())) <= set(answer.headers.keys())
    if content := described.get("content"):
        schema = content[answer.mimetype].get("schema")
        if schema:
            validator(document, schema["$ref"].rpartition("/")[2]).validate(answer.json)
    else:
        assert answer.data == b""
    if answer.mimetype == "application/problem+json":
        assert answer.json["status"] == answer.status_code
        assert answer.json["type"] == f"/api/docs#problem-{answer.status_code}"
