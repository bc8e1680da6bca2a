import cv2
import numpy as np
import pytest

from app.vision.alignment.residual_flow import estimate, warp
from app.vision.arrays import Float32, Float64, UInt8
from tests.pictures import resized, shifted, textured

WIDTH, HEIGHT = 640, 480
EVERYWHERE = np.ones((HEIGHT, WIDTH), np.bool_)
INSIDE = np.s_[20:-20, 20:-20]
Y, X = np.indices((HEIGHT, WIDTH), np.float64)


def bend(x: Float64, y: Float64, by: float) -> tuple[Float64, Float64]:
    """A smooth field of up to `by` pixels each way."""
    turns_x, turns_y = 2 * np.pi * x / WIDTH, 2 * np.pi * y / HEIGHT
    return by * np.sin(turns_x) * np.cos(turns_y / 2), by * np.cos(turns_x / 2) * np.sin(turns_y)


def places_in_b(by: float) -> Float64:
    """How far each pixel of A lies off in the bent picture: the field's inverse, by fixed-point iteration."""
    drift = np.zeros((2, HEIGHT, WIDTH))
    for _ in range(10):
        drift = -np.stack(bend(X + drift[0], Y + drift[1], by))
    return np.moveaxis(drift, 0, -1)


def estimated(a: UInt8, b: UInt8) -> Float32:
    drift = estimate(a, b, np.ones(a.shape[:2], np.bool_))
    assert drift is not None
    return drift


def with_thing(picture: UInt8, x: int) -> UInt8:
    """A checkered square, the strongest corners of all."""
    squares = np.random.default_rng(1).integers(0, 256, (8, 8, 3), np.uint8)
    drawn = picture.copy()
    drawn[220:260, x : x + 40] = cv2.resize(squares, (40, 40), interpolation=cv2.INTER_NEAREST)
    return drawn


def test_a_bent_picture_comes_back() -> None:
    a, b = textured(), shifted(textured(), *bend(X, Y, 4))
    off = np.linalg.norm(estimated(a, b) - places_in_b(4), axis=2)
    assert np.quantile(off, 0.9) < 0.7
    assert off[INSIDE].max() < 1
    followed, known = warp(a, b, EVERYWHERE)
    assert cv2.absdiff(followed, a)[INSIDE].mean() < 0.25 * cv2.absdiff(b, a)[INSIDE].mean()
    assert known[INSIDE].all()


def test_the_way_back_is_the_opposite_way() -> None:
    a, b = textured(), shifted(textured(), -3, 2)
    there, back = estimated(a, b)[INSIDE], estimated(b, a)[INSIDE]
    np.testing.assert_allclose(there, np.broadcast_to([3, -2], there.shape), atol=0.5)
    np.testing.assert_allclose(back, -there, atol=0.3)


@pytest.mark.parametrize("by", [5, 8, 14])
def test_a_thing_that_moved_by_itself_is_not_followed(by: int) -> None:
    a, b = with_thing(textured(), 300), with_thing(textured(), 300 + by)
    assert np.abs(estimated(a, b)).max() < 0.2
    assert warp(a, b, EVERYWHERE)[0] is b


def test_equal_pictures_stay_untouched() -> None:
    a, b = textured(), textured()
    assert np.abs(estimated(a, b)).max() < 1e-3
    assert warp(a, b, EVERYWHERE)[0] is b


def test_what_came_from_where_b_has_no_pixels_is_not_known() -> None:
    b = shifted(textured(), -3, 0)
    valid = EVERYWHERE.copy()
    valid[:, :100] = valid[:, 500:] = False
    _, known = warp(textured(), b, valid)
    assert not known[:, 498:].any()
    assert known[:, 102:494].all()
    assert not known[~valid].any()


def test_large_pictures_drift_in_their_own_pixels() -> None:
    a = resized(textured(), 1280, 960)
    drift = estimated(a, shifted(a, -6, 0))
    assert drift.shape == (960, 1280, 2)
    np.testing.assert_allclose(np.median(drift, axis=(0, 1)), [6, 0], atol=0.5)


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (480, 640)])
def test_without_corners_nothing_is_followed(shape: tuple[int, int]) -> None:
    flat, valid = np.full((*shape, 3), 90, np.uint8), np.ones(shape, np.bool_)
    assert estimate(flat, flat, valid) is None
    assert warp(flat, flat, valid)[0] is flat
    assert estimate(textured(), textured(), ~EVERYWHERE) is None
