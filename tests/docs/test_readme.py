"""README.md: its commands end well."""

import os
import sys
from pathlib import Path

import pytest

from tests.docs.fenced import ROOT, Block, blocks, script
from tests.docs.running import run
from tests.docs.test_pages import NOT_RUN

COMMANDS = [block for block in blocks("README.md", "sh") if not block.text.startswith(tuple(NOT_RUN))]


@pytest.mark.parametrize("block", COMMANDS, ids=lambda block: str(block.line))
def test_each_command_ends_well(block: Block, server: str, scenes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder with two pictures, and two folders of one each, that has the environment as a checkout has it."""
    for name in ("before", "after"):
        (scenes / name).mkdir()
        (scenes / name / "home.png").write_bytes((scenes / f"{name}.png").read_bytes())
    (scenes / ".venv").symlink_to(sys.prefix)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for name in ("TFHUB_CACHE_DIR", "CACHE_DIR"):
        monkeypatch.setenv(name, os.fspath(scenes / name.lower()))
    run("sh", script([block], server), scenes)
