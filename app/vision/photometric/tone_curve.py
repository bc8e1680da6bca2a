"""Tones: what exposure, contrast and white balance do to a whole picture."""

import cv2
import numpy as np

from app.vision.arrays import Float64, Mask, UInt8

LEVELS = np.arange(256)
# A camera's tone curve is smooth: the shift of a level is a polynomial of the level, of this degree.
DEGREE = 3
# Levels that are off by more, in levels, lose their vote, round by round (Geman and McClure's estimator): they stand
# for things that came or went. The first round starts from "nothing was done", which also has so much weight of its
# own as this share of all pixels, or nothing would hold the curve where levels are missing.
ROUNDS = (60.0, 30.0, 15.0, 8.0, 8.0)
PRIOR = 1e-3
# Whole rows are left out of larger pictures.
SAMPLE = 250_000
_POWERS = ((LEVELS - 127.5) / 127.5)[:, None] ** np.arange(DEGREE + 1)


def match_tones(b: UInt8, a: UInt8, valid: Mask) -> UInt8:
    """B with A's tones: uint8 (height, width, 3), every channel through a curve of its own.

    Each level votes for the median of what A has where B has it. Matching histograms, the usual way, would let a new
    dark thing darken everything; and taking each level's median as it is would paint a thing of rare colour over with
    what was there before.
    """
    rows = slice(None, None, max(1, valid.size // SAMPLE))
    to_a, from_b = a[rows][valid[rows]], b[rows][valid[rows]]
    table = np.stack([_curve(from_b[:, channel], to_a[:, channel]) for channel in range(3)], axis=1)
    return np.asarray(cv2.LUT(b, table[None]), np.uint8)


def _curve(b: UInt8, a: UInt8) -> UInt8:
    """Where each of the 256 levels of B goes: uint8 (256,)."""
    joint = np.bincount(b.astype(np.int32) * 256 + a, minlength=1 << 16).reshape(256, 256).cumsum(axis=1)
    counts = joint[:, -1].astype(np.float64)
    shifts = np.where(counts > 0, (2 * joint >= counts[:, None]).argmax(axis=1) - LEVELS, 0)
    return np.asarray(np.clip(np.round(LEVELS + _smooth(shifts, counts)), 0, 255), np.uint8)


def _smooth(shifts: Float64, counts: Float64) -> Float64:
    """The polynomial that most levels agree on: float64 (256,)."""
    fitted: Float64 = np.zeros(256)
    prior = np.eye(DEGREE + 1) * PRIOR * max(1.0, counts.sum())  # of few valid pixels none may be in the sample
    for scale in ROUNDS:
        weights = counts / (1 + ((shifts - fitted) / scale) ** 2) ** 2
        normal = _POWERS.T @ (_POWERS * weights[:, None]) + prior
        fitted = np.asarray(_POWERS @ np.linalg.solve(normal, _POWERS.T @ (weights * shifts)), np.float64)
    return fitted
