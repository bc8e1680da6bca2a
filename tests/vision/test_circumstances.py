import cv2
import numpy as np
import pytest

from app.vision.arrays import UInt8
from app.vision.circumstances import circumstances
from app.vision.pair import Pair
from tests.pictures import blurred, changed_scene, jpeg, read, scene

SIZE = (480, 320)


def said(a: UInt8, b: UInt8) -> list[str]:
    return circumstances(Pair(a, b, None, None, np.ones(a.shape[:2], np.bool_)))


def scaled(gains: tuple[float, float, float], offset: float = 0) -> UInt8:
    return np.clip(changed_scene(*SIZE) * np.array(gains) + offset, 0, 255).astype(np.uint8)


def noisy() -> UInt8:
    noise = np.random.default_rng(2).normal(0, 8, (SIZE[1], SIZE[0], 3))
    return np.clip(changed_scene(*SIZE) + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("b", "words"),
    [
        (scene(*SIZE), []),
        (changed_scene(*SIZE), []),
        (scaled((1, 1, 1), 12), ["lighter"]),
        (scaled((1, 1, 1), -12), ["darker"]),
        (scaled((1.2, 1, 0.8)), ["warmer"]),
        (scaled((0.8, 1, 1.2)), ["cooler"]),
        (scaled((0.7, 0.7, 0.7), 45), ["of less contrast"]),
        (noisy(), ["noisier"]),
        (blurred(changed_scene(*SIZE), 2), ["softer"]),
        (read(jpeg(changed_scene(*SIZE), 30)), ["re-compressed"]),
    ],
    ids=["equal", "changed", "lighter", "darker", "warmer", "cooler", "flat", "noisy", "blurred", "jpeg"],
)
def test_says_what_was_done_and_nothing_else(b: UInt8, words: list[str]) -> None:
    assert said(scene(*SIZE), b) == words


def test_the_other_way_round_it_is_the_opposite() -> None:
    assert said(blurred(scene(*SIZE), 2), scene(*SIZE)) == ["sharper"]
    assert said(scaled((0.7, 0.7, 0.7), 45), scene(*SIZE)) == ["of more contrast"]


def test_half_equal_pixels_are_one_picture_whatever_the_rest_looks_like() -> None:
    b = scene(*SIZE)
    b[:150] = 255 - b[:150]
    assert said(scene(*SIZE), b) == []


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (200, 3)])
def test_small_pictures(shape: tuple[int, int]) -> None:
    black, gray = np.zeros((*shape, 3), np.uint8), np.full((*shape, 3), 60, np.uint8)
    assert said(black, gray) == ["lighter"]
    assert cv2.countNonZero(gray[..., 0]) == gray[..., 0].size
