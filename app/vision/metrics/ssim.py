"""Structural similarity of two gray pictures: SSIM and MS-SSIM.

Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image quality assessment: from error visibility to structural
similarity", IEEE TIP 13(4), 2004; Z. Wang, E. P. Simoncelli, A. C. Bovik, "Multi-scale structural similarity for
image quality assessment", Asilomar 2003.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, cast

import cv2
import numpy as np

from app.vision.arrays import Float32, Mask, UInt8
from app.vision.resize import halve, reduce_mask
from app.vision.tiles import Tile, Window, map_masked_tiles

Plane = UInt8 | Float32
T = TypeVar("T")

STRIP_ROWS = 32  # rows of the result that are halved at a time
BORDER = 5
WINDOW = 2 * BORDER + 1
KERNEL = cv2.getGaussianKernel(WINDOW, 1.5, cv2.CV_32F)
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2

# The weights of the five scales, from the finest.
WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
MS_SSIM_MIN_SIDE = WINDOW << (len(WEIGHTS) - 1)


@dataclass(frozen=True)
class SsimResult:
    """SSIM of two pictures.

    loss: 1 - SSIM of every pixel in steps of 1/255, clipped to [0, 1] and 0 where not valid: uint8 (height, width).
    ssim: mean SSIM, in [-1, 1]; 1 means equal.
    contrast: mean SSIM without its luminance term, which MS-SSIM uses for all but the coarsest scale.
    """

    loss: UInt8
    ssim: float
    contrast: float


def compare(a: Plane, b: Plane, valid: Mask) -> SsimResult:
    """SSIM of two gray pictures in [0, 255] of shape (height, width), with an 11x11 gaussian window of sigma 1.5.

    Equals scikit-image's `structural_similarity(gaussian_weights=True, sigma=1.5, use_sample_covariance=False)`:
    borders are mirrored, and the means exclude a border of 5 pixels, where the window would extend beyond the picture.
    The means are over the `valid` pixels; if all of these are in the border, as in a picture under 11 pixels, it is
    included. Raises ValueError if no pixel is valid.
    """
    counted = _counted(valid)
    count = cv2.countNonZero(valid[counted].view(np.uint8))
    if not count:
        raise ValueError("no valid pixel to compare")
    loss = np.zeros(valid.shape, np.uint8)

    def sum_losses(tile: Tile, luminance: Float32, contrast: Float32) -> tuple[float, float]:
        """The sums of 1 - SSIM and of 1 - contrast over the counted pixels of a tile; also fills the tile of `loss`."""
        similarity = luminance * contrast
        part = _relative(counted, tile)
        counted_here = valid[tile.inner][part].view(np.uint8)
        pixels = cv2.countNonZero(counted_here) if counted_here.size else 0
        mask = None if pixels == counted_here.size else counted_here  # a mask takes seven times as long
        means = [cv2.mean(term[part], mask)[0] if pixels else 0.0 for term in (similarity, contrast)]
        sums = (1 - means[0]) * pixels, (1 - means[1]) * pixels
        levels = cv2.convertScaleAbs(np.minimum(similarity, 1, out=similarity), alpha=-255, beta=255)
        cv2.copyTo(levels, valid[tile.inner].view(np.uint8), loss[tile.inner])
        return sums

    losses = _map_terms(a, b, sum_losses)
    ssim, contrast = 1 - np.sum([(0.0, 0.0), *losses], axis=0) / count
    return SsimResult(loss, float(ssim), float(contrast))


def ssim_map(a: Plane, b: Plane) -> Float32:
    """The SSIM of every pixel, as in `compare`: float32 (height, width), in [-1, 1]; 1 means equal."""
    similarity = np.ones(a.shape, np.float32)

    def fill(tile: Tile, luminance: Float32, contrast: Float32) -> None:
        np.multiply(luminance, contrast, out=similarity[tile.inner])

    _map_terms(a, b, fill)
    return similarity


def _map_terms(a: Plane, b: Plane, work: Callable[[Tile, Float32, Float32], T]) -> list[T]:
    """The results of `work` for the luminance and contrast-structure terms of each tile.

    Areas whose window is equal in both pictures, as most of two screenshots, have terms of 1 and are skipped.
    """

    def run(tile: Tile) -> T:
        return work(tile, *_terms(_mirror_border(a[tile.outer], tile), _mirror_border(b[tile.outer], tile)))

    return map_masked_tiles(np.not_equal(a, b), BORDER, run, reach=BORDER)


def ms_ssim(a: Plane, b: Plane, valid: Mask, finest: SsimResult) -> float | None:
    """MS-SSIM of two gray pictures of shape (height, width), in [0, 1]; `finest` is the result of `compare` for them.

    Each scale is the 2x2 mean of the finer one; an odd last row or column is dropped, and a pixel is valid if all four
    are. Only the coarsest scale includes the luminance term, as in the authors' code. A negative mean (inverted
    contrast) has no real power and counts as 0. None if the shorter side is under 176 pixels, so that the window does
    not fit in the coarsest scale, or if no valid pixel is left there.
    """
    if min(a.shape) < MS_SSIM_MIN_SIDE:
        return None
    scales = [finest]
    for _ in WEIGHTS[1:]:
        a, b = _halve_plane(a), _halve_plane(b)
        height, width = a.shape
        valid = reduce_mask(valid[: 2 * height, : 2 * width], (width, height))
        if not valid.any():
            return None
        scales.append(compare(a, b, valid))
    means = [*(scale.contrast for scale in scales[:-1]), scales[-1].ssim]
    return math.prod(math.pow(max(mean, 0), weight) for mean, weight in zip(means, WEIGHTS, strict=True))


def _mirror_border(around: Plane, tile: Tile) -> Plane:
    """The tile with its full halo, mirrored at the borders of the picture."""
    rows, columns = tile.core
    top, left = BORDER - rows.start, BORDER - columns.start
    bottom, right = BORDER - around.shape[0] + rows.stop, BORDER - around.shape[1] + columns.stop
    if not (top or bottom or left or right):
        return around
    return cast(Plane, cv2.copyMakeBorder(around, top, bottom, left, right, cv2.BORDER_REFLECT))


def _terms(a: Plane, b: Plane) -> tuple[Float32, Float32]:
    """The luminance term and the contrast-structure term of all pixels except a border of 5.

    With s = a + b and d = a - b, 2ab = (s² - d²) / 2 and a² + b² = (s² + d²) / 2, for means and for variances, so each
    term is 1 - d² / ((s² + d²) / 2 + C). This is exact for equal pictures and needs four filters instead of five.
    """
    # Levels are taken relative to the middle gray, as float32 is too imprecise for E[x²] - E[x]² of bright flat areas.
    total = np.asarray(cv2.addWeighted(a, 1, b, 1, -256, dtype=cv2.CV_32F), np.float32)
    difference = np.asarray(cv2.subtract(a, b, dtype=cv2.CV_32F), np.float32)
    mean_total, mean_difference = _window_mean(total), _window_mean(difference)
    # In place from here on: allocating an array takes longer than the arithmetic.
    total *= total
    difference *= difference
    variance_total, variance_difference = _window_mean(total), _window_mean(difference)
    variance_total -= np.multiply(mean_total, mean_total, out=total)
    mean_difference *= mean_difference
    variance_difference -= mean_difference
    mean_total += 256
    mean_total *= mean_total
    return _term(mean_total, mean_difference, C1), _term(variance_total, variance_difference, C2)


def _term(total: Float32, difference: Float32, c: float) -> Float32:
    """1 - d² / ((s² + d²) / 2 + C) without the border; overwrites both arguments."""
    total += difference
    total /= 2
    total += c
    difference /= total
    return np.subtract(1, difference, out=difference)[BORDER:-BORDER, BORDER:-BORDER]


def _window_mean(plane: Float32) -> Float32:
    return np.asarray(cv2.sepFilter2D(plane, cv2.CV_32F, KERNEL, KERNEL), np.float32)


def _counted(valid: Mask) -> Window:
    """The part of the picture where windows are inside it; all of it if no pixel there is valid."""
    height, width = valid.shape
    inside = slice(BORDER, height - BORDER), slice(BORDER, width - BORDER)
    whole = slice(0, height), slice(0, width)
    return inside if min(height, width) > 2 * BORDER and valid[inside].any() else whole


def _relative(window: Window, tile: Tile) -> Window:
    """The part of a window that is in a tile, in the tile's own rows and columns."""
    rows, columns = (
        slice(max(span.start - inner.start, 0), max(min(span.stop, inner.stop) - inner.start, 0))
        for span, inner in zip(window, tile.inner, strict=True)
    )
    return rows, columns


def _halve_plane(plane: Plane) -> Float32:
    """The means of 2 x 2 pixels, by strips: a float copy of the whole picture would be the largest array in memory."""
    height, width = plane.shape[0] // 2, plane.shape[1] // 2
    halved = np.empty((height, width), np.float32)
    for top in range(0, height, STRIP_ROWS):
        rows = plane[2 * top : 2 * min(top + STRIP_ROWS, height), : 2 * width].astype(np.float32, copy=False)
        halved[top : top + STRIP_ROWS] = halve(rows)
    return halved
