"""A new analysis and a new finder: one module each, and one entry in a list. Everything else follows."""

from html import unescape
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from flask import Flask, json
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from app.batch.offline import compare_files
from app.cli.options import comparison_options
from app.cli.table import table
from app.config import Settings
from app.evaluation.request import EvaluationRequest, InvalidOptions, parse_request
from app.execution.deadline import StepTimer
from app.store import Upload
from app.vision.analyses import ANALYSES, default_analyses
from app.vision.finders import FINDERS
from tests import toy_analysis, toy_finder
from tests.web.forms import A, B, pictures
from tests.web.here import Here

TOYS: dict[str, Any] = {"analyses": "toy,regions", "finder": "everything"}


@pytest.fixture(autouse=True)
def toys(monkeypatch: pytest.MonkeyPatch) -> None:
    """The two entries."""
    monkeypatch.setitem(ANALYSES, toy_analysis.NAME, toy_analysis)
    monkeypatch.setitem(FINDERS, toy_finder.NAME, toy_finder)


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    app: Flask = create_app(Settings(data_dir=tmp_path / "data", tfhub_cache_dir=tmp_path / "tfhub"), Here())
    app.config["WTF_CSRF_ENABLED"] = False
    return app.test_client()


def body(answer: TestResponse) -> Any:
    return json.loads(answer.text)


@pytest.fixture
def report(client: FlaskClient) -> dict[str, Any]:
    return dict(body(client.post("/api/v1/evaluate", data=pictures(**TOYS))))


def test_they_are_in_the_report(report: dict[str, Any]) -> None:
    assert [(info["name"], info["status"]) for info in report["analyses"]] == [("regions", "ok"), ("toy", "ok")]
    assert report["metrics"]["toy_brightness"] > 0
    assert "toy_blue" in report["images"]
    assert report["regions"][0]["found_by"] == ["everything"]
    assert report["options"]["finder"] == "everything"


@pytest.mark.parametrize("link", ["page", "download"])
def test_the_report_page_has_a_generic_card(client: FlaskClient, report: dict[str, Any], link: str) -> None:
    page = unescape(client.get(report["links"][link]).text)
    card = page.split('<article class="card" id="card-toy"')[1].split("</article>")[0]
    for text in ("Toy (brightness)", "Measures how bright B is.", "toy brightness", "toy blue", "It is a toy."):
        assert text in card
    assert f"{report['metrics']['toy_brightness']:.3f}" in card
    assert "<img" in card
    regions = page.split('<article class="card" id="card-regions"')[1].split("</article>")[0]
    assert "Everything" in regions
    assert "Marks the whole picture." in regions


def test_the_comparison_of_the_finders_has_the_new_one(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for finder in FINDERS.values():
        monkeypatch.setattr(finder, "find", toy_finder.find)  # the others take seconds to load
    report = body(client.post("/api/v1/evaluate", data=pictures(analyses="methods")))
    assert [method["name"] for method in report["methods"]] == list(FINDERS)
    page = client.get(report["links"]["page"]).text
    method = page.split('<li class="method" id="method-everything">')[1].split("</li>")[0]
    assert "<h4>Everything</h4>" in method
    assert "Ignores the pixels. Quick; has <code>false</code> alarms." in method
    assert method.count("<img") == 2


def test_the_table_of_the_command_line_has_a_line() -> None:
    request = parse_request(TOYS)
    report = compare_files(Upload("a.png", A), Upload("b.png", B), request, 1_000_000, StepTimer(60)).report
    lines = click.unstyle(table(report, 100)).splitlines()
    assert f"Toy         toy brightness {report.metrics['toy_brightness']:.3f}; It is a toy." in lines
    assert "everything" in lines[-1]


def test_the_progress_events_have_its_label(client: FlaskClient) -> None:
    pair = body(client.post("/api/v1/pairs", data=pictures()))["id"]
    answer = client.post(f"/pairs/{pair}/evaluate", data=TOYS, headers={"Accept": "text/event-stream"})
    data = [json.loads(line.removeprefix("data: ")) for line in answer.text.splitlines() if line.startswith("data: ")]
    steps = [step for step in data if step.get("name") == "toy"]
    assert [step["state"] for step in steps] == ["waiting", "running", "done"]
    assert {step["label"] for step in steps} == {"Playing"}


def test_the_options_accept_them() -> None:
    assert parse_request(TOYS).analyses == ("regions", "toy")
    assert parse_request({}).analyses[-1] == "toy"
    with pytest.raises(InvalidOptions, match=r"'difference' or 'everything'\.$"):
        parse_request({"finder": "magic"})
    with pytest.raises(InvalidOptions, match=r"methods, toy\.$"):
        parse_request({"analyses": "magic"})


def test_the_command_line_offers_them() -> None:
    @click.command()
    @comparison_options
    def command(request: EvaluationRequest) -> None:
        click.echo(f"{request.finder} {request.analyses}")

    arguments = ["--finder", "everything", "--analyses", "toy"]
    assert CliRunner().invoke(command, arguments).stdout == "everything ('toy',)\n"
    text = " ".join(CliRunner().invoke(command, ["--help"], terminal_width=500).stdout.split())
    assert "|difference|everything]" in text
    assert "`everything`: Marks the whole picture." in text
    assert "`toy`: Measures how bright B is." in text


@pytest.mark.parametrize("address", ["/", "/pairs"])
def test_the_forms_offer_them(client: FlaskClient, address: str) -> None:
    pair = body(client.post("/api/v1/pairs", data=pictures()))["links"]["page"]
    form = client.get(pair if address == "/pairs" else address).text
    assert '<option value="everything">Everything: Marks the whole picture.</option>' in form
    assert f'<option value="{",".join(default_analyses())}">All measures (default)</option>' in form


def test_the_description_of_the_api_lists_them(client: FlaskClient) -> None:
    document = body(client.get("/api/v1/openapi.json"))
    for schema in ("EvaluationRequest", "EvaluateForm"):
        fields = document["components"]["schemas"][schema]["properties"]
        assert fields["finder"]["enum"][-1] == "everything"
        assert "`everything`: Marks the whole picture." in fields["finder"]["description"]
        assert "`toy`: Measures how bright B is." in fields["analyses"]["description"]
    analyses = document["components"]["schemas"]["EvaluationRequest"]["properties"]["analyses"]
    assert analyses["anyOf"][1]["items"]["enum"][-1] == "toy"
    assert analyses["default"][-1] == "toy"


def test_an_analysis_that_needs_a_network_can_load_it() -> None:
    for analysis in ANALYSES.values():
        assert analysis.NEEDS_NETWORK == hasattr(analysis, "load") == hasattr(analysis, "needs_loading")
