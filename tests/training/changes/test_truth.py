import cv2
import numpy as np
import pytest

from tests.pictures import textured
from training.changes.truth import difference, known_change, still_there, truth

SIDE = 160
SCENE = textured(SIDE, SIDE)


def test_the_truth_of_equal_scenes_is_that_nothing_changed() -> None:
    changed, sure = truth(SCENE, SCENE)
    assert not changed.any()
    assert sure.all()
    assert not known_change(SCENE, SCENE).any()


def test_the_truth_is_where_pixels_plainly_differ() -> None:
    after = SCENE.copy()
    after[40:80, 50:90] = 255 - after[40:80, 50:90]
    after[120:123, 120:123] ^= 128  # a speck
    changed, sure = truth(SCENE, after)
    assert changed[45:75, 55:85].mean() > 0.95
    assert not changed[:30].any()
    assert not changed[115:].any()
    assert not sure[118:125, 118:125].all()
    assert sure[:30].all()


def test_a_line_one_pixel_wide_is_a_change_that_is_sure() -> None:
    after = SCENE.copy()
    after[30:120, 80] = 255 - after[30:120, 80] // 2
    changed, sure = truth(SCENE, after)
    assert changed[35:115, 80].mean() > 0.7
    assert sure[changed].all()


@pytest.mark.parametrize("levels", [20, 40, 60])
def test_a_line_of_low_contrast_is_known_where_it_was_drawn(levels: int) -> None:
    flat = np.full((SIDE, SIDE, 3), 120, np.uint8)
    after = flat.copy()
    cv2.line(after, (20, 30), (130, 90), (120 + levels,) * 3, 1)
    changed = known_change(flat, after)
    assert changed[difference(flat, after) > 0].all()
    assert changed.mean() < 0.03


def test_a_known_speck_counts_and_a_single_pixel_does_not() -> None:
    after = SCENE.copy()
    after[50:53, 50:53] ^= 128
    after[100, 100] ^= 128
    changed = known_change(SCENE, after)
    assert changed[50:53, 50:53].all()
    assert not changed[90:110, 90:110].any()


def test_a_change_that_was_undone_is_none() -> None:
    changed = np.zeros((SIDE, SIDE), np.bool_)
    changed[20:40, 20:40] = changed[100:120, 100:120] = True
    apart = np.zeros((SIDE, SIDE), np.uint8)
    apart[20:40, 20:40] = 50
    left = still_there(changed, apart)
    assert left[20:40, 20:40].all()
    assert not left[60:].any()
