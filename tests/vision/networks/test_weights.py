"""The folder of the MobileNet weights and their checksums."""

import subprocess
from pathlib import Path

import pytest

from app.vision.networks.weights import Weights, model_dir, write_checksums

CLASSIFIER = "https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/classification/5"


def put_model(handle: str, cache: Path) -> None:
    folder = model_dir(handle, cache)
    folder.mkdir(parents=True)
    (folder / "saved_model.pb").touch()


def test_models_are_found_in_the_layout_of_tensorflow_hubs_cache(shared: Path) -> None:
    cache = shared / "models" / "tfhub"
    assert model_dir(CLASSIFIER, cache).name == "3e51773e9035630c2788c31afaa2e6288cc6eeda"
    assert Weights((CLASSIFIER,), (), cache).classifier == CLASSIFIER


def test_the_first_handle_in_the_cache_is_used(tmp_path: Path) -> None:
    put_model("z", tmp_path)
    put_model("y", tmp_path)
    assert Weights(("x", "y", "z"), (), tmp_path).classifier == "y"
    assert Weights((), ("x",), tmp_path).embedding is None


def test_an_empty_folder_is_no_model(tmp_path: Path) -> None:
    model_dir("x", tmp_path).mkdir()
    assert Weights(("x",), (), tmp_path).classifier is None


@pytest.mark.parametrize("damage", ["changed", "gone", "binary sums"])
def test_a_pulled_model_that_changed_is_damaged_and_not_used(damage: str, tmp_path: Path) -> None:
    put_model("x", tmp_path)
    folder = model_dir("x", tmp_path)
    (folder / "variables").mkdir()
    data = folder / "variables" / "variables.data"
    data.write_bytes(b"weights")
    write_checksums(folder)
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
    write_checksums(model_dir("x", tmp_path))
    subprocess.run(["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=model_dir("x", tmp_path), check=True)
