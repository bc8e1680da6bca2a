"""An evaluation followed step by step: what is reported, when it fails, and who goes away."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask, json
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from app.config import Settings
from app.evaluation.pipeline import step_label
from app.execution.admission import AdmissionQueue
from app.store import Upload
from app.vision.analyses import ANALYSES
from app.vision.analysis import Analysis
from app.vision.options import Options
from app.vision.pair import Pair
from app.web import server_sent_events as follow
from app.web.service import Service
from tests.web.forms import QUICK, A, B
from tests.web.here import Here

EVENTS = {"Accept": "text/event-stream"}
UNKNOWN = "0" * 32


@pytest.fixture
def app(settings: Settings) -> Flask:
    app = create_app(settings, Here())
    app.config["WTF_CSRF_ENABLED"] = False
    return app


@pytest.fixture
def service(app: Flask) -> Service:
    found = app.extensions["image_diff"]
    assert isinstance(found, Service)
    return found


@pytest.fixture
def leave(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """The analysis `pixel` goes on until this is set."""
    leave, analyse = threading.Event(), ANALYSES["pixel"].analyse

    def slow(pair: Pair, options: Options) -> Analysis:
        assert leave.wait(20)
        return analyse(pair, options)

    monkeypatch.setattr(ANALYSES["pixel"], "analyse", slow)
    yield leave
    leave.set()


def ask(client: FlaskClient, pair: str, **options: Any) -> TestResponse:
    data = {"analyses": QUICK, **options}
    return client.post(f"/pairs/{pair}/evaluate", data=data, headers=EVENTS)


def events(text: str) -> list[tuple[str, dict[str, Any]]]:
    """The name and the data of each event."""
    blocks = [block.split("\n") for block in text.strip().split("\n\n") if not block.startswith(":")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in blocks]


def test_the_steps_and_then_the_report(client: FlaskClient, pair: str) -> None:
    answer = ask(client, pair)
    assert (answer.status_code, answer.mimetype) == (200, "text/event-stream")
    assert answer.headers["Cache-Control"] == "no-store"
    *steps, (last, report) = events(answer.text)
    assert {name for name, _ in steps} == {"step"}
    for step in ("decode", "align", "pixel", "regions", "draw"):
        reported = [data for _, data in steps if data["name"] == step]
        assert [data["state"] for data in reported] == ["waiting", "running", "done"]
        assert reported[-1]["milliseconds"] >= 0
        assert {data["label"] for data in reported} == {step_label(step)}
    assert last == "report"
    assert set(report) == {"id", "links"}
    assert client.get(report["links"]["page"]).status_code == 200
    assert client.get(report["links"]["self"]).json["timings"]["draw"] == steps[-1][1]["milliseconds"]


def test_a_stored_answer_comes_at_once(client: FlaskClient, pair: str) -> None:
    first = events(ask(client, pair).text)[-1]
    assert events(ask(client, pair).text) == [first]


def test_the_steps_are_reported_while_they_run(
    client: FlaskClient, pair: str, leave: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "HEARTBEAT_SECONDS", 0.01)
    answer = ask(client, pair)
    seen = ""
    for chunk in answer.iter_encoded():
        seen += chunk.decode()
        if ": still at work\n\n" in seen and '"name": "pixel", "state": "running"' in seen:
            break
    assert "report" not in seen
    leave.set()
    assert events("".join(chunk.decode() for chunk in answer.iter_encoded()))[-1][0] == "report"


def test_whoever_goes_away_breaks_nothing(
    client: FlaskClient, service: Service, leave: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "HEARTBEAT_SECONDS", 0.01)
    pair = service.store.save_pair(Upload("a.png", A), Upload("b.png", B), "browser")
    with client.session_transaction() as session:
        session["browser"] = "browser"
    answer = ask(client, pair.id)
    next(iter(answer.iter_encoded()))
    answer.close()
    leave.set()
    for _ in range(500):
        if service.store.records.recent("browser", 1)[0][1]:
            break
        time.sleep(0.01)
    else:
        pytest.fail("the report was not stored")


def test_an_error_on_the_way_is_reported_as_a_problem(client: FlaskClient, service: Service) -> None:
    pair = service.store.save_pair(Upload("a.png", A), Upload("sky.png", B[:900]), None)
    answer = ask(client, pair.id)
    assert answer.status_code == 200, "it was known only when the work had begun"
    name, problem = events(answer.text)[-1]
    assert name == "problem"
    assert (problem["status"], problem["field"]) == (422, "b")
    assert problem["title"]
    assert problem["type"] == "/api/docs#problem-422"
    assert "sky.png" in problem["detail"]


def test_a_bug_is_reported_without_its_cause(client: FlaskClient, pair: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("app.evaluation.pipeline.draw", broken)
    name, problem = events(ask(client, pair).text)[-1]
    assert (name, problem["status"]) == ("problem", 500)
    assert "secret" not in problem["detail"]


@pytest.mark.parametrize(("options", "status"), [({"threshold": "2"}, 400), ({"analyses": "magic"}, 400)])
def test_bad_options_have_their_status(client: FlaskClient, pair: str, options: dict[str, str], status: int) -> None:
    answer = ask(client, pair, **options)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert next(iter(options)) in answer.json["detail"]


def test_an_unknown_pair_has_its_status(client: FlaskClient) -> None:
    assert ask(client, UNKNOWN).status_code == 404


def test_a_forged_post_has_its_status(app: Flask, client: FlaskClient, pair: str) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    answer = ask(client, pair)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert "csrf_token" in answer.json["detail"]


def test_a_full_queue_has_its_status(app: Flask, client: FlaskClient, pair: str, service: Service) -> None:
    app.extensions["image_diff"] = replace(service, comparison_queue=AdmissionQueue(running=0, waiting=0))
    answer = ask(client, pair)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "5"


def test_waiting_for_a_slot_is_reported(
    app: Flask, client: FlaskClient, pair: str, service: Service, leave: threading.Event
) -> None:
    app.extensions["image_diff"] = replace(service, comparison_queue=AdmissionQueue(running=1, waiting=1))
    first = ask(client, pair)
    threading.Timer(0.1, leave.set).start()
    second = events(ask(client, pair, analyses="regions").text)
    assert [data["state"] for _, data in second if data.get("name") == "queue"] == ["running", "done"]
    assert second[-1][0] == "report"
    first.close()


@pytest.mark.parametrize("accepted", ["*/*", "text/html", "application/json", "text/html,text/event-stream;q=0.5"])
def test_only_who_asks_for_events_gets_them(client: FlaskClient, pair: str, accepted: str) -> None:
    answer = client.post(f"/pairs/{pair}/evaluate", data={"analyses": "pixel"}, headers={"Accept": accepted})
    assert answer.status_code == (200 if accepted == "application/json" else 303)
    assert answer.mimetype != "text/event-stream"
