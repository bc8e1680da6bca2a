import numpy as np
import pytest

from app.vision.arrays import Mask, UInt8
from app.vision.photometric.local_range import distance_outside_range, local_range

DARK, BRIGHT = 50, 180


def noise(seed: int, shape: tuple[int, int] = (12, 15)) -> UInt8:
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def flat() -> UInt8:
    return np.full((20, 30), DARK, np.uint8)


def with_line(x: int) -> UInt8:
    drawn = flat()
    drawn[:, x] = BRIGHT
    return drawn


def everywhere(picture: UInt8) -> Mask:
    return np.ones(picture.shape, np.bool_)


def window(y: int, x: int, reach: int) -> tuple[slice, slice]:
    return slice(max(0, y - reach), y + reach + 1), slice(max(0, x - reach), x + reach + 1)


def excess(value: int, around: UInt8, complete: bool) -> int:
    """The distance of a value outside the range of a window; 0 if the window is incomplete."""
    return max(0, value - int(around.max()), int(around.min()) - value) if complete else 0


@pytest.mark.parametrize("reach", [1, 2, 3])
def test_equals_a_direct_computation_over_windows(reach: int) -> None:
    a, b = noise(1), noise(2)
    valid = np.random.default_rng(3).random(a.shape) < 0.97
    expected = np.zeros_like(a)
    for y, x in np.ndindex(a.shape):
        around = window(y, x, reach)
        within = a[around].size == (2 * reach + 1) ** 2
        forward = excess(int(a[y, x]), b[around], within and bool(valid[around].all()))
        expected[y, x] = max(forward, excess(int(b[y, x]), a[around], within))
    assert expected.any()
    np.testing.assert_array_equal(distance_outside_range(a, b, reach, valid), expected)


def test_equal_pictures_have_no_difference() -> None:
    assert not distance_outside_range(noise(1), noise(1), 1, everywhere(noise(1))).any()


def test_the_order_of_the_pictures_does_not_matter() -> None:
    a, b = noise(1), noise(2)
    forward, backward = (distance_outside_range(*both, 1, everywhere(a)) for both in ((a, b), (b, a)))
    assert forward.any()
    np.testing.assert_array_equal(forward, backward)


@pytest.mark.parametrize(("by", "left"), [(1, 0), (2, 0), (3, BRIGHT - DARK)])
def test_a_displacement_within_reach_makes_no_difference(by: int, left: int) -> None:
    assert distance_outside_range(with_line(12), with_line(12 + by), 2, everywhere(flat())).max() == left


def test_a_line_in_only_one_picture_has_its_full_contrast() -> None:
    for both in ((flat(), with_line(12)), (with_line(12), flat())):
        left = distance_outside_range(*both, 2, everywhere(flat()))
        np.testing.assert_array_equal(left[2:-2], (with_line(12) - flat())[2:-2])


def test_invalid_pixels_explain_differences_only_within_reach() -> None:
    valid = everywhere(flat())
    valid[:, 20:] = False
    for x, left in ((17, BRIGHT - DARK), (18, 0), (19, 0)):
        assert distance_outside_range(with_line(x), flat(), 2, valid)[10, x] == left


def test_pixels_outside_the_picture_explain_differences_within_reach() -> None:
    for x, left in ((0, 0), (1, 0), (2, BRIGHT - DARK)):
        assert distance_outside_range(with_line(x), flat(), 2, everywhere(flat()))[10, x] == left


def test_the_local_range_is_that_of_the_window() -> None:
    picture = noise(1)
    expected = [[np.ptp(picture[window(y, x, 2)]) for x in range(15)] for y in range(12)]
    np.testing.assert_array_equal(local_range(picture, 2), expected)
    assert not local_range(flat(), 4).any()
