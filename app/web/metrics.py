"""Counts for Prometheus: what is asked, answered, compared and refused."""

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_1_0_0

from app.execution.admission import AdmissionQueue
from app.execution.deadline import StepTimer
from app.store.records import ReportRecord
from app.web.request_id import route

# Anybody can make up a method, and each would be a series of its own.
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """Counts for Prometheus. Labels name routes, verdicts, steps and reasons: never an id, a file or a client.

    They are of this process; each of several would have its own.
    """

    def __init__(self, gate: AdmissionQueue) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        known: dict[str, Any] = {"namespace": "image_diff", "registry": self.registry}
        self._requests = Counter("requests", "Requests answered.", ("route", "method", "status"), **known)
        self._evaluations = Counter("evaluations", "Comparisons done, without stored answers.", ("verdict",), **known)
        self._steps = Histogram("step_seconds", "What each step of them took.", ("step",), buckets=SECONDS, **known)
        self._rejections = Counter("rejections", "Requests refused, by the error's name.", ("reason",), **known)
        Gauge("running", "Places taken.", **known).set_function(lambda: gate.running)
        Gauge("waiting", "Waiting for a place.", **known).set_function(lambda: gate.waiting)

    def answered(self, response: Response) -> Response:
        """Count an answer."""
        method = request.method if request.method in METHODS else "other"
        self._requests.labels(route(), method, response.status_code).inc()
        return response

    def evaluated(self, report: ReportRecord, clock: StepTimer) -> None:
        """Count a comparison and its steps, if it was made and not only found."""
        if "draw" not in clock.milliseconds:
            return
        self._evaluations.labels(report.body["verdict"]["kind"]).inc()
        for step, milliseconds in clock.milliseconds.items():
            self._steps.labels(step).observe(milliseconds / 1000)

    def counting(self, handler: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """An error handler that counts what it answers."""

        def count(error: Exception) -> Any:
            self._rejections.labels(type(error).__name__).inc()
            return handler(error)

        return count

    def page(self) -> Response:
        """All of them, as Prometheus reads them."""
        return Response(generate_latest(self.registry), content_type=CONTENT_TYPE_PLAIN_1_0_0)


def init_app(app: Flask, metrics: Metrics, shown: bool) -> None:
    """Count each answer and each error. To be called when all error handlers are there."""
    app.after_request(metrics.answered)
    for handlers in app.error_handler_spec[None].values():
        for kind, handler in handlers.items():
            handlers[kind] = metrics.counting(handler)
    if shown:
        app.add_url_rule("/metrics", "metrics", metrics.page)
