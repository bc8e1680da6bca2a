"""Describe how B was taken or stored differently: differences without a change in the scene.

Every measure is a median, a quartile or a mean over the whole picture, so that a few changed objects do not affect it.
"""

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
import numpy.typing as npt

from app.vision.arrays import Float64, Mask, UInt8
from app.vision.histogram import counts, quantile
from app.vision.pair import Pair
from app.vision.photometric.noise import BLOCKINESS_RATIO, blockiness
from app.vision.photometric.rendering import is_lossy_copy
from app.vision.photometric.undone import undo
from app.vision.region import Box
from app.vision.tiles import MAX_SAMPLED, bands

# The ranges over the 60 photographs under the conditions of docs/accuracy.md, in levels or as the ratio of B to A:
# lighter   exposure -15 to -3, phone -12 to -5, white balance -10 to -2, haze 9 to 37; rest -1 to 1, uneven light to 5
# warmer    white balance -52 to -16, haze -28 to 10, exposure -14 to 2, phone -9 to 4; rest -1 to 2
# contrast  haze 0.57 to 0.86, exposure 0.82 to 0.94, shadow 0.68 to 1.20, uneven light 0.88 to 1.25; rest 0.86 to 1.04
# detail    defocus 0.20 to 0.37; rest 0.70 to 1.14
# noisier   noise 1.0 to 5.7, in all but one over 2; JPEG 40 up to 6.2, in 7 over 2; rest up to 0.3
# blocks    JPEG 40 0.89 to 1.22, in 42 over 1.06; rest, where B is not resampled, up to 1.02
MIN_LIGHTNESS_SHIFT, MIN_WARMTH_SHIFT = 5, 15
MIN_CONTRAST_RATIO, MIN_DETAIL_RATIO = 1.18, 1.6
MIN_NOISE_INCREASE = 2.0
MAX_STEP = 2 * 255
# The conditions that are another light, focus or noise.
OTHER_LIGHT = frozenset(
    ["lighter", "darker", "warmer", "cooler", "of more contrast", "of less contrast", "noisier", "sharper", "softer"]
)
# On a page of which half has one level, the range between the quartiles is that of the light, and shows no contrast.
MIN_SPREAD = 2
STRONGEST = 0.999  # the quantile of the sharpest edges
MIN_UNCHANGED = 0.2  # the least share of the pixels that is measured without the changed boxes


def conditions(pair: Pair, changed: Iterable[Box] = ()) -> list[str]:
    """The conditions of B relative to A, such as ["darker", "noisier"].

    changed: what is not measured: people who walked in are no other contrast. If little else is left, all is.
    Empty if half of the pixels are equal, and between renderings: nothing but a change makes a page darker.
    """
    if is_lossy_copy(pair):
        return ["re-compressed"]
    undone = undo(pair)
    unchanged = undone.pair.valid.copy()
    for box in changed:
        unchanged[box.slices] = False
    if np.count_nonzero(unchanged) < MIN_UNCHANGED * pair.pixels:
        unchanged = undone.pair.valid
    return [*undone.phrases, *_measured(undone.pair, unchanged)]


def _measured(pair: Pair, unchanged: Mask) -> list[str]:
    if np.count_nonzero(pair.unequal) < pair.pixels / 2 or all(pair.rendered):
        return []
    rows = slice(None, None, max(1, pair.valid.size // MAX_SAMPLED))
    valid = unchanged[rows]
    lighter = _median(pair.gray_b[rows].astype(np.int16) - pair.gray_a[rows], valid)
    warmer = _median(_warmth(pair.b[rows]) - _warmth(pair.a[rows]), valid)
    sampled = bands(pair.valid.shape)
    a, b = ([gray[band] for band in sampled] for gray in (pair.gray_a, pair.gray_b))
    known = [unchanged[band] for band in sampled]
    noisier = _noise(b) - _noise(a) >= MIN_NOISE_INCREASE
    spread_a, spread_b = _spread(a, known), _spread(b, known)
    contrast = (spread_b + 1) / (spread_a + 1) if min(spread_a, spread_b) >= MIN_SPREAD else 1.0
    checks = [
        (lighter >= MIN_LIGHTNESS_SHIFT, "lighter"),
        (lighter <= -MIN_LIGHTNESS_SHIFT, "darker"),
        (warmer >= MIN_WARMTH_SHIFT, "warmer"),
        (warmer <= -MIN_WARMTH_SHIFT, "cooler"),
        *_ratio_phrases(contrast, MIN_CONTRAST_RATIO, "of more contrast", "of less contrast"),
        (noisier, "noisier"),
        *([] if noisier else _ratio_phrases(_sharpness_ratio(a, b), MIN_DETAIL_RATIO, "sharper", "softer")),
        (
            not pair.resampled and blockiness(np.vstack(b)) >= BLOCKINESS_RATIO * blockiness(np.vstack(a)),
            "re-compressed",
        ),
    ]
    return [phrase for holds, phrase in checks if holds]


def _ratio_phrases(ratio: float, limit: float, more: str, less: str) -> list[tuple[bool, str]]:
    return [(ratio >= limit, more), (ratio <= 1 / limit, less)]


def _median(steps: npt.NDArray[np.int16], among: Mask) -> float:
    return quantile(counts(steps + MAX_STEP, 2 * MAX_STEP + 1, among), 0.5) - MAX_STEP


def _warmth(rgb: UInt8) -> npt.NDArray[np.int16]:
    """Red minus blue: int16 (height, width)."""
    return np.subtract(rgb[..., 0], rgb[..., 2], dtype=np.int16)


def _spread(pictures: Sequence[UInt8], valid: Sequence[Mask]) -> float:
    """The interquartile range of the levels, blurred to exclude grain."""
    histogram = _sum(
        counts(cv2.GaussianBlur(gray, (0, 0), 3), 256, known) for gray, known in zip(pictures, valid, strict=True)
    )
    return quantile(histogram, 0.75) - quantile(histogram, 0.25)


def _sharpness_ratio(a: Sequence[UInt8], b: Sequence[UInt8]) -> float:
    """The ratio of B's detail to A's; 1 if the sharpest edges contradict it: grain on a bare page is no sharpness."""
    (mean_a, strongest_a), (mean_b, strongest_b) = _detail(a), _detail(b)
    ratio = mean_b / mean_a
    return ratio if (ratio - 1) * (strongest_b - strongest_a) >= 0 else 1.0


def _detail(pictures: Sequence[UInt8]) -> tuple[float, float]:
    """The mean absolute Laplacian, blurred to exclude noise, which is never 0, and its STRONGEST quantile."""
    laplacians = (cv2.Laplacian(cv2.GaussianBlur(gray, (0, 0), 1), cv2.CV_16S) for gray in pictures)
    histogram = _sum(counts(np.abs(values), 4 * 255 + 1) for values in laplacians)
    mean = float(histogram @ np.arange(len(histogram)) / histogram.sum())
    return mean + 0.1, quantile(histogram, STRONGEST)


def _noise(pictures: Sequence[UInt8]) -> float:
    """Standard deviation of the noise, in levels.

    J. Immerkær, "Fast noise variance estimation", CVIU 64(2), 1996, but with the median, to ignore edges.
    """
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    histogram = _sum(counts(np.abs(cv2.filter2D(gray, cv2.CV_16S, kernel)), 8 * 255 + 1) for gray in pictures)
    return quantile(histogram, 0.5) / (6 * 0.6745)


def _sum(histograms: Iterable[Float64]) -> Float64:
    return np.asarray(np.sum(list(histograms), axis=0), np.float64)
