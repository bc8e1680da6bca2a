import numpy as np
import pytest

from app.vision.arrays import Mask
from app.vision.finders.detection.dividing import MAX_PARTS, MAX_SHARE, divided
from app.vision.finders.detection.grouping import groups
from app.vision.region import Box

SIDE = 400
WHOLE = Box(0, 0, SIDE, SIDE)


def picture(*boxes: Box) -> Mask:
    mask = np.zeros((SIDE, SIDE), np.bool_)
    for box in boxes:
        mask[box.slices] = True
    return mask


def in_order(boxes: list[Box]) -> list[Box]:
    return sorted(boxes, key=lambda box: (box.y, box.x))


def test_each_of_seven_cars_that_stand_far_apart_gets_its_box() -> None:
    cars = [Box(10 + 130 * (i % 3), 10 + 150 * (i // 3), 60, 40) for i in range(7)]
    assert in_order(divided(WHOLE, picture(*cars), SIDE * SIDE)) == in_order(cars)


def test_a_ring_is_its_four_sides() -> None:
    ring = picture(WHOLE)
    ring[8:-8, 8:-8] = False
    boxes = divided(WHOLE, ring, SIDE * SIDE)
    assert 4 <= len(boxes) <= MAX_PARTS
    covered = picture(*boxes)
    assert covered[ring].all()
    assert covered.mean() < 0.2


def test_many_specks_get_few_boxes_none_of_which_is_large() -> None:
    random = np.random.default_rng(1)
    specks = np.zeros((SIDE, SIDE), np.bool_)
    specks[random.integers(0, SIDE, 900), random.integers(0, SIDE, 900)] = True
    boxes = divided(WHOLE, specks, SIDE * SIDE)
    assert 4 <= len(boxes) <= 2 * MAX_PARTS
    assert picture(*boxes)[specks].all()
    assert max(box.width * box.height for box in boxes) <= MAX_SHARE * SIDE * SIDE


@pytest.mark.parametrize("changed", [picture(WHOLE), picture(Box(0, 0, 400, 250))], ids=["whole", "dense"])
def test_what_is_dense_stays_one(changed: Mask) -> None:
    assert divided(WHOLE, changed, SIDE * SIDE) == [WHOLE]


def test_a_small_group_stays_one_however_sparse() -> None:
    box = Box(5, 7, 150, 150)
    corners = picture(Box(0, 0, 10, 10), Box(140, 140, 10, 10))[:150, :150]
    assert divided(box, corners, SIDE * SIDE) == [box]


def test_no_box_lies_in_another() -> None:
    mask = picture(Box(20, 20, 150, 12), Box(20, 20, 12, 150), Box(120, 120, 20, 20))
    assert groups(mask, 0.01, 12) == [Box(20, 20, 150, 150)]
