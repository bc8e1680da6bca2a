"""app/ imports in one direction, and docs/architecture.svg shows the imports that are in the code."""

import subprocess
import sys
from pathlib import Path

import pytest

from docs.draw_architecture import FILE, LAYERS, NOTES, ROOT, edges, imports

EDGES = edges()
LAYER = {name: number for number, names in enumerate(LAYERS) for name in names if name}


def test_every_package_has_a_layer() -> None:
    paths = [path for path in (ROOT / "app").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()]
    assert {path.stem for path in paths} - {"__init__", "__main__"} == set(LAYER) - {"app"}
    assert set(NOTES) == set(LAYER)


@pytest.mark.parametrize("name", NOTES)
def test_a_package_imports_only_lower_layers(name: str) -> None:
    assert [other for other in EDGES[name] if LAYER[other] <= LAYER[name]] == []


def test_only_the_command_that_serves_imports_the_web() -> None:
    files = [*(ROOT / "app/cli").glob("*.py"), *(ROOT / "app/batch").rglob("*.py")]
    assert {file.name for file in files if any(name.startswith("app.web") for name in imports(file))} <= {"serve.py"}


def test_vision_depends_on_no_package_of_the_application() -> None:
    assert EDGES["vision"] == set()


@pytest.mark.parametrize("library", ["flask", "werkzeug", "sqlalchemy", "click"])
def test_vision_knows_pictures_only(library: str) -> None:
    files = (ROOT / "app/vision").rglob("*.py")
    assert [file.name for file in files if library in {name.split(".")[0] for name in imports(file)}] == []


def test_the_drawing_is_current(tmp_path: Path) -> None:
    drawn = tmp_path / FILE.name
    subprocess.run([sys.executable, "-m", "docs.draw_architecture", drawn], cwd=ROOT, check=True)
    assert drawn.read_text() == FILE.read_text(), "run `.venv/bin/python -m docs.draw_architecture`"
