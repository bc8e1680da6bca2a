"""The application for the web tests, with real storage in a temporary folder and without weights or network."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.config import Settings
from app.execution.process_pool import ProcessPool
from tests.web.forms import QUICK, pictures


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", tfhub_cache_dir=tmp_path / "tfhub", max_pixels=1_000_000)


@pytest.fixture(scope="session")
def workers() -> Iterator[ProcessPool]:
    """Worker processes shared by all tests, because starting one takes longer than most tests."""
    workers = ProcessPool(2)
    yield workers
    workers.close()


@pytest.fixture
def app(settings: Settings, workers: ProcessPool) -> Flask:
    return create_app(settings, workers)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def pair(client: FlaskClient) -> str:
    """The id of a pair stored through the API."""
    return str(client.post("/api/v1/pairs", data=pictures()).json["id"])


@pytest.fixture
def report(client: FlaskClient) -> dict[str, Any]:
    """A report created through the API."""
    answer = client.post("/api/v1/evaluate", data=pictures(analyses=QUICK))
    assert answer.status_code == 201, answer.text
    return dict(answer.json or {})
