"""The API conforms to its description for valid and invalid requests."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from werkzeug.serving import make_server

from app import create_app
from app.config import Settings
from tests.conftest import ROOT

CONFIG = Path(__file__).with_name("schemathesis.toml")


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A service with low limits."""
    app = create_app(Settings(data_dir=tmp_path, tfhub_cache_dir=tmp_path, max_pixels=10_000, max_body=1_000_000))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_schemathesis_finds_nothing(address: str, tmp_path: Path) -> None:
    """Run as a separate program, because the pytest plugin does not support the current pytest."""
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--no-color", "--config-file", str(CONFIG)),
            *("run", f"{address}/api/v1/openapi.json"),
        ],
        cwd=tmp_path,  # it leaves caches behind
        env={**os.environ, "SCHEMATHESIS_HOOKS": "tests.web.acceptable", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Tested: 9" in ran.stdout, "all but the description itself"
