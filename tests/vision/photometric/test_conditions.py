import cv2
import numpy as np
import pytest

from app.vision.arrays import UInt8
from app.vision.pair import Pair
from app.vision.photometric.conditions import PIXELS, conditions
from tests.pictures import blurred, jpeg, read

NOISE = np.random.default_rng(8).uniform(0, 255, (320, 480, 3)).astype(np.float32)
LAYERS = np.sum([(cv2.GaussianBlur(NOISE, (0, 0), sigma) - 127) * sigma for sigma in (1, 4, 16)], axis=0)
# Detail of every size, as photographs have it.
BEFORE: UInt8 = np.clip(LAYERS + 127, 0, 255).astype(np.uint8)
AFTER: UInt8 = np.asarray(cv2.circle(BEFORE.copy(), (200, 150), 30, (255, 255, 0), -1, cv2.LINE_AA), np.uint8)


def said(a: UInt8, b: UInt8, resampled: bool = False) -> list[str]:
    return conditions(Pair(a, b, None, None, np.ones(a.shape[:2], np.bool_)), resampled)


def scaled(gains: tuple[float, float, float], offset: float = 0) -> UInt8:
    return np.asarray(np.clip(AFTER * np.array(gains) + offset, 0, 255), np.uint8)


def larger(picture: UInt8) -> UInt8:
    """Five times as wide and high, with mirrored copies all around."""
    return np.pad(picture, ((640, 640), (960, 960), (0, 0)), "symmetric")


def noisy() -> UInt8:
    noise = np.random.default_rng(2).normal(0, 8, BEFORE.shape)
    return np.clip(AFTER + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("b", "words"),
    [
        (BEFORE, []),
        (AFTER, []),
        (scaled((1, 1, 1), 12), ["lighter"]),
        (scaled((1, 1, 1), -12), ["darker"]),
        (scaled((1.2, 1, 0.8)), ["warmer"]),
        (scaled((0.84, 1.03, 1.2)), ["cooler"]),
        (scaled((0.7, 0.7, 0.7), 45), ["of less contrast"]),
        (noisy(), ["noisier"]),
        (blurred(AFTER, 2), ["softer"]),
        (read(jpeg(AFTER, 30)), ["re-compressed"]),
    ],
    ids=["equal", "changed", "lighter", "darker", "warmer", "cooler", "flat", "noisy", "blurred", "jpeg"],
)
def test_says_what_was_done_and_nothing_else(b: UInt8, words: list[str]) -> None:
    assert said(BEFORE, b) == words


def test_the_other_way_round_it_is_the_opposite() -> None:
    assert said(blurred(BEFORE, 2), BEFORE) == ["sharper"]
    assert said(scaled((0.7, 0.7, 0.7), 45), BEFORE) == ["of more contrast"]


def test_half_equal_pixels_are_one_picture_whatever_the_rest_looks_like() -> None:
    b = BEFORE
    b[:150] = 255 - b[:150]
    assert said(BEFORE, b) == []


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (200, 3)])
def test_small_pictures(shape: tuple[int, int]) -> None:
    black, gray = np.zeros((*shape, 3), np.uint8), np.full((*shape, 3), 60, np.uint8)
    assert said(black, gray) == ["lighter"]
    assert cv2.countNonZero(gray[..., 0]) == gray[..., 0].size


def test_of_a_picture_that_was_moved_the_compression_is_not_told() -> None:
    assert said(BEFORE, read(jpeg(AFTER, 30)), resampled=True) == []


@pytest.mark.parametrize(
    ("b", "words"),
    [
        (AFTER, []),
        (noisy(), ["noisier"]),
        (blurred(AFTER, 2), ["softer"]),
        (scaled((0.7, 0.7, 0.7), 39), ["of less contrast"]),
    ],
    ids=["changed", "noisy", "blurred", "flat"],
)
def test_of_a_large_picture_bands_tell_the_same(b: UInt8, words: list[str]) -> None:
    a, b = larger(BEFORE), larger(b)
    assert a.shape[0] * a.shape[1] > PIXELS
    assert said(a, b) == words


def test_no_compression_is_read_into_the_seams_of_bands() -> None:
    a = larger(BEFORE)
    assert said(a, read(jpeg(a, 30))) == ["re-compressed"]
