import json
import math
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio

from app.vision.analyses import pixel
from app.vision.analysis import Unavailable
from app.vision.arrays import Mask, UInt8
from app.vision.options import Options
from app.vision.pair import Pair

Pictures = tuple[UInt8, UInt8]


def paired(a: UInt8, b: UInt8, valid: Mask | None = None) -> Pair:
    """A pair from RGB or RGBA pictures."""
    alphas = [p[..., 3].copy() if p.shape[2] == 4 else None for p in (a, b)]
    valid = np.ones(a.shape[:2], bool) if valid is None else valid
    return Pair(a[..., :3].copy(), b[..., :3].copy(), alphas[0], alphas[1], valid)


def blank(height: int, width: int) -> UInt8:
    return np.full((height, width, 3), 250, np.uint8)


def pattern(height: int, width: int, colours: list[tuple[int, ...]], seed: int) -> UInt8:
    """A few colours scattered in the same way on every machine."""
    y, x = np.mgrid[:height, :width]
    which = (x * x * 3 + y * y * 5 + x * y * 7 + (x + 2 * y) // 3 * seed) // 4 % len(colours)
    picture: UInt8 = np.array(colours, np.uint8).take(which, axis=0)
    return picture


def lines() -> Pictures:
    a = blank(60, 80)
    for end in range(0, 80, 9):
        cv2.line(a, (5, 3), (end, 57), (20, 30, 40), 1, cv2.LINE_AA)
    b = a.copy()
    cv2.line(b, (70, 2), (44, 50), (20, 30, 40), 2, cv2.LINE_AA)
    return a, b


def moved_disc() -> Pictures:
    a, b = blank(40, 40), blank(40, 40)
    cv2.circle(a, (19, 20), 11, (200, 30, 60), -1, cv2.LINE_AA)
    cv2.circle(b, (20, 20), 11, (200, 30, 60), -1, cv2.LINE_AA)
    return a, b


def smoothed_ellipse() -> Pictures:
    a, b = blank(50, 70), blank(50, 70)
    cv2.ellipse(a, (35, 25), (28, 15), 20, 0, 360, (0, 90, 160), -1, cv2.LINE_AA)
    cv2.ellipse(b, (35, 25), (28, 15), 20, 0, 360, (0, 90, 160), -1, cv2.LINE_8)
    return a, b


def over_the_border() -> Pictures:
    a, b = blank(12, 30), blank(12, 30)
    cv2.circle(a, (2, 2), 9, (10, 120, 10), -1, cv2.LINE_AA)
    cv2.circle(b, (3, 1), 9, (10, 120, 10), -1, cv2.LINE_AA)
    cv2.line(b, (12, 11), (29, 6), (90, 0, 0), 1, cv2.LINE_AA)
    return a, b


def many_discs() -> Pictures:
    """Wider and taller than one tile, with edges across the seams."""
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


def veils(height: int, width: int) -> Callable[[], Pictures]:
    """Grays that look the same and are not: one is opaque, the others let the page shine through."""
    same: list[tuple[int, ...]] = [(155, 155, 155, 255), (0, 0, 0, 100), (105, 105, 105, 170)]
    colours = [*same, *[(0, 0, 0, 255), (250, 250, 250, 255)] * 2, (0, 0, 0, 255)]
    return lambda: (pattern(height, width, colours, 2), pattern(height, width, colours, 3))


def ribbon(height: int, width: int) -> Callable[[], Pictures]:
    colours: list[tuple[int, ...]] = [(10, 10, 10), (240, 240, 240), (10, 10, 10), (100, 100, 100)]
    return lambda: (pattern(height, width, colours, 7), pattern(height, width, colours, 11))


# The counts are those of pixelmatch 5.3.0 with its defaults and this threshold.
FIXTURES: list[tuple[Callable[[], Pictures], float, int]] = [
    (lines, 0.1, 92),
    (lines, 0.02, 93),
    (moved_disc, 0.1, 4),
    (moved_disc, 0.0, 5),
    (smoothed_ellipse, 0.05, 0),
    (over_the_border, 0.05, 20),
    (over_the_border, 0.3, 14),
    (many_discs, 0.1, 657),
    (three_colours, 0.1, 389),
    (three_colours, 0.5, 187),
    (half_transparent, 0.1, 402),
    (half_transparent, 0.0, 402),
    (veils(30, 50), 0.1, 1073),
    (veils(3, 400), 0.1, 764),
    (ribbon(1, 1), 0.1, 0),
    (ribbon(1, 60), 0.1, 37),
    (ribbon(60, 1), 0.1, 35),
    (ribbon(2, 60), 0.1, 64),
]


@pytest.mark.parametrize(("draw", "threshold", "count"), FIXTURES)
def test_different_pixels_are_counted_exactly(draw: Callable[[], Pictures], threshold: float, count: int) -> None:
    a, b = draw()
    metrics = pixel.analyse(paired(a, b), Options(threshold=threshold)).metrics
    assert metrics["different_pixels"] == count
    assert metrics["pixel_match_rate"] == 1 - count / (a.shape[0] * a.shape[1])


@pytest.mark.parametrize("name", [f"pixelmatch_{n}" for n in range(1, 8)])
def test_screenshots_are_counted_exactly(shared: Path, name: str) -> None:
    data = shared / "data"
    (case,) = (c for c in json.loads((data / "manifest.json").read_text())["ui"] if c["name"] == name)
    a, b = (np.array(Image.open(data / case[side]).convert("RGBA")) for side in "ab")
    metrics = pixel.analyse(paired(a, b), Options(threshold=case["threshold"])).metrics
    assert metrics["different_pixels"] == case["pixelmatch_5_3_0_count"]


@pytest.mark.parametrize("draw", [lines, half_transparent])
def test_identity(draw: Callable[[], Pictures]) -> None:
    a, _ = draw()
    analysis = pixel.analyse(paired(a, a.copy()), Options(threshold=0))
    assert analysis.metrics == {
        "exact_match_rate": 1.0,
        "pixel_match_rate": 1.0,
        "different_pixels": 0,
        "mse": 0.0,
        "psnr": None,
    }
    assert analysis.reason == "PSNR is infinite: there is no error."


@pytest.mark.parametrize("draw", [lines, over_the_border, three_colours, half_transparent])
def test_symmetry(draw: Callable[[], Pictures]) -> None:
    a, b = draw()
    metrics = pixel.analyse(paired(a, b), Options()).metrics
    assert metrics == pixel.analyse(paired(b, a), Options()).metrics
    json.dumps(metrics, allow_nan=False)


@pytest.mark.parametrize(("metric", "reference"), [("mse", mean_squared_error), ("psnr", peak_signal_noise_ratio)])
def test_error_agrees_with_scikit_image(metric: str, reference: Callable[[UInt8, UInt8], float]) -> None:
    a, b = np.random.default_rng(2).integers(0, 256, (2, 90, 70, 3), np.uint8)
    analysis = pixel.analyse(paired(a, b), Options())
    assert analysis.metrics[metric] == pytest.approx(reference(a, b), rel=1e-12)
    assert analysis.reason is None


def test_the_largest_error_is_exact() -> None:
    black, white = np.zeros((2000, 1500, 3), np.uint8), np.full((2000, 1500, 3), 255, np.uint8)
    metrics = pixel.analyse(paired(black, white), Options()).metrics
    assert (metrics["mse"], metrics["psnr"], metrics["different_pixels"]) == (255.0**2, 0.0, 3_000_000)
    assert (metrics["exact_match_rate"], metrics["pixel_match_rate"]) == (0, 0)


def test_an_exact_match_includes_alpha_and_a_missing_one_is_opaque() -> None:
    a = np.full((1, 4, 4), 255, np.uint8)
    b = a.copy()
    b[0, 0, 3] = 254  # white on white: it looks the same and is not the same
    assert pixel.analyse(paired(a, b), Options()).metrics["exact_match_rate"] == 0.75
    assert pixel.analyse(paired(a[..., :3], b), Options()).metrics["exact_match_rate"] == 0.75
    assert pixel.analyse(paired(a[..., :3], b), Options(threshold=0)).metrics["different_pixels"] == 0


def test_only_valid_pixels_count() -> None:
    a, b = np.zeros((2, 5, 8, 3), np.uint8)
    b[:, :4] = 255
    b[0, 7] = 10
    valid = np.ones((5, 8), bool)
    valid[:, :4] = False
    analysis = pixel.analyse(paired(a, b, valid), Options(threshold=0))
    assert analysis.metrics == {
        "exact_match_rate": 19 / 20,
        "pixel_match_rate": 19 / 20,
        "different_pixels": 1,
        "mse": 300 / 60,
        "psnr": pytest.approx(10 * math.log10(255**2 / 5)),
    }
    with pytest.raises(Unavailable, match="No pixel"):
        pixel.analyse(paired(a, b, np.zeros((5, 8), bool)), Options())


def test_the_picture_shows_what_was_counted() -> None:
    pair = paired(*lines())
    picture = pixel.analyse(pair, Options()).images["difference"]
    different, smoothed = pixel.differences(pair, Options().threshold)
    assert picture.shape == pair.rgb_a.shape
    assert picture.dtype == np.uint8
    assert smoothed.any()
    assert not (different & smoothed).any()
    assert (picture[different] == (255, 221, 0)).all()
    assert (picture[smoothed] == (230, 80, 200)).all()
    rest = picture[~different & ~smoothed].astype(int)
    assert np.ptp(rest, axis=1).max() == 0
    assert rest.max() < 86
