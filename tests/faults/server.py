"""A server that is treated badly: started, asked, and killed in part or as a whole."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import requests

from tests.serving import ROOT, free_port, wait_for

SERVE = "app serve"


class Server:
    """A server with a process group of its own, that keeps its data in `folder`/data and its log beside it."""

    def __init__(self, folder: Path, program: str = SERVE, files: int = 0, **settings: str) -> None:
        """program: module and arguments. files: how many it may open, if not as many as this process may."""
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        self.log = folder / "log"
        environment = {**os.environ, "PORT": str(port), "DATA_DIR": str(folder / "data")}
        environment.setdefault("TFHUB_CACHE_DIR", str(folder / "tfhub"))
        environment.setdefault("PRELOAD_NETWORKS", "false")
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *program.split()],
                cwd=ROOT,
                env=environment | settings,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=partial(resource.setrlimit, resource.RLIMIT_NOFILE, (files, files)) if files else None,
            )

    def wait(self) -> None:
        """Until it answers."""
        wait_for(self.address, self.process, self.log)

    def comparing(self) -> list[int]:
        """The processes that open pictures."""
        return [child for child in children(self.process.pid) if b"spawn_main" in command(child)]

    def kill(self) -> None:
        """Kill all of its processes at once, as a machine without power does."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def post(self, path: str, **sent: Any) -> requests.Response:
        """The answer to a form; the connection's end is a requests.RequestException."""
        return requests.post(f"{self.address}{path}", timeout=90, **sent)

    def get(self, path: str) -> requests.Response:
        """The answer to a question."""
        return requests.get(f"{self.address}{path}", timeout=90)


@contextmanager
def started(folder: Path, program: str = SERVE, files: int | str = 0, **settings: str) -> Iterator[Server]:
    """A server that answers; killed at the end."""
    server = Server(folder, program, int(files), **settings)
    try:
        server.wait()
        yield server
    finally:
        server.kill()


def children(parent: int) -> list[int]:
    """Its child processes, whichever of its threads started them."""
    lists = Path(f"/proc/{parent}/task").glob("*/children")
    try:
        return [int(child) for file in lists for child in file.read_text().split()]
    except OSError:  # gone meanwhile
        return []


def command(process: int) -> bytes:
    """How it was started; nothing where it is gone."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""
