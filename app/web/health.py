"""Whether the service lives, and whether it can work."""

from typing import Any

from flask import Blueprint

from app import models
from app.store.errors import StorageError
from app.web.service import service

health = Blueprint("health", __name__)


@health.get("/healthz")
def alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@health.get("/readyz")
def ready() -> tuple[dict[str, Any], int]:
    """Storage is writable and the queue has room. Missing weights are told, but the service works without."""
    parts = {"storage": _storage(), "queue": "full" if service().gate.full else "ok"}
    fine = all(state == "ok" for state in parts.values())
    return {"status": "ok" if fine else "not ready", **parts, "models": models.status()}, 200 if fine else 503


def _storage() -> str:
    try:
        service().store.check()
    except StorageError as error:
        return str(error)
    return "ok"
