"""docs/examples/compare-screenshots.yml and docs/ci.md: their commands run, in order, on drawn screenshots."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml  # type: ignore[import-untyped]  # comes with schemathesis and with distributed

from app.vision.arrays import UInt8
from tests.docs.fenced import ROOT, blocks, script
from tests.docs.running import execute
from tests.docs.suite import pytest_suite
from tests.pictures import changed_scene, png, scene, textured
from tests.serving import free_port

WORKFLOW = yaml.safe_load((ROOT / "docs/examples/compare-screenshots.yml").read_text())
ELSEWHERE, SUITE = blocks("docs/ci.md", "sh")
(JOB,) = WORKFLOW["jobs"].values()

# Nothing is fetched: what the project needs is there, or this test could not run.
OFFLINE = {"PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A project with committed screenshots, Image Diff checked out in it, and a script that takes three of now."""
    draw(tmp_path / "screenshots", home=scene(), cart=scene(), gone=textured(320, 240))
    draw(tmp_path / "of-now", home=scene(), cart=changed_scene(), new=scene())
    (tmp_path / "image-diff").symlink_to(ROOT)
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts/take-screenshots").write_text('#!/bin/sh\ncp -r of-now "$1"\n')
    (tmp_path / "scripts/take-screenshots").chmod(0o755)
    return tmp_path


def draw(folder: Path, **pictures: UInt8) -> None:
    folder.mkdir()
    for name, picture in pictures.items():
        (folder / f"{name}.png").write_bytes(png(picture))


@dataclass(frozen=True)
class Run:
    """How the workflow went: the exit code of each command that ran, and what each action was given, by step."""

    codes: dict[str, int]
    actions: dict[str, dict[str, Any]]


def run_workflow(workspace: Path) -> Run:
    """Go through the steps as GitHub does: after one that failed, only those that say so."""
    codes: dict[str, int] = {}
    actions: dict[str, dict[str, Any]] = {}
    for step in JOB["steps"]:
        name = step.get("name", step.get("uses"))
        if any(codes.values()) and "!cancelled()" not in step.get("if", ""):
            continue
        if "run" in step:
            file = workspace / "step.sh"
            file.write_text(step["run"])
            folder = workspace / step.get("working-directory", ".")
            environment = {**JOB["env"], **OFFLINE, "GITHUB_WORKSPACE": str(workspace)}
            codes[name] = execute(["bash", "-e", str(file)], folder, **environment).returncode
        else:
            actions[name] = {key: filled(str(value)) for key, value in step.get("with", {}).items()}
    return Run(codes, actions)


def filled(text: str) -> str:
    """The text with the variables of the job in it."""
    return re.sub(r"\$\{\{ env\.(\w+) \}\}", lambda match: JOB["env"][match[1]], text)


def test_a_change_fails_the_workflow_and_its_report_is_kept(workspace: Path) -> None:
    done = run_workflow(workspace)
    assert done.codes == {"Install Image Diff": 0, "Take screenshots": 0, "Compare": 1}
    report, seen = (workspace / path for path in done.actions["Keep the report"]["path"].split())
    assert "cart.png" in (report / "index.html").read_text()
    assert (seen / "cart.png").read_bytes() == png(changed_scene())
    shown = ElementTree.parse(workspace / done.actions["Show what changed"]["report_paths"])
    assert {case.attrib["name"]: [found.tag for found in case] for case in shown.iter("testcase")} == {
        "cart.png": ["failure"],
        "gone.png": ["failure"],
        "home.png": [],
        "new.png": ["skipped"],
    }


def test_what_is_checked_out_is_what_is_installed() -> None:
    checkout, python = [step["with"] for step in JOB["steps"] if "with" in step][:2]
    assert checkout["path"] == "image-diff"
    assert (ROOT / python["cache-dependency-path"].removeprefix("image-diff/")).exists()
    assert python["python-version"] in (ROOT / "Dockerfile").read_text()


def test_the_command_for_elsewhere_ends_well_where_nothing_changed(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    shop.mkdir()
    draw(shop / "screenshots", home=scene())
    draw(shop / "new-screenshots", home=scene(), new=scene())
    done = execute(["bash", "-euc", ELSEWHERE.text], ROOT, HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert (shop / "picture-report/junit.xml").exists()


def test_a_suite_with_image_diff_beside_it(workspace: Path) -> None:
    port = free_port()
    suite = pytest_suite(workspace, f"http://127.0.0.1:{port}")
    (workspace / "page.png").write_bytes(png(changed_scene()))
    draw(workspace / "tests/pictures", cart=scene())
    folders = {"DATA_DIR": str(workspace / "data"), "TFHUB_CACHE_DIR": str(workspace / "tfhub")}
    stop = "set -eu -m; trap 'kill -- -$(jobs -p)' EXIT\n"
    done = suite.run(stop + script([SUITE], suite.server), PORT=str(port), **folders)
    assert "cart: 1 thing appeared." in done.stdout
    assert (workspace / "picture-reports/tests/pictures/cart.html").exists()
