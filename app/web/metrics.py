"""Prometheus metrics: requests, comparisons, steps and refusals."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Flask, Response, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_1_0_0

from app.execution.admission import AdmissionQueue
from app.execution.deadline import StepTimer
from app.store.errors import StorageError
from app.store.records import ReportRecord
from app.store.usage import Usage
from app.web.request_id import route

# Clients can send any method, and each would become a series of its own.
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """The metrics of this process. Labels name routes, verdicts, steps and reasons: never an id, a file or a client."""

    def __init__(self, queue: AdmissionQueue, usage: Usage, max_storage: int) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        common: dict[str, Any] = {"namespace": "image_diff", "registry": self.registry}
        self._requests = Counter("requests", "Requests answered.", ("route", "method", "status"), **common)
        self._evaluations = Counter("evaluations", "Comparisons, without stored reports.", ("verdict",), **common)
        self._steps = Histogram("step_seconds", "Seconds of each step.", ("step",), buckets=SECONDS, **common)
        self._rejections = Counter("rejections", "Requests refused, by the error's name.", ("reason",), **common)
        Gauge("running", "Slots in use.", **common).set_function(lambda: queue.running)
        Gauge("waiting", "Requests that wait for a slot.", **common).set_function(lambda: queue.waiting)
        Gauge("stored_bytes", "Bytes of the stored pictures and, with SQLite, of the database.", **common).set_function(
            partial(_read, usage.stored_bytes)
        )
        Gauge("counted_bytes", "Bytes that count towards the limit, those of each pair.", **common).set_function(
            partial(_read, usage.counted_bytes)
        )
        Gauge("max_storage_bytes", "Limit of the counted bytes; infinite without one.", **common).set(
            max_storage or math.inf
        )

    def answered(self, response: Response) -> Response:
        """Count a response."""
        method = request.method if request.method in METHODS else "other"
        self._requests.labels(route(), method, response.status_code).inc()
        return response

    def evaluated(self, report: ReportRecord, clock: StepTimer) -> None:
        """Count a comparison and its steps, unless a stored report was found."""
        if "draw" not in clock.milliseconds:
            return
        self._evaluations.labels(report.body["verdict"]["kind"]).inc()
        for step, milliseconds in clock.milliseconds.items():
            self._steps.labels(step).observe(milliseconds / 1000)

    def count_errors(self, handler: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Wrap an error handler so that it counts the errors it handles."""

        def count(error: Exception) -> Any:
            self._rejections.labels(type(error).__name__).inc()
            return handler(error)

        return count

    def exposition(self) -> Response:
        """All metrics in Prometheus' text format."""
        return Response(generate_latest(self.registry), content_type=CONTENT_TYPE_PLAIN_1_0_0)


def _read(value: Callable[[], int]) -> float:
    """A value of the storage; not a number while the storage is down."""
    try:
        return value()
    except StorageError:
        return math.nan


def init_app(app: Flask, metrics: Metrics, shown: bool) -> None:
    """Count every response and every error. Call it after all error handlers are registered."""
    app.after_request(metrics.answered)
    for handlers in app.error_handler_spec[None].values():
        for kind, handler in handlers.items():
            handlers[kind] = metrics.count_errors(handler)
    if shown:
        app.add_url_rule("/metrics", "metrics", metrics.exposition)
