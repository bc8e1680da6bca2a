"""What the network makes of two pictures: with small stand-ins, and with the real weights where they are at hand."""

import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.config import Settings
from app.vision.analyses import mobilenet
from app.vision.analysis import Analysis, Unavailable
from app.vision.arrays import Float32, UInt8
from app.vision.networks import efficientnet_lite0, imagenet
from app.vision.networks.network import Network, NetworkInfo, network_input
from app.vision.networks.weights import Weights
from app.vision.options import Options
from app.vision.pair import Pair
from tests.pictures import changed_scene, noisy, scene

COSINE, EUCLIDEAN = "embedding_cosine_distance", "embedding_euclidean_distance"


@pytest.fixture
def small(small_weights: Weights) -> Iterator[Weights]:
    imagenet.configure(small_weights)
    yield small_weights
    imagenet.configure(Weights((), (), Path()))


@pytest.fixture
def real(shared: Path) -> Iterator[None]:
    imagenet.configure(Settings(tfhub_cache_dir=shared / "models" / "tfhub").weights)
    yield
    imagenet.configure(Weights((), (), Path()))


def analyse(a: UInt8, b: UInt8) -> Analysis:
    return mobilenet.analyse(Pair(a, b, None, None, np.ones(a.shape[:2], bool)), Options())


def photo(file: Path) -> UInt8:
    return cv2.cvtColor(np.asarray(cv2.imread(str(file))), cv2.COLOR_BGR2RGB).astype(np.uint8)


@pytest.mark.usefixtures("small")
class TestSmall:
    def test_a_picture_is_at_no_distance_from_itself(self) -> None:
        assert analyse(scene(), scene()).metrics == {COSINE: 0.0, EUCLIDEAN: 0.0}

    def test_symmetry(self) -> None:
        forth, back = analyse(scene(), changed_scene()), analyse(changed_scene(), scene())
        assert forth.metrics == pytest.approx(back.metrics, rel=1e-5)
        assert forth.facts["classification"]["a"][0]["label"] == back.facts["classification"]["b"][0]["label"]

    def test_distances_are_those_of_the_features(self) -> None:
        u, v = imagenet.network().embed(network_input([scene(), changed_scene()])).astype(np.float64)
        found = analyse(scene(), changed_scene()).metrics
        assert found[EUCLIDEAN] == pytest.approx(np.sqrt(((u - v) ** 2).sum()))
        assert found[COSINE] == pytest.approx(1 - u @ v / np.sqrt((u @ u) * (v @ v)), abs=1e-12)

    def test_the_five_likeliest_classes_are_named(self) -> None:
        facts = json.loads(json.dumps(analyse(scene(), changed_scene()).facts))
        assert facts["device"] == imagenet.network().device
        for which in "ab":
            probabilities = [entry["probability"] for entry in facts["classification"][which]]
            assert len(probabilities) == 5
            assert 1 >= sum(probabilities) > 0
            assert probabilities == sorted(probabilities, reverse=True)
            assert all(entry["label"] in imagenet.network().class_names for entry in facts["classification"][which])

    def test_a_change_at_the_border_counts(self) -> None:
        framed = scene()
        framed[:6] = framed[-6:] = 255
        assert (analyse(scene(), framed).metrics[EUCLIDEAN] or 0) > 0

    @pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (5, 5)])
    def test_any_size_will_do(self, shape: tuple[int, int]) -> None:
        plain = np.full((*shape, 3), 90, np.uint8)
        assert analyse(plain, plain).metrics == {COSINE: 0.0, EUCLIDEAN: 0.0}

    def test_features_of_length_zero_have_no_direction(self) -> None:
        result = analyse(scene(), np.zeros_like(scene()))  # the small network has no bias: black gives zeros
        assert result.metrics[COSINE] is None
        assert "no features" in (result.reason or "")
        assert (result.metrics[EUCLIDEAN] or 0) > 0


def test_it_says_which_network_measured(small: Weights) -> None:
    first = analyse(scene(), changed_scene())
    assert first.facts["network"] == {
        "name": "MobileNet V2",
        "source": small.feature_handles[0],
        "licence": "Apache-2.0",
    }
    imagenet.configure(Weights((), (), Path()))
    second = analyse(scene(), changed_scene())
    assert second.facts["network"]["name"] == "EfficientNet-Lite0"
    assert second.metrics[COSINE] != first.metrics[COSINE]


def test_without_weights_it_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(efficientnet_lite0, "PACKAGE", "no_such_package")
    monkeypatch.setattr(efficientnet_lite0, "_loaded", None)
    with pytest.raises(Unavailable, match="are not here"):
        analyse(scene(), scene())


class TestRecognised:
    @pytest.fixture(autouse=True)
    def sure(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A network that is sure of the first class in bright pictures, and of none in others."""

        def classify(batch: Float32) -> Float32:
            return np.column_stack([30 * batch.mean(axis=(1, 2, 3)), *np.zeros((2, len(batch)))]).astype(np.float32)

        info = NetworkInfo("EfficientNet-Lite0", "here", "none")
        network = Network(info, classify, classify, ("dalmatian", "pizza", "panda"), "CPU")
        monkeypatch.setattr(imagenet, "network", lambda: network)

    def test_a_photograph_is_named_where_the_network_is_sure(self) -> None:
        bright, dark = noisy(np.full((90, 120, 3), 200, np.uint8)), noisy(np.full((90, 120, 3), 10, np.uint8))
        assert analyse(bright, dark).facts["recognised"]["a"]["label"] == "dalmatian"
        assert analyse(bright, dark).facts["recognised"]["b"] is None

    def test_a_drawing_is_not(self) -> None:
        page = np.full((90, 120, 3), 230, np.uint8)
        facts = analyse(page, page).facts
        assert facts["recognised"] == {"a": None, "b": None}
        assert facts["classification"]["a"][0]["probability"] > 0.9


def test_the_middle_of_a_picture() -> None:
    rows = np.tile(np.arange(160, dtype=np.uint8)[:, None, None], (1, 240, 3))
    middle = mobilenet.centre(rows)
    assert middle.shape == (140, 210, 3)
    assert (middle[0, 0, 0], middle[-1, 0, 0]) == (10, 149)


@pytest.mark.usefixtures("real")
def test_photographs_are_recognised(shared: Path) -> None:
    for name, label in (("dalmatian", "dalmatian"), ("pizza", "pizza"), ("panda", "giant panda")):
        picture = photo(shared / "data/photos" / f"{name}_0001.jpg")
        result = analyse(picture, picture)
        best = result.facts["classification"]["a"][0]
        assert label in best["label"]
        assert best["probability"] > 0.3
        assert result.metrics == {COSINE: 0.0, EUCLIDEAN: 0.0}


@pytest.mark.usefixtures("real")
def test_unlike_photographs_are_far_apart_both_ways(shared: Path) -> None:
    a = photo(shared / "data/photos/dalmatian_0001.jpg")
    b = cv2.resize(photo(shared / "data/photos/pizza_0001.jpg"), a.shape[1::-1]).astype(np.uint8)
    forth, back = analyse(a, b).metrics, analyse(b, a).metrics
    assert 0.4 < (forth[COSINE] or 0) < 1.2
    assert forth == pytest.approx(back, rel=1e-4)
