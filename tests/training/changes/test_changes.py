import cv2
import numpy as np
import pytest

from tests.pictures import scene, textured
from training.changes import KINDS, SHARES, Kind, apply, apply_some, place
from training.changes.objects import silhouette
from training.changes.surfaces import shadow_beneath
from training.changes.texts import edit_text
from training.changes.truth import FAINT, certain, difference

SIDE = 160
SCENE, OTHER = textured(SIDE, SIDE), textured(SIDE * 2, SIDE * 2)[SIDE:, SIDE:]
DRAWING = scene(SIDE, SIDE)


def test_every_kind_of_change_has_its_share() -> None:
    assert pytest.approx(1) == SHARES.sum()
    assert len({kind.change for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.change.__name__)
def test_a_change_alters_the_scene_in_its_place(kind: Kind) -> None:
    altered = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        shape = place(SIDE, rng)
        before = SCENE.copy()
        after = kind.change(SCENE, shape, OTHER, rng)
        np.testing.assert_array_equal(before, SCENE)
        assert after.shape == SCENE.shape
        assert after.dtype == np.uint8
        if kind.in_place:
            np.testing.assert_array_equal(after[shape == 0], SCENE[shape == 0])
        altered += bool((after != SCENE).any())
    assert altered >= 6


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.change.__name__)
def test_the_mask_of_a_change_covers_what_differs_and_little_else(kind: Kind) -> None:
    found = 0
    for seed in range(12):
        for picture in (SCENE, DRAWING):
            after, changed = apply(kind, picture, OTHER, np.random.default_rng(seed))
            apart = difference(picture, after)
            sure = certain(changed, apart)
            smooth = cv2.GaussianBlur(apart, (0, 0), 0.8)
            assert (smooth[sure & ~changed] < FAINT).all()
            if changed.any():
                assert apart[changed].mean() > 12
                assert (apart[changed] > 0).mean() > 0.5
                found += 1
    assert found >= 12


def test_the_same_generator_gives_the_same_changes() -> None:
    one, same, other = (apply_some(SCENE, OTHER, np.random.default_rng(seed)) for seed in (3, 3, 4))
    for part, again in zip(one, same, strict=True):
        np.testing.assert_array_equal(part, again)
    assert (one[0] != other[0]).any()


def test_some_changes_are_reported_with_their_truth() -> None:
    shares = []
    for seed in range(20):
        after, changed, sure = apply_some(SCENE, OTHER, np.random.default_rng(seed))
        apart = difference(SCENE, after)
        assert (apart > 0)[changed].mean() > 0.7 if changed.any() else True
        assert (cv2.GaussianBlur(apart, (0, 0), 0.8)[sure & ~changed] < FAINT).all()
        assert sure[changed].all()
        shares.append(changed.mean())
    assert 0.005 < np.median(shares) < 0.3


def test_shadows_beneath_things_darken_and_are_no_change() -> None:
    shape = np.zeros((SIDE, SIDE), np.float32)
    shape[60:90, 60:90] = 1
    shaded = shadow_beneath(SCENE, shape, np.random.default_rng(2))
    assert (shaded <= SCENE).all()
    assert shaded[60:90, 60:90].mean() < 0.9 * SCENE[60:90, 60:90].mean()
    put_down = next(kind for kind in KINDS if kind.shadow)
    flat = np.full_like(SCENE, 200)
    for seed in range(20):
        after, changed = apply(put_down, flat, OTHER, np.random.default_rng(seed))
        assert difference(flat, after)[changed].any() if changed.any() else True


def test_a_thing_is_cut_along_its_own_outline() -> None:
    content = np.full((SIDE, SIDE, 3), 200, np.uint8)
    content[70:90, 65:95] = (30, 60, 90)
    shape = np.zeros((SIDE, SIDE), np.float32)
    shape[60:100, 55:105] = 1
    outline = silhouette(content, shape)
    assert outline[73:87, 68:92].all()
    assert not outline[60:66].any()


def test_text_is_edited_where_the_scene_has_contrast() -> None:
    page = np.full((SIDE, SIDE, 3), 240, np.uint8)
    cv2.putText(page, "Total 1,024", (20, 80), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (20, 20, 20), 1)
    touched = 0
    for seed in range(12):
        after = edit_text(page, place(SIDE, np.random.default_rng(seed)), page, np.random.default_rng(seed))
        touched += bool((after != page)[60:95].any())
    assert touched >= 7
