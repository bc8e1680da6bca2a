"""Classes that a network recognises, and classes that are named."""

import numpy as np
import pytest

from app.vision.arrays import Float32
from app.vision.networks.network import Network, NetworkInfo, network_input
from app.vision.networks.recognition import PROBABLE, ClassProbability, likeliest, probable, recognise, softmax
from tests.pictures import scene

NETWORK = Network(
    NetworkInfo("MobileNet V2", "here", "none"),
    lambda batch: sums(batch),
    lambda batch: sums(batch),
    ("dark", "light"),
    "CPU",
)


def sums(batch: Float32) -> Float32:
    """Two classes: the second, the more light there is."""
    light = batch.mean(axis=(1, 2, 3))
    return np.column_stack([np.zeros(len(batch)), 10 * light - 5]).astype(np.float32)


NETWORK = Network(NetworkInfo("MobileNet V2", "here", "none"), sums, sums, ("dark", "light"), "CPU")


def test_softmax() -> None:
    assert softmax(np.log([[1.0, 2.0, 5.0]])) == pytest.approx(np.array([[0.125, 0.25, 0.625]]))
    assert softmax(np.array([[1e4, 0.0]])).tolist() == [[1.0, 0.0]]


def test_the_five_likeliest_come_first() -> None:
    guesses = likeliest(np.array([0.1, 0.3, 0.05, 0.2, 0.3, 0.05]), ("a", "b", "c", "d", "e", "f"))
    assert [guess.label for guess in guesses] == ["b", "e", "d", "a", "c"]
    assert guesses[0] == ClassProbability("b", 0.3)


def test_pictures_of_any_sizes_are_recognised_together() -> None:
    dark, light = np.zeros((30, 40, 3), np.uint8), np.full((5, 900, 3), 255, np.uint8)
    (first, *_), (second, *_) = recognise([dark, light], NETWORK)
    assert (first.label, second.label) == ("dark", "light")
    assert first.probability == second.probability == pytest.approx(1 / (1 + np.exp(-5)))


def test_the_input_is_a_square_in_the_unit_range() -> None:
    batch = network_input([scene()])
    assert batch.shape == (1, 224, 224, 3)
    assert batch.dtype == np.float32
    assert (batch.min() >= 0, batch.max() <= 1) == (True, True)


@pytest.mark.parametrize(
    ("label", "over", "named"),
    [("dalmatian, coach dog", 0, True), ("dalmatian", -0.01, False), ("web site, website", 0.1, False)],
)
def test_only_probable_classes_other_than_pages_are_named(label: str, over: float, named: bool) -> None:
    best = ClassProbability(label, PROBABLE["MobileNet V2"] + over)
    assert probable([best, ClassProbability("other", 0.01)], NETWORK) == (best if named else None)
