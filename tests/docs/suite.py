"""A project with a test suite of its own, into which the files of docs/examples were pasted."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from playwright._impl._driver import compute_driver_executable

from tests.docs.fenced import ROOT, blocks
from tests.docs.running import execute

STAND_IN = Path(__file__).parent / "stand_in"
NODE, CLI = compute_driver_executable()

PAGE = "docs/testing.md"


@dataclass(frozen=True)
class Suite:
    """A project's folder, and the Image Diff that its tests ask."""

    folder: Path
    server: str

    def run(self, command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a line of the shell in it."""
        ours = {
            "IMAGE_DIFF_URL": self.server,
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "PYTHONPATH": ".",
            "PYTEST_ADDOPTS": "-p shop -W error",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "CORE": str(Path(CLI).parent),
        }
        return execute(["bash", "-c", command], self.folder, **{**ours, **variables})


def commands(heading: str) -> list[str]:
    """The shell blocks under a heading: first the one that updates, then the one that compares."""
    return [block.text for block in blocks(PAGE, "sh") if block.heading == heading]


def pytest_suite(folder: Path, server: str) -> Suite:
    """A suite with the fixture and the tests of the page. What its `page` shows is the file page.png."""
    (folder / "tests").mkdir()
    (folder / "tests/conftest.py").write_text((ROOT / "docs/examples/conftest.py").read_text())
    (test,) = blocks(PAGE, "python")
    (folder / "tests/test_shop.py").write_text(test.text)
    (folder / "shop.py").write_text((STAND_IN / "shop.py").read_text())
    return Suite(folder, server)


def playwright_suite(folder: Path, server: str) -> Suite:
    """A suite with the matcher and the tests of the page. What its `page` shows is the file page.html."""
    package = folder / "node_modules/@playwright/test"
    for new in (package, folder / "tests", folder / "bin"):
        new.mkdir(parents=True)
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "tests/to-look-like.js").write_text((ROOT / "docs/examples/to-look-like.js").read_text())
    (test,) = blocks(PAGE, "js")
    (folder / "tests/shop.spec.js").write_text(test.text)
    for file in ("test.mjs", "run.mjs"):
        (package / file).write_text((STAND_IN / file).read_text())
    (package / "package.json").write_text('{"name": "@playwright/test", "exports": "./test.mjs"}')
    (folder / "bin/npx").write_text(f'#!/bin/sh\nexec "{NODE}" "{package / "run.mjs"}"\n')
    (folder / "bin/npx").chmod(0o755)
    return Suite(folder, server)
