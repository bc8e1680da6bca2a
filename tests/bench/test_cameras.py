import numpy as np
import pytest

from bench.cameras import CAMERAS, bend_radially
from tests.pictures import textured

SCENE = textured(320, 240)[..., ::-1].copy()


@pytest.mark.parametrize("name", CAMERAS)
def test_a_condition_changes_the_pixels_in_the_same_way_each_time(name: str) -> None:
    once, again = (CAMERAS[name](SCENE.copy()) for _ in range(2))
    assert once.dtype == np.uint8
    assert once.shape[2] == 3
    assert sorted(once.shape) == sorted(SCENE.shape)
    np.testing.assert_array_equal(once, again)
    assert once.shape != SCENE.shape or (once != SCENE).any()


def test_a_pincushion_moves_places_outwards_and_keeps_the_middle() -> None:
    canvas = np.zeros((201, 301, 3), np.uint8)
    canvas[100, 150] = canvas[40, 60] = 255
    bent = bend_radially(canvas, -0.08)[..., 0]
    assert bent[100, 150] > 200
    y, x = np.unravel_index(np.where(np.add.outer(np.arange(201), np.arange(301)) < 180, bent, 0).argmax(), bent.shape)
    assert x < 60
    assert y < 40
