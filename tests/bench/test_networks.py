"""The measurement of the networks, on pictures made here."""

from pathlib import Path

import pytest

from bench import networks
from bench.caltech import TRUE, is_right
from tests.pictures import changed_scene, jpeg, scene, textured


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for folder, files in {
        "photos": {"pizza_0001.jpg": scene(), "ant_0001.jpg": textured(200, 150), "Faces_0001.jpg": changed_scene()},
        "spot": {f"00{n}_{side}.jpg": p for n in (1, 2) for side, p in (("a", scene()), ("b", changed_scene()))},
    }.items():
        (tmp_path / folder).mkdir()
        for name, picture in files.items():
            (tmp_path / folder / name).write_bytes(jpeg(picture))
    return tmp_path


def test_both_tables_are_printed(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(networks, "UNRELATED", 4)
    networks.main([str(data), "--tfhub", str(data / "tfhub")])
    printed = capsys.readouterr().out
    assert "### EfficientNet-Lite0" in printed
    assert "| 0 | 3 | 0." in printed
    assert "| one scene, ten changes, every condition | 10 | 0." in printed
    assert "| other scenes | 4 | 0.000" in printed  # both scenes are the same here


@pytest.mark.parametrize(
    ("category", "label", "right"),
    [
        ("rooster", "cock", True),
        ("rooster", "hen", True),
        ("rooster", "cocker spaniel, English cocker spaniel, cocker", False),
        ("dalmatian", "dalmatian, coach dog, carriage dog", True),
        ("Faces", "wig", False),
    ],
)
def test_a_label_is_right_by_any_of_its_synonyms(category: str, label: str, right: bool) -> None:
    assert is_right(category, label) == right


def test_every_class_in_the_table_exists() -> None:
    from app.vision.networks.class_names import class_names

    names = {name for label in class_names() for name in label.split(", ")}
    assert {name for classes in TRUE.values() for name in classes.split(", ")} <= names
