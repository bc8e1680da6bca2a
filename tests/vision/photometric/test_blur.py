import cv2
import numpy as np
import pytest

from app.vision.arrays import UInt8
from app.vision.photometric.blur import SIGMAS, match_sharpness
from tests.pictures import blurred, noisy, textured

EVERYWHERE = np.ones((480, 640), np.bool_)


def gray() -> UInt8:
    return np.ascontiguousarray(textured()[..., 0])


def difference(pictures: tuple[UInt8, UInt8]) -> float:
    return float(cv2.absdiff(*pictures).mean())


@pytest.mark.parametrize("sigma", SIGMAS)
def test_the_sharper_picture_is_blurred_until_both_are_equal(sigma: float) -> None:
    a, b = gray(), blurred(gray(), sigma)
    assert difference((a, b)) > 3
    matched = match_sharpness(a, b, EVERYWHERE)
    assert difference(matched) == 0
    assert matched[1] is b


def test_a_sigma_between_the_steps_leaves_a_small_difference() -> None:
    a, b = gray(), blurred(gray(), 1.5)
    assert difference(match_sharpness(a, b, EVERYWHERE)) < 0.2 * difference((a, b))


def test_equal_pictures_are_unchanged() -> None:
    a, b = gray(), gray()
    assert match_sharpness(a, b, EVERYWHERE)[0] is a
    assert match_sharpness(a, b, EVERYWHERE)[1] is b


def test_pictures_of_equal_sharpness_are_unchanged() -> None:
    a, b = gray(), gray()
    b[100:200, 100:300] = 255
    assert match_sharpness(a, b, EVERYWHERE)[0] is a
    assert match_sharpness(a, b, EVERYWHERE)[1] is b


def test_the_order_of_the_pictures_does_not_matter() -> None:
    a, b = gray(), noisy(blurred(gray(), 1.8))
    first, second = match_sharpness(a, b, EVERYWHERE), match_sharpness(b, a, EVERYWHERE)
    np.testing.assert_array_equal(first[0], second[1])
    np.testing.assert_array_equal(first[1], second[0])


def test_a_change_does_not_affect_the_blur() -> None:
    a, b = gray(), blurred(gray(), 1.8)
    b[100:300, 100:300] = 0
    np.testing.assert_array_equal(match_sharpness(a, b, EVERYWHERE)[0], blurred(a, 1.8))
    a, b = gray(), gray()
    b[:160] = np.random.default_rng(1).integers(0, 256, (160, 640), np.uint8)  # differs less if it is blurred
    assert match_sharpness(a, b, EVERYWHERE)[1] is b


def test_only_valid_pixels_count() -> None:
    a, b, valid = gray(), gray(), EVERYWHERE.copy()
    valid[100:] = False
    b[90:] = blurred(a, 1.8)[90:]
    assert match_sharpness(a, b, valid)[0] is a
    assert match_sharpness(a, b, ~valid)[0] is not a


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1)])
def test_the_smallest_pictures(shape: tuple[int, int]) -> None:
    black, white = np.zeros(shape, np.uint8), np.full(shape, 255, np.uint8)
    assert match_sharpness(black, white, np.ones(shape, np.bool_)) == (black, white)
