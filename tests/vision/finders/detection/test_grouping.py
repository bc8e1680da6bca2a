import numpy as np
import pytest

from app.vision.arrays import Mask
from app.vision.finders.detection.grouping import close, finding, outer_boxes
from app.vision.region import Box


def mask(*boxes: Box) -> Mask:
    drawn = np.zeros((60, 80), np.bool_)
    for box in boxes:
        drawn[box.slices] = True
    return drawn


@pytest.mark.parametrize("reach", [1, 2, 5])
def test_closing_joins_parts_up_to_twice_its_reach_apart(reach: int) -> None:
    left = Box(10, 10, 8, 8)
    for gap, pieces in ((2 * reach, 1), (2 * reach + 1, 2)):
        right, below = Box(18 + gap, 10, 8, 8), Box(10, 18 + gap, 8, 8)
        assert len(outer_boxes(close(mask(left, right), reach))) == pieces
        assert len(outer_boxes(close(mask(left, below), reach))) == pieces


def test_closing_keeps_set_pixels_and_the_outline_of_a_rectangle() -> None:
    box = Box(10, 10, 30, 20)
    np.testing.assert_array_equal(close(mask(box), 5), mask(box))
    dots = np.random.default_rng(1).random((60, 80)) < 0.05
    assert close(dots, 3)[dots].all()
    assert not close(mask(), 3).any()


def test_closing_does_not_stick_to_the_border() -> None:
    for box in (Box(2, 20, 10, 10), Box(68, 20, 10, 10), Box(20, 2, 10, 10), Box(20, 48, 10, 10), Box(0, 0, 80, 60)):
        np.testing.assert_array_equal(close(mask(box), 5), mask(box))


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (3, 3)])
def test_the_smallest_masks_close_with_a_reach_beyond_them(shape: tuple[int, int]) -> None:
    full = np.ones(shape, np.bool_)
    np.testing.assert_array_equal(close(full, 24), full)
    np.testing.assert_array_equal(close(~full, 24), ~full)


def test_boxes_are_those_of_outer_contours_and_not_of_parts_in_holes() -> None:
    ring, dot = Box(10, 10, 40, 30), Box(60, 50, 1, 1)
    drawn = mask(ring, dot)
    drawn[15:35, 15:45] = False
    drawn[20:25, 20:25] = True
    assert sorted(outer_boxes(drawn), key=lambda box: box.x) == [ring, dot]
    assert outer_boxes(mask()) == []


def test_parts_that_touch_at_a_corner_share_a_box() -> None:
    assert outer_boxes(mask(Box(10, 10, 5, 5), Box(15, 15, 5, 5))) == [Box(10, 10, 10, 10)]


def test_regions_count_the_changed_pixels_in_the_box_with_their_mean_evidence_the_most_change_first() -> None:
    faint, strong, empty = Box(0, 0, 30, 10), Box(40, 20, 20, 20), Box(70, 50, 5, 5)
    changed = mask(faint, strong)
    changed[20:30, 40:50] = False
    evidence = np.zeros((60, 80), np.uint8)
    evidence[faint.slices], evidence[strong.slices] = 51, 204
    evidence[20:30, 40:50] = 7  # not changed, so that it does not count
    found = finding([empty, faint, strong], changed, evidence, "name")
    assert [region.box for region in found.regions] == [strong, faint, empty]
    assert [region.changed_pixels for region in found.regions] == [300, 300, 0]
    assert [region.score for region in found.regions] == pytest.approx([0.8, 0.2, 0])
    assert {region.found_by for region in found.regions} == {("name",)}
    np.testing.assert_array_equal(found.mask, changed)
    np.testing.assert_array_equal(found.evidence, evidence)
