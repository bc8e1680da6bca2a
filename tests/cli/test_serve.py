"""`serve` becomes gunicorn with the project's configuration."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import Run
from tests.conftest import ROOT
from tests.serving import free_port, wait_for


def test_it_serves_where_it_is_told_from_any_folder(folder: Path) -> None:
    port = free_port()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "WEB_CONCURRENCY": "1", "DATA_DIR": "data", "PORT": "1"}
    environment["LOG_FORMAT"] = "text"
    command = [sys.executable, "-m", "app", "serve", "--port", str(port)]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        wait_for(f"http://127.0.0.1:{port}", process, folder / "log")
    finally:
        process.send_signal(signal.SIGTERM)  # gunicorn has the id that the command had
        process.wait(30)
    assert process.returncode == 0
    assert (folder / "data" / "blobs").is_dir()
    assert '"GET /healthz HTTP/1.1" 200' in (folder / "log").read_text()


def test_wrong_settings_are_told_before(run: Run) -> None:
    result = run("serve", MAX_PIXELS="many")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: A setting in the environment is wrong. MAX_PIXELS: ")
    assert run("serve", API_KEYS=",").stderr.startswith("Error: A setting in the environment is wrong. API_KEYS: ")
    assert run("serve", "--port", "70000").exit_code == 2


def test_gunicorn_by_itself_does_not_start_with_them_either(folder: Path) -> None:
    environment = {**os.environ, "DATA_DIR": str(folder / "data"), "PORT": str(free_port()), "API_KEYS": ","}
    command = [sys.executable, "-m", "gunicorn"]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert ended.returncode != 0
    assert "API_KEYS lists nothing" in ended.stderr
    assert not (folder / "data").exists()
