"""Fixtures of the command tests."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import cli
from tests.conftest import ROOT
from tests.pictures import changed_scene, png, scene

Run = Callable[..., Result]
Process = Callable[..., "subprocess.CompletedProcess[bytes]"]

# Enough for most tests: regions are found, but TensorFlow is not loaded.
QUICK = ("--analyses", "pixel,regions")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder with a.png, b.png, which has one more thing, and no weights."""
    (tmp_path / "a.png").write_bytes(png(scene()))
    (tmp_path / "b.png").write_bytes(png(changed_scene()))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "tfhub"))
    monkeypatch.delenv("COLUMNS", raising=False)
    return tmp_path


@pytest.fixture
def run(folder: Path) -> Run:
    """Run a command in this process. Environment variables and `stdin` are keyword arguments."""

    def run(*arguments: str, sent: bytes | None = None, **environment: str) -> Result:
        return CliRunner().invoke(cli, list(arguments), input=sent, env=environment, prog_name="python -m app")

    assert folder.is_dir()
    return run


@pytest.fixture
def process(folder: Path) -> Process:
    """Run a command in a separate process, or a shell line in which `$app` means `python -m app`."""

    def process(line: str, **environment: str) -> "subprocess.CompletedProcess[bytes]":
        paths = {"PYTHONPATH": str(ROOT), "app": f"{sys.executable} -m app"}
        command = ["bash", "-o", "pipefail", "-c", line]
        return subprocess.run(
            command, cwd=folder, env={**os.environ, **paths, **environment}, capture_output=True, timeout=60
        )

    return process
