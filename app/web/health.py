"""Liveness and readiness checks."""

import time
from threading import Lock
from typing import Literal

from flask import Blueprint, Response, current_app
from flask.blueprints import BlueprintSetupState

from app.evaluation.report import ApiModel
from app.store import Store
from app.store.errors import StorageError
from app.vision.networks import imagenet
from app.web.openapi.operation import Operation, declares
from app.web.service import service

health = Blueprint("health", __name__)


class StorageCheck:
    """Whether the storage can be written. It is tried at most once a second, since anybody may ask."""

    def __init__(self) -> None:
        self._trying = Lock()
        self._tried, self._found = 0.0, ""

    def result(self, store: Store) -> str:
        """`ok`, or what is wrong. Only the first caller waits for another's try, as a disk may take long to answer."""
        if self._trying.acquire(blocking=not self._found):
            try:
                if not self._found or time.monotonic() - self._tried >= 1:
                    self._found, self._tried = _try(store), time.monotonic()
            finally:
                self._trying.release()
        return self._found


@health.record
def prepare(state: BlueprintSetupState) -> None:
    """Give the application a check of its own."""
    state.app.extensions["storage_check"] = StorageCheck()


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
    check: StorageCheck = current_app.extensions["storage_check"]
    storage, full = check.result(service().store), service().comparison_queue.full
    ok = storage == "ok" and not full
    body = Readiness(
        status="ok" if ok else "not ready", storage=storage, queue="full" if full else "ok", models=imagenet.status()
    )
    return Response(body.model_dump_json(), 200 if ok else 503, mimetype="application/json")


def _try(store: Store) -> str:
    try:
        store.check()
    except StorageError as error:
        return str(error)
    return "ok"
