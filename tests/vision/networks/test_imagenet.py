"""The choice of the ImageNet network and loading of MobileNet V2 with the real tensorflow_hub, without downloads."""

import dataclasses
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from app.vision.analysis import Unavailable
from app.vision.networks import efficientnet_lite0, imagenet
from app.vision.networks.download import pull_model
from app.vision.networks.weights import Weights, model_digest, model_dir
from tests.hub import COMPRESSED, hub, packed

NOWHERE = Weights((), (), Path())
BATCH = np.zeros((1, 224, 224, 3), np.float32)


@pytest.fixture(autouse=True)
def unconfigured() -> Iterator[None]:
    """Reset the weights after each test."""
    yield
    imagenet.configure(NOWHERE)


def test_pulled_weights_are_used_from_then_on(small_weights: Weights, tmp_path: Path) -> None:
    small = small_weights
    answers = {
        f"/classifier{COMPRESSED}": packed(model_dir(small.classification_handles[0], small.cache_dir)),
        f"/features{COMPRESSED}": packed(model_dir(small.feature_handles[0], small.cache_dir)),
    }
    with hub(answers) as root:
        digests = {"classifier": small.classification_sha256, "features": small.feature_sha256}
        imagenet.configure(Weights((f"{root}/classifier",), (f"{root}/features",), tmp_path, *digests.values()))
        assert imagenet.network() is efficientnet_lite0.network()
        for name, sha256 in digests.items():
            pull_model((f"{root}/{name}",), sha256, tmp_path, lambda _done, _total: None)
    # The weights are found without a restart and loaded without a server.
    assert imagenet.chosen_name() == "MobileNet V2"
    assert imagenet.needs_loading()
    network = imagenet.network()
    batch = np.random.default_rng(0).random((2, 224, 224, 3), np.float32)
    assert (network.classify(batch).shape, network.embed(batch).shape) == ((2, 1001), (2, 1280))
    assert network.embed(batch).dtype == np.float32
    assert (network.info.name, network.info.source) == ("MobileNet V2", f"{root}/features")
    assert network.class_names[:2] == ("background", "tench, Tinca tinca")
    assert imagenet.status() == {"classification": True, "features": True, "intact": True, "embedded": True}
    assert not imagenet.needs_loading()


def test_without_mobilenet_the_embedded_network_answers_at_once(tmp_path: Path) -> None:
    efficientnet_lite0.network()
    # Handles with an address of TEST-NET, which never answers: a download attempt would take long.
    imagenet.configure(Weights(("http://192.0.2.1/c",), ("http://192.0.2.1/f",), tmp_path))
    model_dir("http://192.0.2.1/c", tmp_path).mkdir()
    model_dir("http://192.0.2.1/f", tmp_path).mkdir()
    start = time.monotonic()
    assert imagenet.network() is efficientnet_lite0.network()
    assert time.monotonic() - start < 1
    assert imagenet.chosen_name() == "EfficientNet-Lite0"
    assert imagenet.status() == {"classification": False, "features": False, "intact": True, "embedded": True}


def test_without_any_weights_there_is_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(efficientnet_lite0, "PACKAGE", "no_such_package")
    monkeypatch.setattr(efficientnet_lite0, "_loaded", None)
    assert imagenet.chosen_name() == ""
    assert not imagenet.needs_loading()
    with pytest.raises(Unavailable, match="are not here"):
        imagenet.network()


def test_damaged_weights_are_not_used(small_weights: Weights, tmp_path: Path) -> None:
    weights = copied(small_weights, tmp_path)
    imagenet.configure(weights)
    assert imagenet.network().info.name == "MobileNet V2"
    (model_dir(weights.feature_handles[0], weights.cache_dir) / "saved_model.pb").write_bytes(b"another network")
    assert imagenet.network().info.name == imagenet.chosen_name() == "EfficientNet-Lite0"
    assert imagenet.status() == {"classification": True, "features": False, "intact": False, "embedded": True}


def test_threads_share_one_load(small_weights: Weights) -> None:
    imagenet.configure(small_weights)
    with ThreadPoolExecutor(4) as pool:
        networks = list(pool.map(lambda _: imagenet.network(), range(4)))
    assert all(network is networks[0] for network in networks)
    imagenet.configure(small_weights)
    assert imagenet.network() is networks[0]


@pytest.mark.parametrize("damage", ["garbage", "no variables", "wrong shape"])
def test_pinned_weights_that_do_not_load_are_reported(damage: str, small_weights: Weights, tmp_path: Path) -> None:
    weights = copied(small_weights, tmp_path)
    classifier, features = (
        model_dir(f"https://hub.test/{name}", weights.cache_dir) for name in ("classifier", "features")
    )
    if damage == "garbage":
        (classifier / "saved_model.pb").write_bytes(b"garbage" * 100)
    elif damage == "no variables":
        shutil.rmtree(features / "variables")
    else:
        shutil.rmtree(classifier)
        shutil.copytree(features, classifier)
    digests = model_digest(classifier), model_digest(features)
    imagenet.configure(Weights(weights.classification_handles, weights.feature_handles, weights.cache_dir, *digests))
    with pytest.raises(Unavailable, match=r"do not load.*Delete them"):
        imagenet.network()
    imagenet.configure(small_weights)
    assert imagenet.network().embed(BATCH).shape == (1, 1280)


def copied(weights: Weights, folder: Path) -> Weights:
    """The same weights in a folder that may be changed."""
    shutil.copytree(weights.cache_dir, folder / "tfhub")
    return dataclasses.replace(weights, cache_dir=folder / "tfhub")
