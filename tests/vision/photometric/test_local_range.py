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


def beyond(value: int, around: UInt8, complete: bool) -> int:
    """What a window that is not complete holds elsewhere explains everything."""
    return max(0, value - int(around.max()), int(around.min()) - value) if complete else 0


@pytest.mark.parametrize("reach", [1, 2, 3])
def test_every_pixel_is_held_against_the_window_in_the_other_picture(reach: int) -> None:
    a, b = noise(1), noise(2)
    known = np.random.default_rng(3).random(a.shape) < 0.97
    expected = np.zeros_like(a)
    for y, x in np.ndindex(a.shape):
        around = window(y, x, reach)
        within = a[around].size == (2 * reach + 1) ** 2
        there = beyond(int(a[y, x]), b[around], within and bool(known[around].all()))
        expected[y, x] = max(there, beyond(int(b[y, x]), a[around], within))
    assert expected.any()
    np.testing.assert_array_equal(distance_outside_range(a, b, reach, known), expected)


def test_equal_pictures_leave_nothing() -> None:
    assert not distance_outside_range(noise(1), noise(1), 1, everywhere(noise(1))).any()


def test_the_order_of_the_pictures_does_not_matter_where_both_have_pixels() -> None:
    a, b = noise(1), noise(2)
    there, back = (distance_outside_range(*both, 1, everywhere(a)) for both in ((a, b), (b, a)))
    assert there.any()
    np.testing.assert_array_equal(there, back)


@pytest.mark.parametrize(("by", "left"), [(1, 0), (2, 0), (3, BRIGHT - DARK)])
def test_what_moved_within_reach_makes_no_difference(by: int, left: int) -> None:
    assert distance_outside_range(with_line(12), with_line(12 + by), 2, everywhere(flat())).max() == left


def test_a_line_that_only_one_picture_has_stands_out_with_its_full_contrast() -> None:
    for both in ((flat(), with_line(12)), (with_line(12), flat())):
        left = distance_outside_range(*both, 2, everywhere(flat()))
        np.testing.assert_array_equal(left[2:-2], (with_line(12) - flat())[2:-2])


def test_what_is_not_known_explains_everything_beside_it_but_nothing_farther() -> None:
    known = everywhere(flat())
    known[:, 20:] = False
    for x, left in ((17, BRIGHT - DARK), (18, 0), (19, 0)):
        assert distance_outside_range(with_line(x), flat(), 2, known)[10, x] == left


def test_at_the_border_something_may_have_come_in() -> None:
    for x, left in ((0, 0), (1, 0), (2, BRIGHT - DARK)):
        assert distance_outside_range(with_line(x), flat(), 2, everywhere(flat()))[10, x] == left


def test_the_range_is_that_of_the_window() -> None:
    picture = noise(1)
    expected = [[np.ptp(picture[window(y, x, 2)]) for x in range(15)] for y in range(12)]
    np.testing.assert_array_equal(local_range(picture, 2), expected)
    assert not local_range(flat(), 4).any()
