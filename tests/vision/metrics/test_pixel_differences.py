import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from app.vision.analyses.pixel import fullest_window
from app.vision.arrays import UInt8
from app.vision.metrics.pixel_differences import ColourDistance, differences
from tests.pictures import paired, smoothed_lines

Pictures = tuple[UInt8, UInt8]


def blank(height: int, width: int) -> UInt8:
    return np.full((height, width, 3), 250, np.uint8)


def pattern(height: int, width: int, colours: list[tuple[int, ...]], seed: int) -> UInt8:
    """A few colours in a pattern that is the same on every machine."""
    y, x = np.mgrid[:height, :width]
    index = (x * x * 3 + y * y * 5 + x * y * 7 + (x + 2 * y) // 3 * seed) // 4 % len(colours)
    picture: UInt8 = np.array(colours, np.uint8).take(index, axis=0)
    return picture


def moved_disc() -> Pictures:
    a, b = blank(40, 40), blank(40, 40)
    cv2.circle(a, (19, 20), 11, (200, 30, 60), -1, cv2.LINE_AA)
    cv2.circle(b, (20, 20), 11, (200, 30, 60), -1, cv2.LINE_AA)
    return a, b


def antialiased_ellipse() -> Pictures:
    a, b = blank(50, 70), blank(50, 70)
    cv2.ellipse(a, (35, 25), (28, 15), 20, 0, 360, (0, 90, 160), -1, cv2.LINE_AA)
    cv2.ellipse(b, (35, 25), (28, 15), 20, 0, 360, (0, 90, 160), -1, cv2.LINE_8)
    return a, b


def crossing_the_border() -> Pictures:
    a, b = blank(12, 30), blank(12, 30)
    cv2.circle(a, (2, 2), 9, (10, 120, 10), -1, cv2.LINE_AA)
    cv2.circle(b, (3, 1), 9, (10, 120, 10), -1, cv2.LINE_AA)
    cv2.line(b, (12, 11), (29, 6), (90, 0, 0), 1, cv2.LINE_AA)
    return a, b


def many_discs() -> Pictures:
    """Larger than one tile, with edges across the borders of tiles."""
    a, b = np.full((700, 500, 3), 20, np.uint8), np.full((700, 500, 3), 20, np.uint8)
    for n in range(400):
        x, y, r, c = n * 37 % 500, n * 101 % 700, 4 + n % 17, (n * 53 % 256, n * 97 % 256, n * 29 % 256)
        cv2.circle(a, (x, y), r, c, -1, cv2.LINE_AA)
        cv2.circle(b, (x + n % 3 // 2, y), r, c, -1, cv2.LINE_AA)
    return a, b


def three_colours() -> Pictures:
    colours: list[tuple[int, ...]] = [(0, 0, 0), (0, 0, 0), (255, 255, 255), (128, 120, 130)]
    return pattern(33, 21, colours, 5), pattern(33, 21, colours, 6)


def half_transparent() -> Pictures:
    colours: list[tuple[int, ...]] = [(0, 0, 0, 255), (0, 0, 0, 0), (250, 40, 90, 128), (255, 255, 255, 254)]
    return pattern(17, 40, colours, 3), pattern(17, 40, colours, 4)


def equal_looking_grays(height: int, width: int) -> Callable[[], Pictures]:
    """Grays that look equal on white: one is opaque, the others are partly transparent."""
    same: list[tuple[int, ...]] = [(155, 155, 155, 255), (0, 0, 0, 100), (105, 105, 105, 170)]
    colours = [*same, *[(0, 0, 0, 255), (250, 250, 250, 255)] * 2, (0, 0, 0, 255)]
    return lambda: (pattern(height, width, colours, 2), pattern(height, width, colours, 3))


def ribbon(height: int, width: int) -> Callable[[], Pictures]:
    colours: list[tuple[int, ...]] = [(10, 10, 10), (240, 240, 240), (10, 10, 10), (100, 100, 100)]
    return lambda: (pattern(height, width, colours, 7), pattern(height, width, colours, 11))


# The counts are those of pixelmatch 5.3.0 and of 8.0.0 with their defaults and this threshold.
FIXTURES: list[tuple[Callable[[], Pictures], float, int, int]] = [
    (smoothed_lines, 0.1, 92, 92),
    (smoothed_lines, 0.02, 93, 93),
    (moved_disc, 0.1, 4, 4),
    (moved_disc, 0.0, 5, 5),
    (antialiased_ellipse, 0.05, 0, 0),
    (crossing_the_border, 0.05, 20, 20),
    (crossing_the_border, 0.3, 14, 15),
    (many_discs, 0.1, 657, 728),
    (three_colours, 0.1, 389, 389),
    (three_colours, 0.5, 187, 389),
    (half_transparent, 0.1, 402, 442),
    (half_transparent, 0.0, 402, 457),
    (equal_looking_grays(30, 50), 0.1, 1073, 1113),
    (equal_looking_grays(3, 400), 0.1, 764, 802),
    (ribbon(1, 1), 0.1, 0, 0),
    (ribbon(1, 60), 0.1, 37, 37),
    (ribbon(60, 1), 0.1, 35, 35),
    (ribbon(2, 60), 0.1, 64, 64),
]


@pytest.mark.parametrize(("draw", "threshold", "yiq", "oklab"), FIXTURES)
def test_different_pixels_are_counted_exactly(
    draw: Callable[[], Pictures], threshold: float, yiq: int, oklab: int
) -> None:
    counts: dict[ColourDistance, int] = {"yiq": yiq, "oklab": oklab}
    for distance, count in counts.items():
        different, antialiased = differences(paired(*draw()), threshold, distance)
        assert np.count_nonzero(different) == count
        assert not (different & antialiased).any()


@pytest.mark.parametrize("name", [f"pixelmatch_{n}" for n in range(1, 8)])
def test_screenshots_are_counted_exactly(shared: Path, name: str) -> None:
    data = shared / "data"
    (case,) = (c for c in json.loads((data / "manifest.json").read_text())["ui"] if c["name"] == name)
    a, b = (np.array(Image.open(data / case[side]).convert("RGBA")) for side in "ab")
    yiq, _ = differences(paired(a, b), case["threshold"], "yiq")
    oklab, _ = differences(paired(a, b), case["threshold"], "oklab")
    assert np.count_nonzero(yiq) == case["pixelmatch_5_3_0_count"]
    assert np.count_nonzero(oklab) == case["pixelmatch_8_0_0_count"]
    by_default, _ = differences(paired(a, b), 0.1)
    assert np.count_nonzero(by_default) == case["pixelmatch_8_0_0_count_default"]
    assert fullest_window(by_default) == case["pixelmatch_8_0_0_window_16"]


@pytest.mark.parametrize("draw", [smoothed_lines, many_discs, half_transparent])
def test_equal_pictures_have_no_differences(draw: Callable[[], Pictures]) -> None:
    a, _ = draw()
    different, antialiased = differences(paired(a, a), 0)
    assert not different.any()
    assert not antialiased.any()


@pytest.mark.parametrize("draw", [smoothed_lines, many_discs, crossing_the_border, half_transparent])
def test_the_order_of_the_pictures_does_not_matter(draw: Callable[[], Pictures]) -> None:
    a, b = draw()
    forward, backward = differences(paired(a, b), 0.1), differences(paired(b, a), 0.1)
    np.testing.assert_array_equal(forward, backward)


def test_an_anti_aliased_edge_is_not_a_difference() -> None:
    different, antialiased = differences(paired(*antialiased_ellipse()), 0.05)
    a, b = antialiased_ellipse()
    assert not different.any()
    assert antialiased.any()
    assert (a != b).any(axis=2)[antialiased].all()


def test_invalid_pixels_do_not_differ() -> None:
    a, b = smoothed_lines()
    valid = np.ones(a.shape[:2], np.bool_)
    valid[:30] = False
    everywhere, inside = differences(paired(a, b), 0.1), differences(paired(a, b, valid), 0.1)
    assert not inside[0][:30].any()
    assert not inside[1][:30].any()
    np.testing.assert_array_equal(inside[0][33:], everywhere[0][33:])


def test_on_white_what_became_transparent_is_no_difference() -> None:
    white, transparent = np.full((2, 5, 5, 4), 255, np.uint8)
    transparent[2, 2, 3] = 0
    assert not differences(paired(white, transparent), 0, "yiq")[0].any()
    transparent[2, 2, :3] = 0
    assert not differences(paired(white, transparent), 0, "yiq")[0].any()
    transparent[2, 2, 3] = 128
    assert np.argwhere(differences(paired(white, transparent), 0.1, "yiq")[0]).tolist() == [[2, 2]]


def test_on_grounds_of_several_colours_transparency_differs_and_hidden_colours_do_not() -> None:
    white = np.full((9, 9, 4), 255, np.uint8)
    clear = white.copy()
    clear[2:7, 2:7, 3] = 0
    assert np.count_nonzero(differences(paired(white, clear), 0.1)[0]) > 20  # all but where the ground is bright
    assert np.count_nonzero(differences(paired(white, clear), 0)[0]) == 25
    hidden = clear.copy()
    hidden[2:7, 2:7, :3] = 30
    assert not differences(paired(clear, hidden), 0)[0].any()
