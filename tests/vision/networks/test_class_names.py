"""The names of the classes, from a data file of a package."""

from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from app.vision.networks import class_names as module
from app.vision.networks.class_names import class_names


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package without a file of names."""
    spec = ModuleSpec("package", None, origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(module, "find_spec", lambda _name: spec)
    class_names.cache_clear()
    yield tmp_path
    class_names.cache_clear()


def test_every_class_has_a_name() -> None:
    names = class_names()
    assert len(names) == 1000
    assert (names[0], names[251].split(",")[0]) == ("tench, Tinca tinca", "dalmatian")


def test_they_are_those_of_mobilenet_but_for_its_background(shared: Path) -> None:
    labels = (shared / "models/ImageNetLabels.txt").read_text().splitlines()
    assert ("background", *class_names()) == tuple(labels)


@pytest.mark.parametrize("content", [None, "", "[]", '{"0": "tench"}', "\xff"])
def test_without_names_classes_are_numbered(content: str | None, folder: Path) -> None:
    if content is not None:
        (folder / module.FILE).write_bytes(content.encode("latin-1"))
    assert class_names()[:2] == ("class 0", "class 1")
    assert len(class_names()) == 1000


def test_without_the_package_classes_are_numbered(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert folder.is_dir()
    monkeypatch.setattr(module, "find_spec", lambda _name: None)
    assert class_names()[999] == "class 999"
