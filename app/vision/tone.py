"""Tones: what exposure, contrast and white balance do to a whole picture."""

import cv2
import numpy as np

from app.vision.arrays import Float64, Mask, UInt8

LEVELS = np.arange(256)
# A level that fewer pixels have says nothing: a share of the picture, and a number of pixels.
RARE, FEW = 1e-4, 30
# Neighbouring levels are averaged over so many, as gaussian sigma: a camera's tone curve has no steps.
SMOOTH = 4.0
# Whole rows are left out of larger pictures.
SAMPLE = 250_000


def match_tones(b: UInt8, a: UInt8, valid: Mask) -> UInt8:
    """B with A's tones: uint8 (height, width, 3). Each level of a channel becomes what A has, in the median, there.

    The median is deaf to what changed, as long as less than half of a level's pixels did. Matching histograms, the
    usual way, is not: a new dark thing would darken everything.
    """
    rows = slice(None, None, max(1, valid.size // SAMPLE))
    to_a, from_b = a[rows][valid[rows]], b[rows][valid[rows]]
    table = np.stack([_curve(from_b[:, channel], to_a[:, channel]) for channel in range(3)], axis=1)
    return np.asarray(cv2.LUT(b, table[None]), np.uint8)


def _curve(b: UInt8, a: UInt8) -> UInt8:
    """Where each of the 256 levels of B goes."""
    joint = np.bincount(b.astype(np.int32) * 256 + a, minlength=1 << 16).reshape(256, 256).cumsum(axis=1)
    counts = joint[:, -1]
    common = counts >= max(FEW, RARE * b.size)
    if not common.any():
        return LEVELS.astype(np.uint8)
    medians = (2 * joint >= counts[:, None]).argmax(axis=1)
    offset = np.interp(LEVELS, LEVELS[common], (medians - LEVELS)[common])
    # Rare levels have a weight, too, or nothing would hold the curve where a whole range is missing.
    weights = counts + 1e-3 * counts.mean()
    curve = LEVELS + _smooth(offset * weights) / _smooth(weights)
    return np.asarray(np.clip(np.round(curve), 0, 255), np.uint8)


def _smooth(values: Float64) -> Float64:
    blurred = cv2.GaussianBlur(values[None].astype(np.float64), (0, 0), SMOOTH, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred[0], np.float64)
