import numpy as np
import pytest

from app.vision.arrays import Mask, UInt8
from app.vision.metrics.antialiasing import REACH, antialiased

WHITE, GRAY, BLACK = 255, 128, 0


def gray(*rows: list[int]) -> UInt8:
    level = np.array(rows, np.uint8)
    return np.dstack((level, level, level, np.full_like(level, 255)))


def everywhere(picture: UInt8) -> Mask:
    return np.ones(picture.shape[:2], bool)


# A step whose corner is anti-aliased with one gray pixel in the middle.
SHARP = gray(*[[WHITE] * 4 + [BLACK] * 3] * 3, *[[WHITE] * 3 + [BLACK] * 4] * 4)
SMOOTH = SHARP.copy()
SMOOTH[3, 3, :3] = GRAY


def test_only_the_anti_aliased_corner_is_found_in_either_picture() -> None:
    only_the_corner = np.zeros((7, 7), bool)
    only_the_corner[3, 3] = True
    assert np.array_equal(antialiased(SMOOTH, SHARP, everywhere(SHARP)), only_the_corner)
    assert np.array_equal(antialiased(SHARP, SMOOTH, everywhere(SHARP)), only_the_corner)


def test_only_masked_pixels_are_tested() -> None:
    assert not antialiased(SMOOTH, SHARP, np.zeros((7, 7), bool)).any()


def test_a_dot_on_a_solid_background_is_not_anti_aliased() -> None:
    background = gray(*[[WHITE] * 7] * 7)
    dot = background.copy()
    dot[3, 3, :3] = GRAY
    assert not antialiased(background, dot, everywhere(background)).any()


def test_the_background_must_be_flat_in_both_pictures() -> None:
    busy = np.full_like(SMOOTH, 255)
    busy[..., 0] = np.arange(49).reshape(7, 7)
    assert not antialiased(SMOOTH, busy, everywhere(SMOOTH)).any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1), (2, 2)])
def test_the_smallest_pictures_have_no_anti_aliased_pixels(shape: tuple[int, int]) -> None:
    ramp = np.arange(shape[0] * shape[1], dtype=np.uint8).reshape(shape) * 40
    picture = np.dstack((ramp, ramp, ramp, np.full_like(ramp, 255)))
    assert not antialiased(picture, 255 - picture, np.ones(shape, bool)).any()


def test_a_result_depends_only_on_pixels_within_reach() -> None:
    rng = np.random.default_rng(8)
    a, b = (gray(*rng.choice([0, 0, 0, 90, 255], (40, 40))) for _ in range(2))
    whole = antialiased(a, b, everywhere(a))
    part = slice(10 - REACH, 30 + REACH)
    cut = antialiased(a[part, part].copy(), b[part, part].copy(), everywhere(a[part, part]))
    assert whole[10:30, 10:30].any()
    assert np.array_equal(cut[REACH:-REACH, REACH:-REACH], whole[10:30, 10:30])
