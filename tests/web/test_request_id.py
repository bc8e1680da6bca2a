import json
import logging
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from app import logs
from app.config import Settings
from app.execution.deadline import StepTimer
from app.execution.process_pool import ProcessPool
from tests.web.forms import QUICK, pictures
from tests.web.test_api import UNKNOWN


class TestRequestId:
    def test_a_well_formed_id_is_used(self, client: FlaskClient) -> None:
        for path in ("/", "/healthz", "/api/v1/nothing"):
            assert client.get(path, headers={"X-Request-ID": "a.B_7-x"}).headers["X-Request-ID"] == "a.B_7-x"

    @pytest.mark.parametrize("sent", ["", "a b", 'a"}', "é", "x" * 65, "a/b"])
    def test_a_malformed_id_is_replaced(self, client: FlaskClient, sent: str) -> None:
        answers = [client.get("/healthz", headers={"X-Request-ID": sent}) for _ in range(2)]
        first, second = (answer.headers["X-Request-ID"] for answer in answers)
        assert first != second
        assert len(first) == 16

    def test_errors_before_routing_have_an_id(self, client: FlaskClient, app: Flask) -> None:
        app.config["WTF_CSRF_ENABLED"] = True
        assert client.post("/upload").headers["X-Request-ID"]
        assert client.get("/", headers={"Host": "a b"}).headers["X-Request-ID"]

    def test_the_log_of_a_bug_contains_the_id(self, app: Flask) -> None:
        @app.get("/broken")
        def broken() -> str:
            raise KeyError("the cause")

        handler = Kept()
        logging.getLogger("app").addHandler(handler)
        sent = app.test_client().get("/broken", headers={"X-Request-ID": "this-one"})
        logging.getLogger("app").removeHandler(handler)
        assert sent.status_code == 500
        (line,) = handler.lines
        assert (line["level"], line["request"], line["message"]) == ("error", "this-one", "unhandled error")
        assert "KeyError: 'the cause'" in line["exception"]
        assert logs.current() == "", "it was that request's alone"

    def test_a_worker_process_logs_the_id(self, workers: ProcessPool, client: FlaskClient) -> None:
        del client
        logs.set_request_id_source(lambda: "this-one")
        assert workers.run(StepTimer(10), logged_id) == "this-one"
        logs.set_request_id_source(str)
        assert workers.run(StepTimer(10), logged_id) == ""


def logged_id(_clock: StepTimer) -> str:
    return logs.current()


class Kept(logging.Handler):
    """Collects the formatted log lines."""

    def __init__(self) -> None:
        super().__init__()
        self.addFilter(logs.RequestIdFilter())
        self.setFormatter(logs.JsonFormatter())
        self.lines: list[dict[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(json.loads(self.format(record)))


class TestMetrics:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"metrics": True, "max_running": 1, "max_waiting": 0})

    def test_requests_comparisons_and_refusals_are_counted(self, client: FlaskClient) -> None:
        report = client.post("/api/v1/evaluate", data=pictures(analyses=QUICK)).json
        again = f"{report['links']['pair']}/evaluate"
        assert client.post(again, data={"analyses": QUICK}).json["id"] == report["id"]
        client.post("/api/v1/evaluate", data=pictures(b=b"no picture"))
        client.get(f"/api/v1/reports/{UNKNOWN}")
        for method in ("BREW", "BREW2"):
            client.open("/nothing", method=method)
        found = counted(client)
        evaluate = {"route": "/api/v1/evaluate", "method": "POST"}
        assert found["image_diff_requests_total", key(**evaluate, status="201")] == 1
        assert found["image_diff_requests_total", key(**evaluate, status="415")] == 1
        assert found["image_diff_requests_total", key(route="none", method="other", status="404")] == 2
        assert found["image_diff_evaluations_total", key(verdict="changed")] == 1, "the second was found"
        for step in ("decode", "align", "pixel", "regions", "draw"):
            assert found["image_diff_step_seconds_count", key(step=step)] == 1
        assert 0 < found["image_diff_step_seconds_sum", key(step="decode")] < 10
        assert found["image_diff_rejections_total", key(reason="PictureRejected")] == 1
        assert found["image_diff_rejections_total", key(reason="NotFound")] == 3

    def test_the_queue_is_shown(self, client: FlaskClient, app: Flask) -> None:
        with app.extensions["image_diff"].comparison_queue.admit(StepTimer(60)):
            assert client.post("/api/v1/evaluate", data=pictures()).status_code == 429
            found = counted(client)
        assert (found["image_diff_running", key()], found["image_diff_waiting", key()]) == (1, 0)
        assert found["image_diff_rejections_total", key(reason="QueueFull")] == 1
        assert counted(client)["image_diff_running", key()] == 0

    def test_an_error_in_an_event_stream_is_counted(self, client: FlaskClient, app: Flask, pair: str) -> None:
        app.config["WTF_CSRF_ENABLED"] = False
        blobs = app.extensions["image_diff"].settings.data_dir / "blobs"
        for file in blobs.glob("??/*"):
            file.unlink()
        asked = {"data": {"analyses": "pixel"}, "headers": {"Accept": "text/event-stream"}}
        client.post(f"/pairs/{pair}/evaluate", **asked, buffered=True)
        assert counted(client)["image_diff_rejections_total", key(reason="MissingBlob")] == 1

    def test_labels_contain_no_ids_and_no_names(self, client: FlaskClient) -> None:
        report = client.post("/api/v1/evaluate", data=pictures(analyses="pixel")).json
        for link in (*report["links"].values(), *report["images"].values()):
            client.get(link)
        text = client.get("/metrics").text
        assert not [word for word in (report["id"], report["pair"], "a.png", "127.0.0.1") if word in text]


def test_metrics_are_served_only_if_enabled(client: FlaskClient) -> None:
    assert client.get("/metrics").status_code == 404


def test_no_control_character_of_an_address_reaches_the_log(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    """A terminal that shows the log would obey it."""
    access = logging.getLogger("app.access")
    access.addHandler(caplog.handler)
    try:
        with caplog.at_level(logging.INFO, "app.access"):
            client.get("/healthz", environ_overrides={"REMOTE_ADDR": "192.0.2.1\x9b2J\x1b[2J"})
    finally:
        access.removeHandler(caplog.handler)
    assert caplog.messages[-1].startswith('192.0.2.1%C2%9B2J%1B[2J "GET /healthz ')


def key(**labels: str) -> frozenset[tuple[str, str]]:
    return frozenset(labels.items())


def counted(client: FlaskClient) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """The samples by name and labels."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


@pytest.mark.parametrize(
    ("form", "kind"), [("json", logs.JsonFormatter), ("text", logging.Formatter), (None, logs.JsonFormatter)]
)
def test_the_log_format_can_be_set(
    form: logs.LogFormat | None, kind: type, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with (tmp_path / "log").open("w") as no_terminal:
        monkeypatch.setattr("sys.stderr", no_terminal)
        chosen = logs.configuration(form)["formatters"]["lines"]
    assert chosen.get("()", logging.Formatter) is kind
