from collections.abc import Callable

import cv2
import numpy as np
import pytest

from app.vision.arrays import Float64, UInt8
from app.vision.photometric.illumination import is_illumination_change, match_illumination
from tests.pictures import textured

EVERYWHERE = np.ones((480, 640), np.bool_)
ACROSS = np.linspace(0, 1, 640)[None, :, None]


def picture() -> UInt8:
    """A texture dark enough that more light does not clip it."""
    return textured() // 5 * 4


def lit(levels: Float64) -> UInt8:
    return np.clip(np.round(levels), 0, 255).astype(np.uint8)


def lamp(levels: UInt8) -> UInt8:
    return lit(levels * (0.7 + 0.5 * ACROSS))


def haze(levels: UInt8) -> UInt8:
    veil = 0.1 + 0.35 * ACROSS
    return lit(levels * (1 - veil) + 215 * veil)


def difference(one: UInt8, other: UInt8) -> UInt8:
    return np.asarray(cv2.absdiff(one, other), np.uint8)


@pytest.mark.parametrize("light", [lamp, haze])
def test_uneven_illumination_of_either_picture_is_matched(light: Callable[[UInt8], UInt8]) -> None:
    for a, b in ((picture(), light(picture())), (light(picture()), picture())):
        before, after = difference(b, a), difference(match_illumination(b, a, EVERYWHERE), a)
        assert before.mean() > 12
        assert after.mean() < 2
        assert np.quantile(after, 0.95) <= 6


def test_equal_pictures_are_unchanged() -> None:
    np.testing.assert_array_equal(match_illumination(picture(), picture(), EVERYWHERE), picture())


def test_an_object_in_only_one_picture_keeps_its_contrast() -> None:
    b = picture()
    cv2.circle(b, (320, 240), 15, (255, 255, 255), -1)
    disc = (b == 255).all(axis=2)
    relit = match_illumination(lamp(b), picture(), EVERYWHERE)
    assert difference(relit, picture())[disc].mean() > 0.8 * difference(b, picture())[disc].mean()
    assert difference(relit, picture())[~disc].mean() < 1


def test_only_valid_pixels_count() -> None:
    valid, b = EVERYWHERE.copy(), picture()
    valid[:240] = False
    b[:240] = 0
    relit = match_illumination(b, picture(), valid)
    assert not difference(relit, picture())[240:].any()


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (5, 5)])
def test_the_smallest_pictures_keep_their_shape(shape: tuple[int, int]) -> None:
    a, valid = np.full((*shape, 3), 90, np.uint8), np.ones(shape, np.bool_)
    np.testing.assert_array_equal(match_illumination(a, a, valid), a)
    assert difference(match_illumination(a + 20, a, valid), a).max() <= 1


def patch(edge: float) -> UInt8:
    """The texture with a darker ellipse; `edge` is the blur of its edge."""
    shade = np.zeros((240, 320), np.float32)
    cv2.ellipse(shade, (170, 120), (90, 70), 20, 0, 360, 1, -1)
    lit = 1 - 0.35 * cv2.GaussianBlur(shade, (0, 0), edge)
    return np.asarray(textured(320, 240)[..., 1] * lit, np.uint8)


def test_a_soft_shadow_is_an_illumination_change() -> None:
    a = textured(320, 240)[..., 1].copy()
    assert is_illumination_change(a, patch(5), a != patch(5))


def test_a_change_of_colour_or_texture_is_not_an_illumination_change() -> None:
    a = textured(320, 240)[..., 1].copy()
    small, other = a.copy(), a.copy()
    small[100:130, 100:140] = np.clip(small[100:130, 100:140].astype(int) + 12, 0, 255)
    other[60:160, 80:200] = textured(640, 480)[300:400, 300:420, 1]
    assert not is_illumination_change(a, small, a != small)
    assert not is_illumination_change(a, other, a != other)
