"""Where the weights are looked for."""

import subprocess
from pathlib import Path

import pytest

from app.weights import Weights, model_dir, note_sums, read_labels

CLASSIFIER = "https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/classification/5"


def put_model(handle: str, cache: Path) -> None:
    folder = model_dir(handle, cache)
    folder.mkdir(parents=True)
    (folder / "saved_model.pb").touch()


def test_models_lie_where_tensorflow_hub_caches_them(shared: Path) -> None:
    cache = shared / "models" / "tfhub"
    assert model_dir(CLASSIFIER, cache).name == "3e51773e9035630c2788c31afaa2e6288cc6eeda"
    assert Weights((CLASSIFIER,), (), cache).classifier == CLASSIFIER


def test_the_first_handle_that_is_here_is_used(tmp_path: Path) -> None:
    put_model("z", tmp_path)
    put_model("y", tmp_path)
    assert Weights(("x", "y", "z"), (), tmp_path).classifier == "y"
    assert Weights((), ("x",), tmp_path).embedding is None


def test_an_empty_folder_is_no_model(tmp_path: Path) -> None:
    model_dir("x", tmp_path).mkdir()
    assert Weights(("x",), (), tmp_path).classifier is None


@pytest.mark.parametrize("place", ["tfhub", "."])
def test_class_names_lie_in_the_cache_or_beside_it(place: str, tmp_path: Path) -> None:
    cache = tmp_path / "tfhub"
    cache.mkdir()
    assert Weights((), (), cache).labels is None
    (tmp_path / place / "ImageNetLabels.txt").write_text("background\n" + "tench\n" * 1000)
    assert Weights((), (), cache).labels == ("background", *["tench"] * 1000)


@pytest.mark.parametrize("content", [b"", b"background\ntench\n", b"\xff\xfe" * 1001])
def test_another_file_is_not_taken_for_class_names(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "labels").write_bytes(content)
    assert read_labels(tmp_path / "labels") is None


@pytest.mark.parametrize("damage", ["changed", "gone", "binary sums"])
def test_a_pulled_model_that_changed_is_damaged_and_not_used(damage: str, tmp_path: Path) -> None:
    put_model("x", tmp_path)
    folder = model_dir("x", tmp_path)
    (folder / "variables").mkdir()
    data = folder / "variables" / "variables.data"
    data.write_bytes(b"weights")
    note_sums(folder)
    weights = Weights(("x",), (), tmp_path)
    assert (weights.classifier, weights.damaged) == ("x", [])
    if damage == "changed":
        data.write_bytes(b"Weights")
    elif damage == "gone":
        data.unlink()
    else:
        (folder / "SHA256SUMS").write_bytes(b"\xff\xfe")
    assert (weights.classifier, weights.damaged) == (None, ["x"])


def test_the_sums_are_those_of_sha256sum(tmp_path: Path) -> None:
    put_model("x", tmp_path)
    note_sums(model_dir("x", tmp_path))
    subprocess.run(["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=model_dir("x", tmp_path), check=True)


@pytest.mark.parametrize("place", ["tfhub", "."])
def test_class_names_that_changed_are_damaged_and_not_used(place: str, tmp_path: Path) -> None:
    cache = tmp_path / "tfhub"
    cache.mkdir()
    file = tmp_path / place / "ImageNetLabels.txt"
    file.write_text("background\n" + "tench\n" * 1000)
    note_sums(file.parent, file.name)
    weights = Weights((), (), cache)
    assert (weights.damaged, weights.labels is None) == ([], False)
    file.write_text("background\n" + "trout\n" * 1000)
    assert (weights.damaged, weights.labels) == (["ImageNetLabels.txt"], None)
    file.unlink()
    assert (weights.damaged, weights.labels) == ([], None)


def test_sums_of_other_files_say_nothing_of_the_class_names(tmp_path: Path) -> None:
    (tmp_path / "ImageNetLabels.txt").write_text("background\n" + "tench\n" * 1000)
    (tmp_path / "SHA256SUMS").write_text(f"{'0' * 64}  gone.txt\n")
    weights = Weights((), (), tmp_path)
    assert (weights.damaged, len(weights.labels or ())) == ([], 1001)
