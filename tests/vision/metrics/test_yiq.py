import itertools

import numpy as np
import pytest

from app.vision.arrays import UInt8
from app.vision.metrics.yiq import (
    ESTIMATE_ERROR,
    MAX_DISTANCE,
    _estimate_distance,
    brightness,
    colour_distance,
    differs,
    max_step_below_threshold,
)


def rgba(*pixels: tuple[int, int, int, int]) -> UInt8:
    return np.array(pixels, np.uint8)


def palette(seed: int, opaque: bool) -> UInt8:
    colours = np.random.default_rng(seed).integers(0, 256, (4096, 4), np.uint8)
    if opaque:
        colours[..., 3] = 255
    return colours


def test_black_and_white_differ_in_brightness_alone() -> None:
    # Y, I and Q of white are 255, 0 and 0: the distance is 0.5053 · 255².
    distance = colour_distance(rgba((0, 0, 0, 255)), rgba((255, 255, 255, 255)))
    assert distance == pytest.approx(0.5053 * 255**2, abs=1e-3)


def test_values_calculated_by_hand() -> None:
    # Red 100 against black: (29.889531, 59.597799, 21.147017). Blue 10 darker: a tenth of (11.448223, …), squared.
    a = rgba((100, 0, 0, 255), (5, 6, 20, 255))
    b = rgba((0, 0, 0, 255), (5, 6, 10, 255))
    red = 0.5053 * 29.889531**2 + 0.299 * 59.597799**2 + 0.1957 * 21.147017**2
    blue = 0.5053 * 1.1448223**2 + 0.299 * 3.2180189**2 + 0.1957 * 3.1114694**2
    assert colour_distance(a, b) == pytest.approx([red, blue], rel=1e-12)


def test_no_distance_exceeds_the_maximum() -> None:
    # The distance is convex, so its maximum is between two corners of the colour cube.
    corners = rgba(*((r, g, b, 255) for r, g, b in itertools.product((0, 255), repeat=3)))
    furthest = colour_distance(corners[:, None], corners[None]).max()
    assert MAX_DISTANCE - 1 < furthest <= MAX_DISTANCE


@pytest.mark.parametrize("opaque", [True, False])
def test_distances_are_positive_symmetric_and_zero_for_equal_colours(opaque: bool) -> None:
    a, b = palette(1, opaque), palette(2, opaque)
    assert not colour_distance(a, a).any()
    assert np.array_equal(colour_distance(a, b), colour_distance(b, a))
    assert (colour_distance(a, b) > 0).all()


def test_transparent_pixels_equal_white() -> None:
    glass, paper = rgba((10, 200, 30, 0)), rgba((255, 255, 255, 255))
    assert colour_distance(glass, paper) == 0
    assert brightness(glass) == brightness(paper) == pytest.approx(255)
    # Black at alpha 102 of 255 covers two fifths of the page.
    assert brightness(rgba((0, 0, 0, 102))) == pytest.approx(255 * 0.6)


@pytest.mark.parametrize("opaque", [True, False])
def test_the_fast_estimate_is_within_its_error_bound(opaque: bool) -> None:
    a, b = palette(3, opaque), palette(4, opaque)
    assert np.abs(_estimate_distance(a[None], b[None])[0] - colour_distance(a, b)).max() < ESTIMATE_ERROR / 2


@pytest.mark.parametrize("opaque", [True, False])
def test_the_threshold_is_exact_to_the_last_bit(opaque: bool) -> None:
    a, b = palette(5, opaque), palette(6, opaque)
    distance = colour_distance(a, b)
    on_the_threshold = np.sqrt(distance[:16] / MAX_DISTANCE)
    for threshold in [0.0, 0.1, 1.0, *on_the_threshold, *np.nextafter(on_the_threshold, 0)]:
        assert np.array_equal(differs(a, b, None, threshold), distance > MAX_DISTANCE * threshold * threshold)


def test_at_threshold_zero_the_smallest_step_differs_and_equal_pixels_do_not() -> None:
    a = rgba((7, 7, 7, 255), (7, 7, 7, 255), (9, 9, 9, 0))
    b = rgba((7, 7, 7, 255), (7, 7, 8, 255), (1, 2, 3, 0))
    assert differs(a, b, None, 0).tolist() == [False, True, False]


def test_the_maximum_step_follows_from_the_weights() -> None:
    steps = [max_step_below_threshold(threshold) for threshold in (0, 0.1, 1)]
    assert steps == [0, 17, 175]  # 35215 = 1.1439 x 175.46²


@pytest.mark.parametrize("threshold", [0.02, 0.1, 0.5, 1.0])
def test_no_step_up_to_the_maximum_differs(threshold: float) -> None:
    step = max_step_below_threshold(threshold)
    a = palette(9, opaque=True)
    b = np.clip(a + np.random.default_rng(9).choice([-step, step], a.shape), 0, 255).astype(np.uint8)
    b[..., 3] = 255
    assert not differs(a, b, None, threshold).any()
