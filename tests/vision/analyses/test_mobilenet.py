"""What the network makes of two pictures: with small stand-ins, and with the real weights where they are at hand."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from app import models
from app.config import Settings
from app.vision.analyses import mobilenet
from app.vision.analysis import Analysis, Unavailable
from app.vision.arrays import UInt8
from app.vision.options import Options
from app.vision.pair import Pair
from app.weights import Weights
from tests.pictures import changed_scene, scene

COSINE, EUCLIDEAN = "embedding_cosine_distance", "embedding_euclidean_distance"


@pytest.fixture
def small(small_weights: Weights) -> Iterator[Weights]:
    models.configure(small_weights.classification_handles, small_weights.feature_handles, small_weights.cache_dir)
    yield small_weights
    models.configure((), (), Path())


@pytest.fixture
def real(shared: Path) -> Iterator[None]:
    handles = Settings.model_fields
    models.configure(
        handles["classification_handles"].default, handles["feature_handles"].default, shared / "models" / "tfhub"
    )
    yield
    models.configure((), (), Path())


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
        u, v = models.mobilenet().embed(mobilenet.batch([scene(), changed_scene()])).astype(np.float64)
        found = analyse(scene(), changed_scene()).metrics
        assert found[EUCLIDEAN] == pytest.approx(np.sqrt(((u - v) ** 2).sum()))
        assert found[COSINE] == pytest.approx(1 - u @ v / np.sqrt((u @ u) * (v @ v)), abs=1e-12)

    def test_the_five_likeliest_classes_are_named(self) -> None:
        facts = json.loads(json.dumps(analyse(scene(), changed_scene()).facts))
        assert facts["device"] == models.mobilenet().device
        for which in "ab":
            probabilities = [entry["probability"] for entry in facts["classification"][which]]
            assert len(probabilities) == 5
            assert 1 >= sum(probabilities) > 0
            assert probabilities == sorted(probabilities, reverse=True)
            assert all(entry["label"].startswith("name ") for entry in facts["classification"][which])

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


def test_classes_without_names_are_numbered(small: Weights, tmp_path: Path) -> None:
    cache = tmp_path / "tfhub"
    shutil.copytree(small.cache_dir, cache)
    (cache / "ImageNetLabels.txt").unlink()
    models.configure(small.classification_handles, small.feature_handles, cache)
    result = analyse(scene(), scene())
    assert result.facts["classification"]["a"][0]["label"].startswith("class ")
    assert "models pull" in (result.reason or "")


def test_without_weights_it_is_unavailable(tmp_path: Path) -> None:
    models.configure((), (), tmp_path)
    with pytest.raises(Unavailable, match="`python -m app models pull`"):
        analyse(scene(), scene())


def test_softmax() -> None:
    assert mobilenet.softmax(np.log([[1.0, 2.0, 5.0]])) == pytest.approx(np.array([[0.125, 0.25, 0.625]]))
    assert mobilenet.softmax(np.array([[1e4, 0.0]])).tolist() == [[1.0, 0.0]]


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
