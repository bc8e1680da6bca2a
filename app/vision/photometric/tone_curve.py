"""Match the tone curves of pictures that differ in exposure, contrast or white balance."""

import cv2
import numpy as np

from app.vision.arrays import Float64, Mask, UInt8

LEVELS = np.arange(256)
# A camera's tone curve is smooth: the shift of a level is a polynomial of the level, of this degree.
DEGREE = 3
# Scales, in levels, of the Geman-McClure estimator in successive iterations: levels with larger residuals belong to
# objects that appeared or disappeared. The first iteration starts from the identity, which also has a prior weight, as
# a share of all pixels, to constrain the curve where levels are missing.
RESIDUAL_SCALES = (60.0, 30.0, 15.0, 8.0, 8.0)
PRIOR_WEIGHT = 1e-3
# Rows are skipped in larger pictures.
MAX_SAMPLED_PIXELS = 250_000
_POWERS = ((LEVELS - 127.5) / 127.5)[:, None] ** np.arange(DEGREE + 1)


def match_tones(b: UInt8, a: UInt8, valid: Mask) -> UInt8:
    """Match the tones of B to A, with a smooth curve for each channel: uint8 (height, width, 3).

    The curve is fitted to the median level of A for each level of B. With histogram matching, the usual method, a new
    dark object would darken the whole picture; with unsmoothed medians, an object of a rare colour would take on the
    colours of the background that it covers.
    """
    rows = slice(None, None, max(1, valid.size // MAX_SAMPLED_PIXELS))
    to_a, from_b = a[rows][valid[rows]], b[rows][valid[rows]]
    table = np.stack([_fit_curve(from_b[:, channel], to_a[:, channel]) for channel in range(3)], axis=1)
    return np.asarray(cv2.LUT(b, table[None]), np.uint8)


def _fit_curve(b: UInt8, a: UInt8) -> UInt8:
    """The level of A for each of the 256 levels of B: uint8 (256,)."""
    joint = np.bincount(b.astype(np.int32) * 256 + a, minlength=1 << 16).reshape(256, 256).cumsum(axis=1)
    counts = joint[:, -1].astype(np.float64)
    shifts = np.where(counts > 0, (2 * joint >= counts[:, None]).argmax(axis=1) - LEVELS, 0)
    return np.asarray(np.clip(np.round(LEVELS + _fit_polynomial(shifts, counts)), 0, 255), np.uint8)


def _fit_polynomial(shifts: Float64, counts: Float64) -> Float64:
    """A robust polynomial fit of the shifts, weighted by the counts of the levels: float64 (256,)."""
    fitted: Float64 = np.zeros(256)
    prior = np.eye(DEGREE + 1) * PRIOR_WEIGHT * max(1.0, counts.sum())  # the sample may contain no valid pixel
    for scale in RESIDUAL_SCALES:
        weights = counts / (1 + ((shifts - fitted) / scale) ** 2) ** 2
        normal = _POWERS.T @ (_POWERS * weights[:, None]) + prior
        fitted = np.asarray(_POWERS @ np.linalg.solve(normal, _POWERS.T @ (weights * shifts)), np.float64)
    return fitted
