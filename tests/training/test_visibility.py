import numpy as np

from app.vision.arrays import UInt8
from tests.pictures import textured
from training.visibility import visible

SCENE = textured(160, 160)
PLACE = slice(60, 90), slice(60, 90)


def changed_by(levels: tuple[int, int, int]) -> UInt8:
    after = SCENE.astype(int)
    after[PLACE] += levels
    return np.asarray(np.clip(after, 0, 255), np.uint8)


def noisy(picture: UInt8, sigma: float) -> UInt8:
    noise = np.random.default_rng(0).normal(0, sigma, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def test_a_faint_change_is_visible_in_clean_pictures_and_not_in_noise() -> None:
    scenes = SCENE, changed_by((14, 14, 14))
    assert visible(scenes, scenes, False)[PLACE].mean() > 0.8
    assert visible(scenes, (SCENE, noisy(scenes[1], 60)), False)[PLACE].mean() < 0.2


def test_a_strong_change_is_visible_in_noise() -> None:
    scenes = SCENE // 2, SCENE // 2
    scenes[1][PLACE] = 255 - scenes[0][PLACE]
    assert visible(scenes, (scenes[0], noisy(scenes[1], 20)), False)[PLACE].mean() > 0.9


def test_a_change_of_the_hue_alone_is_not_visible_without_colours() -> None:
    flat = np.full((160, 160, 3), 120, np.uint8)
    other = flat.copy()
    other[PLACE] = (230, 107, 104)  # as light as before
    assert visible((flat, other), (flat, other), False)[PLACE].mean() > 0.8
    assert not visible((flat, other), (flat, other), True).any()
