import itertools

import numpy as np
import numpy.typing as npt
import pytest

from app.vision.arrays import UInt8
from app.vision.metrics.oklab import (
    ESTIMATE_ERROR,
    _estimate_distance,
    colour_distance,
    differs,
    max_step_below_threshold,
)


def rgba(*pixels: tuple[int, int, int, int]) -> UInt8:
    return np.array(pixels, np.uint8)


def colours(seed: int, opaque: bool = True, near: UInt8 | None = None) -> UInt8:
    random = np.random.default_rng(seed)
    values = random.integers(0, 256, (20_000, 4), np.uint8)
    if near is not None:
        values = np.clip(near.astype(int) + random.integers(-9, 10, near.shape), 0, 255).astype(np.uint8)
    if opaque:
        values[:, 3] = 255
    return values


def positions(count: int) -> npt.NDArray[np.uint32]:
    return np.arange(count, dtype=np.uint32)


def test_black_and_white_are_one_apart() -> None:
    assert colour_distance(rgba((0, 0, 0, 255)), rgba((255, 255, 255, 255)), None) == pytest.approx(1, abs=1e-6)


def test_published_coordinates() -> None:
    """Ottosson gives red as L 0.628, a 0.2249, b 0.1258; of black all three are 0. L_r of 0.628 is 0.5681."""
    distance = colour_distance(rgba((255, 0, 0, 255)), rgba((0, 0, 0, 255)), None)
    assert distance == pytest.approx(0.5681 + np.hypot(0.2249, 0.1258), abs=2e-4)


@pytest.mark.parametrize("opaque", [True, False])
def test_distances_are_symmetric_and_zero_for_equal_colours(opaque: bool) -> None:
    a, b = colours(1, opaque), colours(2, opaque)
    at = None if opaque else positions(len(a))
    assert not colour_distance(a, a, at).any()
    np.testing.assert_array_equal(colour_distance(a, b, at), colour_distance(b, a, at))


def test_the_fast_estimate_is_within_its_error_bound() -> None:
    for a, b in ((colours(3), colours(4)), (dark := colours(5) // 16 | rgba((0, 0, 0, 255)), colours(6, near=dark))):
        assert np.abs(_estimate_distance(a, b) - colour_distance(a, b, None)).max() < ESTIMATE_ERROR / 2


def test_the_threshold_is_exact_to_the_last_bit() -> None:
    a = colours(7)
    b = colours(8, near=a)
    distance = colour_distance(a, b, None)
    for threshold in (0.1, 1.0, *distance[:16], *np.nextafter(distance[:16], 0)):
        np.testing.assert_array_equal(differs(a, b, None, threshold), distance > threshold)


def test_at_threshold_zero_every_visible_step_differs() -> None:
    a = rgba((7, 7, 7, 255), (7, 7, 7, 255), (9, 9, 9, 0), (9, 9, 9, 0))
    b = rgba((7, 7, 7, 255), (7, 7, 8, 255), (1, 2, 3, 0), (9, 9, 9, 1))
    assert differs(a, b, positions(4), 0).tolist() == [False, True, False, True]


def test_no_colour_looks_like_its_transparent_copy_on_most_grounds() -> None:
    opaque = colours(9)
    clear = opaque.copy()
    clear[:, 3] = 0
    assert differs(opaque, clear, positions(len(opaque)), 0.1).mean() > 0.95
    white, glass = (np.tile(rgba((255, 255, 255, alpha)), (4096, 1)) for alpha in (255, 0))
    assert differs(white, glass, positions(4096), 0.1).mean() > 0.85


@pytest.mark.parametrize(("threshold", "step"), [(0.0, 0), (0.03, 0), (0.05, 0), (0.06, 1), (0.1, 6), (0.2, 26)])
def test_no_step_up_to_the_maximum_differs(threshold: float, step: int) -> None:
    assert max_step_below_threshold(threshold) == step
    every = np.unique(np.append(np.arange(40), np.arange(0, 256, 24)))
    a = np.array(np.meshgrid(every, every, every, 255), np.int16).reshape(4, -1).T
    for signs in itertools.product((-1, 0, 1), repeat=3):
        b = np.clip(a + step * np.array((*signs, 0)), 0, 255).astype(np.uint8)
        assert not differs(a.astype(np.uint8), b, None, threshold or 1e-12).any()
