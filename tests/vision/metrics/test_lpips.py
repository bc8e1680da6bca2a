"""LPIPS is a distance and agrees with human perception."""

import cv2
import numpy as np
import pytest
import tensorflow as tf

from app.vision.arrays import Float32, UInt8
from app.vision.metrics.lpips import MAX_PIXELS, combined_map, distance_maps, lpips, mean_distance, stage_distances
from app.vision.networks.efficientnet_lite0 import architecture
from tests.pictures import changed_scene, scene


def distance(a: UInt8, b: UInt8) -> float:
    return mean_distance(distance_maps(a, b), np.ones(a.shape[:2], np.float32))


def as_tensor(picture: UInt8) -> Float32:
    return np.divide(picture, 255, dtype=np.float32)[None]


def test_identity_and_symmetry() -> None:
    assert distance(scene(), scene()) == pytest.approx(0, abs=1e-6)
    forth, back = distance(scene(), changed_scene()), distance(changed_scene(), scene())
    assert forth > 0.01
    assert forth == pytest.approx(back, rel=1e-4)


def test_equals_the_formula_of_the_paper() -> None:
    """Computed with NumPy: unit vectors, squared differences, means over positions, sum over stages."""
    a, b = (architecture().stages(as_tensor(picture)) for picture in (scene(), changed_scene()))
    expected = 0.0
    for stage in (0, 1, 2, 4, 6):
        u, v = (np.asarray(stages[stage][0], np.float64) for stages in (a, b))
        u, v = (x / np.linalg.norm(x, axis=-1, keepdims=True) for x in (u, v))
        expected += ((u - v) ** 2).sum(axis=-1).mean()
    assert distance(scene(), changed_scene()) == pytest.approx(expected, rel=1e-4)


def test_pixels_without_weight_are_ignored() -> None:
    maps = distance_maps(scene(), changed_scene())
    left = np.zeros(scene().shape[:2], np.float32)
    left[:, : scene().shape[1] // 2] = 1
    halves = mean_distance(maps, left), mean_distance(maps, 1 - left)
    assert np.mean(halves) == pytest.approx(distance(scene(), changed_scene()), rel=0.02)
    assert halves[0] != pytest.approx(halves[1], rel=0.1)


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (33, 31), (64, 64)])
def test_pictures_of_any_size(shape: tuple[int, int]) -> None:
    a = np.zeros((*shape, 3), np.uint8)
    maps = distance_maps(a, a + 255)
    assert [plane.shape for plane in maps] == [tuple(-(-side // by) for side in shape) for by in (2, 4, 8, 16, 32)]
    assert np.isfinite(combined_map(maps)).all()
    assert combined_map(maps).shape == maps[0].shape


def test_the_gradient_is_finite_for_zero_activations() -> None:
    b = tf.Variable(np.zeros((1, 40, 40, 3), np.float32))
    with tf.GradientTape() as tape:
        value = lpips(tf.zeros((1, 40, 40, 3)), b)
    assert np.isfinite(np.asarray(tape.gradient(value, b))).all()


def test_a_large_picture_is_reduced_first() -> None:
    large = cv2.resize(scene(), (1200, 900)).astype(np.uint8)
    other = cv2.resize(changed_scene(), (1200, 900)).astype(np.uint8)
    assert large.shape[0] * large.shape[1] > MAX_PIXELS
    small = [np.asarray(cv2.resize(p, (295, 221), interpolation=cv2.INTER_AREA), np.uint8) for p in (large, other)]
    assert float(lpips(as_tensor(large), as_tensor(other))) == pytest.approx(distance(small[0], small[1]), rel=0.05)
    assert len(stage_distances(as_tensor(small[0]), as_tensor(small[1]))) == 5
