import cv2
import numpy as np
import pytest

from tests.pictures import textured
from training.nuisance import AUGMENTATIONS, BAD, Nuisance, apply, augment, choose
from training.nuisance.files import jpeg
from training.nuisance.lens import BEND, bend_of_lens
from training.nuisance.light import night
from training.nuisance.tone import few_colours, gray_copy, sepia

SCENE = textured(160, 160)
ALL = [happen for _, happen in AUGMENTATIONS]


@pytest.mark.parametrize("happen", ALL)
def test_each_alters_the_picture_and_keeps_what_it_shows(happen: Nuisance) -> None:
    altered, alike = 0, []
    for seed in range(8):
        before = SCENE.astype(np.float32)
        after = happen(before.copy(), np.random.default_rng(seed))
        assert after.shape == before.shape
        assert after.dtype == np.float32
        assert np.isfinite(after).all()
        altered += bool(np.abs(after - before).max() > 1)
        alike.append(np.corrcoef(after.mean(2).ravel(), before.mean(2).ravel())[0, 1])
    assert altered >= 6
    assert np.median(alike) > 0.6


@pytest.mark.parametrize("happen", ALL)
def test_none_moves_what_the_picture_shows(happen: Nuisance) -> None:
    gray = SCENE.mean(axis=2).astype(np.float32)
    moved = []
    for seed in range(5):
        after = apply(SCENE, [happen], np.random.default_rng(seed))
        assert after.shape == SCENE.shape
        assert after.dtype == np.uint8
        (dx, dy), _ = cv2.phaseCorrelate(gray, after.mean(axis=2).astype(np.float32))
        moved.append(np.hypot(dx, dy))
    assert np.median(moved) < 1.5


def test_the_same_generator_disturbs_alike() -> None:
    for seed in range(6):
        one, same = (augment(SCENE, np.random.default_rng(seed)) for _ in range(2))
        np.testing.assert_array_equal(one, same)
        assert one.dtype == np.uint8


def test_two_things_happen_on_average_and_six_in_bad_conditions() -> None:
    counts = np.array([len(choose(np.random.default_rng(seed))) for seed in range(2000)])
    usual = sum(odds for odds, _ in AUGMENTATIONS)
    assert 1.8 < usual < 2.6
    assert counts.mean() == pytest.approx(usual * (1 - BAD + 3 * BAD), rel=0.1)


def test_no_picture_is_overexposed_that_was_not_so_before() -> None:
    bright = np.clip(SCENE.astype(int) + 60, 0, 235).astype(np.uint8)
    for seed in range(30):
        assert (augment(bright, np.random.default_rng(seed)) == 255).all(axis=2).mean() < 0.25


def test_a_lens_bends_by_its_limit_at_most() -> None:
    for seed in range(10):
        bend = bend_of_lens(160, np.random.default_rng(seed))
        assert bend.shape == (160, 160, 2)
        assert np.abs(bend).max() <= BEND
        assert np.abs(bend[75:85, 75:85]).max() < 0.1


def test_night_is_dark_and_gray_copies_have_no_colour() -> None:
    picture = SCENE.astype(np.float32)
    for seed in range(5):
        assert night(picture, np.random.default_rng(seed)).mean() < 0.7 * picture.mean()
        assert np.ptp(gray_copy(picture, np.random.default_rng(seed)), axis=2).max() < 1e-3
        brown = sepia(np.maximum(picture, 5), np.random.default_rng(seed))
        assert np.ptp(brown / brown.mean(axis=2, keepdims=True), axis=(0, 1)).max() < 0.05


def test_few_colours_are_few() -> None:
    counts = [len(np.unique(few_colours(SCENE.astype(np.float32), np.random.default_rng(seed)))) for seed in range(8)]
    assert max(counts) < 60


def test_some_jpegs_are_of_low_quality() -> None:
    picture = SCENE.astype(np.float32)
    losses = [np.abs(jpeg(picture, np.random.default_rng(seed)) - picture).mean() for seed in range(30)]
    assert max(losses) > 3 * min(losses)
