import numpy as np
import pytest

from app.vision.arrays import UInt8
from app.vision.region import Box
from app.vision.region_motion import motion
from tests.pictures import paired, scene


def page() -> UInt8:
    """Columns of dark bars of different lengths on a light ground."""
    picture = np.full((120, 160, 3), 240, np.uint8)
    for row, length in zip(range(20, 100, 10), (60, 40, 75, 20, 50, 33, 66, 12), strict=True):
        picture[row : row + 4, 20 : 20 + length] = (40, 60, 90)
    return picture


def moved(picture: UInt8, box: Box, x: int, y: int) -> tuple[UInt8, Box]:
    """The picture with the content of a box elsewhere, and the box around both places."""
    after = picture.copy()
    after[box.slices] = 240
    after[Box(box.x + x, box.y + y, box.width, box.height).slices] = picture[box.slices]
    left, top = min(box.x, box.x + x), min(box.y, box.y + y)
    return after, Box(left, top, box.width + abs(x), box.height + abs(y))


@pytest.mark.parametrize(("x", "y"), [(1, 0), (0, -1), (2, -1), (-3, 3)])
def test_content_that_moved_is_found_at_its_least_motion(x: int, y: int) -> None:
    a = page()
    b, box = moved(a, Box(20, 40, 75, 4), x, y)
    far = max(abs(x), abs(y))
    assert motion(box, paired(a, b), far) == motion(box, paired(b, a), far) == far
    assert motion(box, paired(a, b), far + 5) == far
    assert far == 1 or motion(box, paired(a, b), far - 1) is None


def test_what_appeared_or_disappeared_did_not_move() -> None:
    a = page()
    b = a.copy()
    b[50:53, 120:123] = 0
    for pair in (paired(a, b), paired(b, a)):
        assert motion(Box(120, 50, 3, 3), pair, 32) is None


@pytest.mark.parametrize("levels", [2, 5, 40])
def test_a_shade_did_not_move(levels: int) -> None:
    a = page()
    b = a.copy()
    b[35:60, 100:140] -= np.uint8(levels)
    assert motion(Box(100, 35, 40, 25), paired(a, b), 32) is None


def test_content_that_moved_and_changed_is_not_found() -> None:
    a = page()
    b, box = moved(a, Box(20, 40, 75, 4), 1, 0)
    b[41, 50] = (90, 60, 40)
    assert motion(box, paired(a, b), 3) is None
    b[41, 50] = a[41, 49] + 3
    assert motion(box, paired(a, b), 3) == 1, "colours may be rounded differently"


def test_at_the_edge_of_the_picture_the_ground_goes_on() -> None:
    a = np.full((40, 60, 3), 240, np.uint8)
    a[:6, 10:30] = 30
    b = np.full_like(a, 240)
    b[:6, 12:32] = 30
    assert motion(Box(10, 0, 22, 6), paired(a, b), 2) == 2


def test_a_very_large_region_does_not_pass() -> None:
    a = scene(2000, 1200)
    b = np.roll(a, 1, axis=1)
    assert motion(Box(10, 10, 1980, 1180), paired(a, b), 1) is None
    assert motion(Box(10, 10, 900, 600), paired(a, b), 1) == 1
