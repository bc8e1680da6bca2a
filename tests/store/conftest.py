"""Fixtures of the store's tests."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.store import Store
from app.store.records import Records

FORKING = """
import multiprocessing, os, sys, time
from pathlib import Path
context = multiprocessing.get_context("fork")

def report(line):
    os.write(1, f"{line}\\n".encode())  # print may be killed between the line and its end
"""


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'database.sqlite'}"


@pytest.fixture
def records(url: str) -> Records:
    """An empty database."""
    records = Records(url)
    records.migrate()
    return records


@pytest.fixture
def store(tmp_path: Path, url: str) -> Store:
    """An empty store."""
    return Store(tmp_path, url)


@pytest.fixture
def run(pytestconfig: pytest.Config) -> Callable[..., list[str]]:
    """Run Python code, with arguments, in a process that may fork. Returns the lines that it prints, with errors.

    The code forks, not the tests: importing takes longest, and SQLite must not be carried open through a fork.
    """

    def run(code: str, *arguments: object) -> list[str]:
        command = [sys.executable, "-c", FORKING + code, *map(str, arguments)]
        done = subprocess.run(
            command, cwd=pytestconfig.rootpath, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60
        )
        return done.stdout.splitlines()

    return run
