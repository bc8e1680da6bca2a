"""Structural similarity of two gray pictures: SSIM, and its multi-scale form.

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
from app.vision.resize import halve
from app.vision.tiles import Tile, where

Plane = UInt8 | Float32
T = TypeVar("T")

STRIP = 32  # rows that are halved at a time
BORDER = 5
WINDOW = 2 * BORDER + 1
KERNEL = cv2.getGaussianKernel(WINDOW, 1.5, cv2.CV_32F)
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2

# The weights of the five scales, finest first.
WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
MS_SSIM_MIN_SIDE = WINDOW << (len(WEIGHTS) - 1)


@dataclass(frozen=True)
class Structure:
    """How alike two pictures are in structure.

    loss: 1 - SSIM of every pixel in steps of 1/255, cut to [0, 1] and 0 where not valid: uint8 (height, width).
    ssim: the mean of SSIM, in [-1, 1]; 1 is alike.
    contrast: the mean of SSIM without its luminance term, which MS-SSIM takes from the finer scales.
    """

    loss: UInt8
    ssim: float
    contrast: float


def compare(a: Plane, b: Plane, valid: Mask) -> Structure:
    """SSIM of two gray pictures in [0, 255] of shape (height, width), with an 11x11 gaussian window of sigma 1.5.

    Equals scikit-image's `structural_similarity(gaussian_weights=True, sigma=1.5, use_sample_covariance=False)`:
    edges are mirrored, and the means leave a border of 5 pixels out, where the window would look over the edge.
    Only `valid` pixels count in the means. Where all valid pixels lie in the border, as in a picture under 11
    pixels, all of them count. Raises ValueError where none is valid.
    """
    counted = _inside(valid).view(np.uint8)
    count = cv2.countNonZero(counted)
    if not count:
        raise ValueError("no valid pixel to compare")
    loss = np.zeros(valid.shape, np.uint8)

    def missing(tile: Tile, luminance: Float32, contrast: Float32) -> tuple[float, float]:
        """What SSIM and its contrast term are short of 1, in sum over what counts in this tile; fills in its loss."""
        similarity = luminance * contrast
        weights = counted[tile.inner]
        weight = cv2.countNonZero(weights)
        among = None if weight == weights.size else weights  # a mask takes seven times as long
        short = (1 - cv2.mean(similarity, among)[0]) * weight, (1 - cv2.mean(contrast, among)[0]) * weight
        lost = cv2.convertScaleAbs(np.minimum(similarity, 1, out=similarity), alpha=-255, beta=255)
        cv2.copyTo(lost, valid[tile.inner].view(np.uint8), loss[tile.inner])
        return short

    found = _terms_by_tile(a, b, missing)
    ssim, contrast = 1 - np.sum([(0.0, 0.0), *found], axis=0) / count
    return Structure(loss, float(ssim), float(contrast))


def similarity(a: Plane, b: Plane) -> Float32:
    """The SSIM of every pixel, as `compare` has it: float32 (height, width), in [-1, 1]; 1 is alike."""
    whole = np.ones(a.shape, np.float32)

    def keep(tile: Tile, luminance: Float32, contrast: Float32) -> None:
        np.multiply(luminance, contrast, out=whole[tile.inner])

    _terms_by_tile(a, b, keep)
    return whole


def _terms_by_tile(a: Plane, b: Plane, work: Callable[[Tile, Float32, Float32], T]) -> list[T]:
    """What `work` makes of the two terms, tile by tile. Where both pictures are equal all around, the terms are 1.

    Most of two screenshots is, and is left out.
    """

    def one(tile: Tile) -> T:
        return work(tile, *_terms(_mirrored(a[tile.outer], tile), _mirrored(b[tile.outer], tile)))

    return where(np.not_equal(a, b), BORDER, one, reach=BORDER)


def ms_ssim(a: Plane, b: Plane, valid: Mask, finest: Structure) -> float | None:
    """MS-SSIM of two gray pictures of shape (height, width), in [0, 1]; `finest` is what `compare` says of them.

    Each scale is the 2x2 mean of the finer one; an odd last row or column is dropped, and a pixel is valid where
    all four were. The coarsest scale counts with its luminance, as in the authors' code. A negative mean (inverted
    contrast) has no real power, so it counts as 0. None where the shorter side is under 176 pixels (the window
    would not fit in the coarsest scale) or where no valid pixel is left there.
    """
    if min(a.shape) < MS_SSIM_MIN_SIDE:
        return None
    scales = [finest]
    for _ in WEIGHTS[1:]:
        a, b, valid = _halve(a), _halve(b), _halve_mask(valid)
        if not valid.any():
            return None
        scales.append(compare(a, b, valid))
    means = [*(scale.contrast for scale in scales[:-1]), scales[-1].ssim]
    return math.prod(math.pow(max(mean, 0), weight) for mean, weight in zip(means, WEIGHTS, strict=True))


def _mirrored(around: Plane, tile: Tile) -> Plane:
    """The tile with all of its border, mirrored where the picture ends."""
    rows, columns = tile.core
    top, left = BORDER - rows.start, BORDER - columns.start
    bottom, right = BORDER - around.shape[0] + rows.stop, BORDER - around.shape[1] + columns.stop
    if not (top or bottom or left or right):
        return around
    return cast(Plane, cv2.copyMakeBorder(around, top, bottom, left, right, cv2.BORDER_REFLECT))


def _terms(a: Plane, b: Plane) -> tuple[Float32, Float32]:
    """The luminance term, and contrast times structure, of all pixels but a border of 5.

    With s = a + b and d = a - b, 2ab = (s² - d²) / 2 and a² + b² = (s² + d²) / 2 for means and variances alike, so
    each term is 1 - d² / ((s² + d²) / 2 + C). This is exact for equal pictures and takes four filters, not five.
    """
    # Float32 has too few digits for E[x²] - E[x]² of bright flat areas, unless gray is counted from its middle.
    total = np.asarray(cv2.addWeighted(a, 1, b, 1, -256, dtype=cv2.CV_32F), np.float32)
    difference = np.asarray(cv2.subtract(a, b, dtype=cv2.CV_32F), np.float32)
    mean_total, mean_difference = _window_mean(total), _window_mean(difference)
    # From here on in place: a new array takes longer than what is calculated.
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
    """1 - d² / ((s² + d²) / 2 + C), of which both are used up, less the border."""
    total += difference
    total /= 2
    total += c
    difference /= total
    return np.subtract(1, difference, out=difference)[BORDER:-BORDER, BORDER:-BORDER]


def _window_mean(plane: Float32) -> Float32:
    return np.asarray(cv2.sepFilter2D(plane, cv2.CV_32F, KERNEL, KERNEL), np.float32)


def _inside(valid: Mask) -> Mask:
    """The valid pixels whose window lies in the picture; all valid ones if there are none."""
    inside = np.zeros_like(valid)
    inside[BORDER:-BORDER, BORDER:-BORDER] = valid[BORDER:-BORDER, BORDER:-BORDER]
    return inside if inside.any() else valid


def _halve(plane: Plane) -> Float32:
    """The means of 2 x 2 pixels, strip by strip: a float copy of the whole would be the largest array of all."""
    height, width = plane.shape[0] // 2, plane.shape[1] // 2
    halved = np.empty((height, width), np.float32)
    for top in range(0, height, STRIP):
        rows = plane[2 * top : 2 * min(top + STRIP, height), : 2 * width].astype(np.float32, copy=False)
        halved[top : top + STRIP] = halve(rows)
    return halved


def _halve_mask(mask: Mask) -> Mask:
    height, width = mask.shape[0] // 2 * 2, mask.shape[1] // 2 * 2
    if mask.all():  # as nearly always, and four times as fast to see
        return mask[: height // 2, : width // 2]
    rows = mask[:height:2, :width] & mask[1:height:2, :width]
    return rows[:, ::2] & rows[:, 1::2]
