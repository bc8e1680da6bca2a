"""Liveness and readiness checks."""

from typing import Literal

from flask import Blueprint, Response

from app.evaluation.report import ApiModel
from app.store.errors import StorageError
from app.vision.networks import imagenet
from app.web.openapi.operation import Operation, declares
from app.web.service import service

health = Blueprint("health", __name__)


class Life(ApiModel):
    """The process answers."""

    status: Literal["ok"]


class Readiness(ApiModel):
    """Whether the service can compare pictures, and the state of its parts."""

    status: Literal["ok", "not ready"]
    storage: str
    queue: Literal["ok", "full"]
    models: dict[str, bool]


@health.get("/healthz")
@declares(Operation(200, {"application/json": Life}))
def alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@health.get("/readyz")
@declares(Operation(200, {"application/json": Readiness}, others={503: Readiness}))
def ready() -> Response:
    """Storage is writable and the queue is not full. Missing weights are reported; the service works without them."""
    storage, full = _storage(), service().comparison_queue.full
    ok = storage == "ok" and not full
    body = Readiness(
        status="ok" if ok else "not ready", storage=storage, queue="full" if full else "ok", models=imagenet.status()
    )
    return Response(body.model_dump_json(), 200 if ok else 503, mimetype="application/json")


def _storage() -> str:
    try:
        service().store.check()
    except StorageError as error:
        return str(error)
    return "ok"
