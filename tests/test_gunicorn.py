"""The server's configuration fits the service that it serves."""

import runpy
from dataclasses import fields
from functools import partial

import pytest

from app.config import Settings
from app.web.service import Service
from app.web.transfers import RECEIVING, SENDING
from tests.conftest import ROOT


def test_threads_are_left_for_pages_and_checks_while_every_queue_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("THREADS", raising=False)
    threads = runpy.run_path(str(ROOT / "gunicorn.conf.py"))["threads"]
    default = {name: field.default for name, field in Settings.model_fields.items()}
    made = [field.default_factory for field in fields(Service) if isinstance(field.default_factory, partial)]
    taken = default["max_running"] + default["max_waiting"] + sum(part.keywords["waiting"] for part in made)
    assert len(made) == 3
    assert threads >= taken + RECEIVING + SENDING + 4
