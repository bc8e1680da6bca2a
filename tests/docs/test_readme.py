"""README.md, docs/command-line.md and docs/folders.md: their commands exit with code 0."""

import os
import sys
from pathlib import Path

import pytest

from tests.docs.fenced import ROOT, Block, blocks, script
from tests.docs.running import run
from tests.docs.test_pages import COMMAND_PAGES, NOT_RUN

SHOWN = [block for page in COMMAND_PAGES for block in blocks(page, "sh")]
COMMANDS = [block for block in SHOWN if not block.text.startswith(tuple(NOT_RUN))]


@pytest.mark.parametrize("block", COMMANDS, ids=lambda block: f"{block.page}:{block.line}")
def test_each_command_succeeds(block: Block, server: str, scenes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder with two pictures, two folders with one picture each, and a link to the environment as .venv."""
    for name in ("before", "after"):
        (scenes / name).mkdir()
        (scenes / name / "home.png").write_bytes((scenes / f"{name}.png").read_bytes())
    (scenes / ".venv").symlink_to(sys.prefix)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for name in ("TFHUB_CACHE_DIR", "CACHE_DIR"):
        monkeypatch.setenv(name, os.fspath(scenes / name.lower()))
    run("sh", script([block], server), scenes)
