"""`serve` serves until it is asked to stop."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import Run
from tests.conftest import ROOT
from tests.serving import free_port, wait_for


def test_it_serves_at_its_port_from_any_folder(folder: Path) -> None:
    port = free_port()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DATA_DIR": "data", "PORT": "1", "LOG_FORMAT": "text"}
    command = [sys.executable, "-m", "app", "serve", "--port", str(port)]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        wait_for(f"http://127.0.0.1:{port}", process, folder / "log")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    assert process.returncode == 0
    assert (folder / "data" / "blobs").is_dir()
    log_lines = (folder / "log").read_text()
    assert '127.0.0.1 "GET /healthz HTTP/1.1" 200 16 B ' in log_lines
    assert f"Listening on 127.0.0.1 port {port}." in log_lines


def test_a_port_in_use_is_reported_in_one_line(folder: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DATA_DIR": "data"}
    with socket.create_server(("127.0.0.1", 0)) as taken:
        command = [sys.executable, "-m", "app", "serve", "--port", str(taken.getsockname()[1])]
        ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    assert ended.stderr.startswith("Error: The service cannot listen on 127.0.0.1 port ")
    assert len(ended.stderr.splitlines()) == 1


def test_wrong_settings_are_reported_before(run: Run, folder: Path) -> None:
    result = run("serve", MAX_PIXELS="many")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: A setting in the environment is wrong. MAX_PIXELS: ")
    assert run("serve", API_KEYS=",").stderr.startswith("Error: A setting in the environment is wrong. API_KEYS: ")
    assert run("serve", "--port", "70000").exit_code == 2
    assert not (folder / "data").exists()
