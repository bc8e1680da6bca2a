from collections.abc import Callable

import cv2
import numpy as np
import pytest

from app.vision.arrays import Float64, UInt8
from app.vision.photometric.tone_curve import match_tones
from tests.pictures import textured

EVERYWHERE = np.ones((480, 640), np.bool_)


def with_curve(picture: UInt8, curve: Callable[[Float64], Float64]) -> UInt8:
    return np.clip(np.round(curve(picture.astype(np.float64))), 0, 255).astype(np.uint8)


CURVES: dict[str, Callable[[Float64], Float64]] = {
    "darker": lambda level: level * 0.7 + 5,
    "lighter": lambda level: level * 0.8 + 45,
    "less contrast": lambda level: (level - 128) * 0.6 + 128,
    "gamma": lambda level: 255 * (level / 255) ** 0.8,
    "exposure": lambda level: 0.88 * 255 * (level / 255) ** 1.15 + 14,
    "white balance": lambda level: level * np.array([0.8, 1.0, 0.7]) + np.array([30, 0, 5]),
}


@pytest.mark.parametrize("curve", CURVES.values(), ids=CURVES.keys())
def test_a_monotone_curve_of_either_picture_is_matched(curve: Callable[[Float64], Float64]) -> None:
    a = textured()
    b = with_curve(a, curve)
    for picture, target in ((b, a), (a, b)):
        off = cv2.absdiff(match_tones(picture, target, EVERYWHERE), target)
        assert cv2.absdiff(picture, target).mean() > 8
        assert off.mean() < 1
        assert np.quantile(off, 0.98) <= 2


def test_equal_pictures_are_unchanged() -> None:
    np.testing.assert_array_equal(match_tones(textured(), textured(), EVERYWHERE), textured())


@pytest.mark.parametrize("level", [0, 255])
def test_a_new_square_keeps_its_colour_and_does_not_affect_the_rest(level: int) -> None:
    a, b = textured(), textured()
    b[100:300, 100:300] = level
    np.testing.assert_array_equal(match_tones(b, a, EVERYWHERE), b)
    np.testing.assert_array_equal(match_tones(a, b, EVERYWHERE), a)


@pytest.mark.parametrize("by", [-40, 40])
def test_a_change_of_a_third_of_the_picture_is_not_a_tone_curve(by: int) -> None:
    a, b = textured(), textured()
    b[:160] = np.clip(b[:160].astype(int) + by, 0, 255)
    off = cv2.absdiff(match_tones(b, a, EVERYWHERE), b)
    assert np.median(off) <= 1
    assert off.mean() < 4  # at one end of the scale, only the changed third is left


def test_writing_on_an_empty_board_is_not_painted_over() -> None:
    ramp = np.linspace(200, 235, 640).astype(np.uint8)
    a = np.ascontiguousarray(np.broadcast_to(ramp[:, None], (480, 640, 3)))
    written = a.copy()
    cv2.putText(written, "NEW", (100, 250), cv2.FONT_HERSHEY_SIMPLEX, 4, (30, 30, 40), 12)
    strokes, paper = written[..., 0] < 50, (written == a).all(axis=2)
    b = with_curve(written, lambda level: level * 0.9)
    toned = match_tones(b, a, EVERYWHERE)
    assert strokes.sum() > 5000
    assert toned[strokes].max() < 80
    assert cv2.absdiff(toned, a)[paper].max() <= 2


def test_only_valid_pixels_count() -> None:
    a, b, valid = textured(), textured(), EVERYWHERE.copy()
    valid[:320] = False
    b[:320] //= 2
    np.testing.assert_array_equal(match_tones(b, a, valid), b)


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (1000, 1001)])
def test_pictures_of_any_size_with_a_single_valid_pixel(shape: tuple[int, int]) -> None:
    picture, valid = np.full((*shape, 3), 90, np.uint8), np.zeros(shape, np.bool_)
    valid[-1, -1] = True
    np.testing.assert_array_equal(match_tones(picture, picture, valid), picture)
