"""The folder of the MobileNet weights and their pinned digests."""

import subprocess
from pathlib import Path

import pytest

from app.config import Settings
from app.vision.networks.weights import Weights, model_digest, model_dir
from tests.hub import digest_of

CLASSIFIER = "https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/classification/5"
FEATURES = "https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/feature_vector/5"
PINNED = digest_of(b"model")


def put_model(handle: str, cache: Path) -> Path:
    folder = model_dir(handle, cache)
    folder.mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"model")
    return folder


def weights(cache: Path, classification: tuple[str, ...] = (), features: tuple[str, ...] = ()) -> Weights:
    return Weights(classification, features, cache, PINNED, PINNED)


def test_the_published_models_have_the_digests_in_the_code(shared: Path) -> None:
    """In the layout of TensorFlow Hub's cache."""
    cache = shared / "models" / "tfhub"
    assert model_dir(CLASSIFIER, cache).name == "3e51773e9035630c2788c31afaa2e6288cc6eeda"
    found = Settings(tfhub_cache_dir=cache).weights
    assert (found.classifier, found.embedding, found.damaged) == (CLASSIFIER, FEATURES, [])


def test_the_first_handle_in_the_cache_is_used(tmp_path: Path) -> None:
    put_model("z", tmp_path)
    put_model("y", tmp_path)
    assert weights(tmp_path, ("x", "y", "z")).classifier == "y"
    assert weights(tmp_path, features=("x",)).embedding is None


def test_an_empty_folder_is_no_model(tmp_path: Path) -> None:
    model_dir("x", tmp_path).mkdir()
    found = weights(tmp_path, ("x",))
    assert (found.classifier, found.damaged) == (None, [])


@pytest.mark.parametrize("damage", ["changed", "gone", "one more", "link to nothing"])
def test_other_files_than_the_pinned_ones_are_damaged_and_not_used(damage: str, tmp_path: Path) -> None:
    folder = put_model("x", tmp_path)
    (folder / "variables").mkdir()
    data = folder / "variables" / "variables.data"
    data.write_bytes(b"weights")
    found = Weights(("x",), (), tmp_path, model_digest(folder))
    assert (found.classifier, found.damaged) == ("x", [])
    if damage == "changed":
        data.write_bytes(b"Weights")
    elif damage == "one more":
        (folder / "saved_model.pbtxt").touch()
    else:
        data.unlink()
    if damage == "link to nothing":
        data.symlink_to("nothing")
    assert (found.classifier, found.damaged) == (None, ["x"])


def test_nothing_is_trusted_when_it_is_first_seen(tmp_path: Path) -> None:
    put_model("x", tmp_path)
    found = Weights(("x",), (), tmp_path)
    assert (found.classifier, found.damaged) == (None, ["x"])


def test_the_checksums_that_earlier_versions_wrote_do_not_count(tmp_path: Path) -> None:
    (put_model("x", tmp_path) / "SHA256SUMS").write_text("anything")
    assert weights(tmp_path, ("x",)).classifier == "x"


def test_the_digest_is_that_of_sha256sum(tmp_path: Path) -> None:
    folder = put_model("x", tmp_path)
    (folder / "variables").mkdir()
    (folder / "variables" / "variables.index").write_bytes(b"index")
    (folder / "variables.txt").write_bytes(b"sorted before the folder")
    command = "find * -type f | LC_ALL=C sort | xargs sha256sum | sha256sum"
    result = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=True)
    assert result.stdout.split()[0] == model_digest(folder)
