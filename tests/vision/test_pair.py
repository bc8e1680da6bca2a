from dataclasses import replace

import numpy as np

from app.vision.pair import Pair, on_white, once_per_pair
from tests.pictures import changed_scene, scene

VALID = np.ones((160, 240), np.bool_)


def test_on_white_is_the_rounded_blend_for_every_level_and_every_alpha() -> None:
    level, alpha = np.meshgrid(np.arange(256), np.arange(256))
    rgb = np.repeat(level[..., None], 3, axis=2).astype(np.uint8)
    expected = np.rint(level * (alpha / 255) + 255 * (1 - alpha / 255))
    assert (on_white(rgb, alpha.astype(np.uint8)) == expected[..., None]).all()


def test_without_alpha_nothing_is_copied() -> None:
    picture = scene()
    assert on_white(picture, None) is picture


def test_unequal_counts_every_channel() -> None:
    assert not Pair(scene(), scene(), None, None, VALID).unequal.any()
    assert Pair(scene(), changed_scene(), None, None, VALID).unequal.any()


def test_transparency_is_a_difference_and_opaque_alpha_is_none() -> None:
    opaque = np.full((160, 240), 255, np.uint8)
    hole = opaque.copy()
    hole[10:20, 10:20] = 0
    assert not Pair(scene(), scene(), opaque, None, VALID).unequal.any()
    assert np.count_nonzero(Pair(scene(), scene(), hole, None, VALID).unequal) == 100


def test_gray_is_luma() -> None:
    pair = Pair(scene(), scene(), None, None, VALID)
    expected = scene() @ np.array([0.299, 0.587, 0.114])
    assert np.abs(pair.gray_a - expected).max() <= 1


def test_what_a_function_derives_once_per_pair_is_kept_with_the_pair_and_not_with_its_copies() -> None:
    asked = []

    @once_per_pair
    def derived(pair: Pair) -> int:
        asked.append(pair)
        return len(asked)

    first, second = (Pair(scene(), scene(), None, None, VALID) for _ in range(2))
    assert [derived(first), derived(first), derived(second), derived(replace(first))] == [1, 1, 2, 3]
