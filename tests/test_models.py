"""The networks load with the real tensorflow_hub, on demand and never over the network."""

import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from app import models
from app.pull import pull_labels, pull_model
from app.vision.analysis import Unavailable
from app.weights import Weights, model_dir
from tests.hub import COMPRESSED, hub, packed


@pytest.fixture(autouse=True)
def unconfigured() -> Iterator[None]:
    """Leave no networks to the tests that follow."""
    yield
    models.configure((), (), Path())


def configure(weights: Weights) -> None:
    models.configure(weights.classification_handles, weights.feature_handles, weights.cache_dir)


def test_pulled_weights_load_and_run(small_weights: Weights, tmp_path: Path) -> None:
    small = small_weights
    answers = {
        f"/classifier{COMPRESSED}": packed(model_dir(small.classification_handles[0], small.cache_dir)),
        f"/features{COMPRESSED}": packed(model_dir(small.feature_handles[0], small.cache_dir)),
        "/labels": (small.cache_dir / "ImageNetLabels.txt").read_bytes(),
    }
    with hub(answers) as root:
        configure(Weights((f"{root}/classifier",), (f"{root}/features",), tmp_path))
        with pytest.raises(Unavailable, match=r"not here.*`python -m app models pull`"):
            models.mobilenet()
        for name in ("classifier", "features"):
            pull_model((f"{root}/{name}",), tmp_path, lambda _done, _total: None)
        pull_labels(tmp_path, lambda _done, _total: None, url=f"{root}/labels")
    # Noticed without a new start, and loaded without a server.
    network = models.mobilenet()
    batch = np.random.default_rng(0).random((2, 224, 224, 3), np.float32)
    assert network.classify(batch).shape == (2, 1001)
    assert network.embed(batch).shape == (2, 1280)
    assert network.embed(batch).dtype == np.float32
    assert network.device == "CPU" or network.device.startswith("GPU: ")
    assert models.status() == {"classification": True, "features": True, "labels": True, "intact": True}
    assert models.device() == network.device
    assert (models.labels() or ())[285] == "name 285"


def test_without_weights_it_says_so_at_once(tmp_path: Path) -> None:
    # Handles of a test network, which answers nobody: an attempt to download would take long.
    models.configure(("http://192.0.2.1/c",), ("http://192.0.2.1/f",), tmp_path)
    model_dir("http://192.0.2.1/c", tmp_path).mkdir()
    model_dir("http://192.0.2.1/f", tmp_path).mkdir()
    start = time.monotonic()
    with pytest.raises(Unavailable, match="not here"):
        models.mobilenet()
    assert time.monotonic() - start < 1
    assert models.status() == {"classification": False, "features": False, "labels": False, "intact": True}


def test_warm_up_loads_in_the_background(small_weights: Weights) -> None:
    configure(small_weights)
    models.warm_up()
    deadline = time.monotonic() + 30
    while models.device() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert models.device() is not None


def test_warm_up_without_weights_does_no_harm(tmp_path: Path) -> None:
    models.configure(("c",), ("f",), tmp_path)
    models.warm_up()
    with pytest.raises(Unavailable):
        models.mobilenet()


def test_threads_share_one_load(small_weights: Weights) -> None:
    configure(small_weights)
    with ThreadPoolExecutor(4) as pool:
        networks = list(pool.map(lambda _: models.mobilenet(), range(4)))
    assert all(network is networks[0] for network in networks)
    configure(small_weights)
    assert models.mobilenet() is networks[0]


@pytest.mark.parametrize("damage", ["garbage", "no variables", "wrong shape"])
def test_damaged_weights_are_unavailable(damage: str, small_weights: Weights, tmp_path: Path) -> None:
    cache = tmp_path / "tfhub"
    shutil.copytree(small_weights.cache_dir, cache)
    classifier, features = (model_dir(f"https://hub.test/{name}", cache) for name in ("classifier", "features"))
    if damage == "garbage":
        (classifier / "saved_model.pb").write_bytes(b"garbage" * 100)
    elif damage == "no variables":
        shutil.rmtree(features / "variables")
    else:
        shutil.rmtree(classifier)
        shutil.copytree(features, classifier)
    models.configure(small_weights.classification_handles, small_weights.feature_handles, cache)
    with pytest.raises(Unavailable, match=r"do not load.*Delete them"):
        models.mobilenet()
    assert models.device() is None
    # Repaired, they are taken up.
    shutil.rmtree(cache)
    shutil.copytree(small_weights.cache_dir, cache)
    assert models.mobilenet().embed(np.zeros((1, 224, 224, 3), np.float32)).shape == (1, 1280)
