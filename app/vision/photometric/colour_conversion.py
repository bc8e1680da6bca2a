"""Undo a conversion to black and white, to one tone such as sepia, or to a negative, before changes are sought."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from app.vision.arrays import Float32, Float64, UInt8
from app.vision.pair import Pair
from app.vision.resize import shrink_to

# In a picture of one tone the colour follows from the luma, but for MAX_TONED levels on average (JPEG), and in the
# other it differs by a factor of MIN_RATIO more. Grays differ between channels by up to MAX_GRAY.
MAX_TONED, MIN_RATIO, MAX_GRAY = 4.5, 3.0, 3.0
BINS, MAX_SAMPLED = 64, 20_000  # of luma, and pixels
# The correlation of luma below which B is a negative.
MAX_NEGATIVE = -0.7


@dataclass(frozen=True)
class Converted:
    """A pair to seek changes in, and what was undone, as a phrase about B; None if nothing was."""

    pair: Pair
    phrase: str | None


def undo_conversion(pair: Pair) -> Converted:
    """The pair as both would be without the conversion. Between renderings other colours are a change."""
    if pair.shares_arrays or all(pair.rendered) or not pair.unequal.any():
        return Converted(pair, None)
    a, b = _sampled(pair)
    gray_a, gray_b = _is_gray(a), _is_gray(b)
    spread_a, spread_b = _colourfulness(a), _colourfulness(b)
    if gray_b > gray_a or _is_toned(spread_b, spread_a):
        phrase = "in black and white" if gray_b else "in one tone, as sepia"
        return Converted(_in_luma(pair, _weights(a, b), None), phrase)
    if gray_a > gray_b or _is_toned(spread_a, spread_b):
        phrase = "in colour, where A is black and white" if gray_a else "in colour, where A has one tone"
        return Converted(_in_luma(pair, None, _weights(b, a)), phrase)
    if np.corrcoef(_luma(a), _luma(b))[0, 1] < MAX_NEGATIVE:
        return Converted(replace(pair, rgb_b=np.asarray(cv2.bitwise_not(pair.rgb_b), np.uint8)), "a negative")
    return Converted(pair, None)


def _sampled(pair: Pair) -> tuple[Float32, Float32]:
    """Pixels of A and B that both have, float32 (n, 3), reduced so that grain has no colour."""
    a, b = (shrink_to(rgb, MAX_SAMPLED) for rgb in (pair.a, pair.b))
    valid = cv2.resize(pair.valid.view(np.uint8), (a.shape[1], a.shape[0]), interpolation=cv2.INTER_NEAREST) > 0
    return a[valid].astype(np.float32), b[valid].astype(np.float32)


def _luma(rgb: Float32) -> Float32:
    return np.asarray(rgb @ np.array([0.299, 0.587, 0.114], np.float32), np.float32)


def _colourfulness(rgb: Float32) -> float:
    """The mean distance, in levels of a channel, of pixels from the mean colour of those with the same luma."""
    luma = np.minimum(_luma(rgb) * (BINS / 256), BINS - 1)
    low = luma.astype(np.intp)
    counts = np.maximum(np.bincount(low, minlength=BINS), 1)
    apart = np.zeros(len(rgb), np.float32)
    for channel in (0, 2):
        chroma = rgb[:, channel] - rgb[:, 1]
        means = np.bincount(low, weights=chroma, minlength=BINS) / counts
        apart = np.maximum(apart, np.abs(chroma - means[low]))
    return float(apart.mean())


def _is_toned(spread: float, other: float) -> bool:
    return spread < MAX_TONED and other > MIN_RATIO * max(spread, 1.0)


def is_gray(rgb: UInt8) -> bool:
    """Whether a picture, uint8 RGB (height, width, 3), is in black and white."""
    return _is_gray(shrink_to(rgb, MAX_SAMPLED).reshape(-1, 3).astype(np.float32))


def _is_gray(rgb: Float32) -> bool:
    return float(np.abs(rgb[:, [0, 2]] - rgb[:, [1]]).mean()) < MAX_GRAY


def _weights(colourful: Float32, toned: Float32) -> Float64:
    """The weights of red, green, blue and 1 that give the luma of the toned picture: float64 (4,).

    Programs weigh the channels unlike. Pixels that deviate, since the picture changed there, are left out.
    """
    known, target = np.column_stack([colourful, np.ones(len(colourful), np.float32)]), _luma(toned)
    kept = np.ones(len(target), np.bool_)
    weights: Float64 = np.zeros(4)
    for _ in range(3):
        weights = np.asarray(np.linalg.lstsq(known[kept], target[kept], rcond=None)[0], np.float64)
        apart = np.abs(known @ weights - target)
        kept = apart <= max(2.0, 2.5 * float(np.median(apart)))
    return weights


def _in_luma(pair: Pair, weights_a: Float64 | None, weights_b: Float64 | None) -> Pair:
    """Both pictures in gray: uint8 RGB with equal channels. weights: None for the luma."""
    a, b = _gray(pair.rgb_a, weights_a), _gray(pair.rgb_b, weights_b)
    return replace(pair, rgb_a=a, rgb_b=b)


def _gray(rgb: UInt8, weights: Float64 | None) -> UInt8:
    if weights is None:
        gray = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    else:
        gray = cv2.convertScaleAbs(np.clip(cv2.transform(rgb, weights[None].astype(np.float32)), 0, 255))
    return np.asarray(cv2.merge([gray] * 3), np.uint8)
