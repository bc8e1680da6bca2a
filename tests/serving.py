"""A real server process, started as `make run` does."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[str]:
    """The address of a server that keeps its data and its log in `folder`; settings are its own."""
    port = free_port()
    environment = {**os.environ, "PORT": str(port), "DATA_DIR": str(folder / "data")}
    environment.setdefault("TFHUB_CACHE_DIR", str(folder / "tfhub"))
    environment.setdefault("PRELOAD_NETWORKS", "false")  # it takes seconds, and few tests need them
    environment |= settings
    log = (folder / "log").open("w+")
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "serve"], cwd=ROOT, env=environment, stdout=log, stderr=log
    )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(address, process, folder / "log")
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        log.close()


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until the service answers, for a minute at most."""
    for _ in range(600):
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"the server did not start:\n{log.read_text()[-2000:]}")
