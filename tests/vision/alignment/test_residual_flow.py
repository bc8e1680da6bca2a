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
    """A smooth displacement field of up to `by` pixels in each direction."""
    turns_x, turns_y = 2 * np.pi * x / WIDTH, 2 * np.pi * y / HEIGHT
    return by * np.sin(turns_x) * np.cos(turns_y / 2), by * np.cos(turns_x / 2) * np.sin(turns_y)


def true_flow(by: float) -> Float64:
    """The displacement of each pixel of A in the distorted picture: the inverse field, by fixed-point iteration."""
    flow = np.zeros((2, HEIGHT, WIDTH))
    for _ in range(10):
        flow = -np.stack(bend(X + flow[0], Y + flow[1], by))
    return np.moveaxis(flow, 0, -1)


def estimated(a: UInt8, b: UInt8) -> Float32:
    flow = estimate(a, b, np.ones(a.shape[:2], np.bool_))
    assert flow is not None
    return flow


def with_object(picture: UInt8, x: int) -> UInt8:
    """A square of random colours, whose corners are the strongest in the picture."""
    squares = np.random.default_rng(1).integers(0, 256, (8, 8, 3), np.uint8)
    drawn = picture.copy()
    drawn[220:260, x : x + 40] = cv2.resize(squares, (40, 40), interpolation=cv2.INTER_NEAREST)
    return drawn


def test_a_distorted_picture_is_warped_back() -> None:
    a, b = textured(), shifted(textured(), *bend(X, Y, 4))
    error = np.linalg.norm(estimated(a, b) - true_flow(4), axis=2)
    assert np.quantile(error, 0.9) < 0.7
    assert error[INSIDE].max() < 1
    warped, valid_after = warp(a, b, EVERYWHERE)
    assert cv2.absdiff(warped, a)[INSIDE].mean() < 0.25 * cv2.absdiff(b, a)[INSIDE].mean()
    assert valid_after[INSIDE].all()


def test_swapped_pictures_have_the_opposite_flow() -> None:
    a, b = textured(), shifted(textured(), -3, 2)
    forward, backward = estimated(a, b)[INSIDE], estimated(b, a)[INSIDE]
    np.testing.assert_allclose(forward, np.broadcast_to([3, -2], forward.shape), atol=0.5)
    np.testing.assert_allclose(backward, -forward, atol=0.3)


@pytest.mark.parametrize("by", [5, 8, 14])
def test_a_moving_object_does_not_affect_the_flow(by: int) -> None:
    a, b = with_object(textured(), 300), with_object(textured(), 300 + by)
    assert np.abs(estimated(a, b)).max() < 0.2
    assert warp(a, b, EVERYWHERE)[0] is b


def test_equal_pictures_are_unchanged() -> None:
    a, b = textured(), textured()
    assert np.abs(estimated(a, b)).max() < 1e-3
    assert warp(a, b, EVERYWHERE)[0] is b


def test_pixels_warped_from_outside_b_are_invalid() -> None:
    b = shifted(textured(), -3, 0)
    valid = EVERYWHERE.copy()
    valid[:, :100] = valid[:, 500:] = False
    _, valid_after = warp(textured(), b, valid)
    assert not valid_after[:, 498:].any()
    assert valid_after[:, 102:494].all()
    assert not valid_after[~valid].any()


def test_the_flow_of_large_pictures_is_in_their_own_pixels() -> None:
    a = resized(textured(), 1280, 960)
    flow = estimated(a, shifted(a, -6, 0))
    assert flow.shape == (960, 1280, 2)
    np.testing.assert_allclose(np.median(flow, axis=(0, 1)), [6, 0], atol=0.5)


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (480, 640)])
def test_pictures_without_corners_are_unchanged(shape: tuple[int, int]) -> None:
    flat, valid = np.full((*shape, 3), 90, np.uint8), np.ones(shape, np.bool_)
    assert estimate(flat, flat, valid) is None
    assert warp(flat, flat, valid)[0] is flat
    assert estimate(textured(), textured(), ~EVERYWHERE) is None
