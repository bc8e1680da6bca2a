import numpy as np
import pytest

from tests.pictures import textured
from training.changes import CHANGES, ODDS, Change, apply_some, draw, move, place, scratch, truth

SIDE = 160
SCENE, OTHER = textured(SIDE, SIDE), textured(SIDE * 2, SIDE * 2)[SIDE:, SIDE:]


def test_every_change_has_its_odds() -> None:
    assert len(ODDS) == len(CHANGES)
    assert ODDS.sum() == pytest.approx(1)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_in_its_place_and_nowhere_else(change: Change) -> None:
    seen = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        shape = place(SIDE, rng)
        before = SCENE.copy()
        after = change(SCENE, shape, OTHER, rng)
        np.testing.assert_array_equal(before, SCENE)
        assert after.shape == SCENE.shape
        assert after.dtype == np.uint8
        if change not in (draw, move, scratch):  # they put something elsewhere, too
            np.testing.assert_array_equal(after[shape == 0], SCENE[shape == 0])
        seen += bool((after != SCENE).any())
    assert seen >= 6


def test_the_truth_of_equal_scenes_is_that_nothing_changed() -> None:
    changed, sure = truth(SCENE, SCENE)
    assert not changed.any()
    assert sure.all()


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


def test_some_changes_are_reported_with_their_truth() -> None:
    shares = []
    for seed in range(20):
        after, changed, sure = apply_some(SCENE, OTHER, np.random.default_rng(seed))
        assert (after != SCENE).any(axis=2)[changed & sure].mean() > 0.7 if changed.any() else True
        assert not (after != SCENE).any(axis=2)[sure & ~changed].mean() > 0.2
        shares.append(changed.mean())
    assert 0.005 < np.median(shares) < 0.3


def test_a_line_one_pixel_wide_is_a_change_that_is_sure() -> None:
    after = SCENE.copy()
    after[30:120, 80] = 255 - after[30:120, 80] // 2
    changed, sure = truth(SCENE, after)
    assert changed[35:115, 80].mean() > 0.7
    assert sure[changed].all()
