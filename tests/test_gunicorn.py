"""The server's configuration fits the service that it serves."""

import runpy
from dataclasses import fields
from functools import partial

import pytest

from app.config import Settings
from app.web.service import Service
from app.web.transfers import RECEIVING, SENDING
from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("host", "bind"),
    [("0.0.0.0", "0.0.0.0:81"), ("::1", "[::1]:81"), ("[::1]", "[::1]:81"), ("name.test", "name.test:81")],
)
def test_addresses_of_either_kind_are_served(monkeypatch: pytest.MonkeyPatch, host: str, bind: str) -> None:
    monkeypatch.setenv("HOST", host)
    monkeypatch.setenv("PORT", "81")
    assert runpy.run_path(str(ROOT / "gunicorn.conf.py"))["bind"] == bind


def test_threads_are_left_for_pages_and_checks_while_every_queue_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("THREADS", raising=False)
    threads = runpy.run_path(str(ROOT / "gunicorn.conf.py"))["threads"]
    default = {name: field.default for name, field in Settings.model_fields.items()}
    made = [field.default_factory for field in fields(Service) if isinstance(field.default_factory, partial)]
    taken = default["max_running"] + default["max_waiting"] + sum(part.keywords["waiting"] for part in made)
    assert len(made) == 3
    assert threads >= taken + RECEIVING + SENDING + 4
