"""Light that changed unevenly: haze, a lamp or a cloud, the soft border of a shadow."""

import cv2
import numpy as np

from app.vision.arrays import Float32, Mask, UInt8

# How fast gain and offset may change, as gaussian sigma relative to the side of a square of the same area. Slower
# ones miss the border of a shadow; faster ones would follow the things that changed.
SMOOTH = 0.035
REDUCTION = 4
# Differences, in levels, beyond which a pixel loses its vote, round by round (Geman and McClure's estimator).
ROUNDS = (40.0, 20.0, 12.0, 8.0, 8.0)
GAINS = (0.4, 2.5)
# Variance, in squared levels, of what is too flat to tell a gain.
FLAT = 100.0
# A patch of other light: so much of the difference goes away once a gain is allowed that changes over so many pixels.
LIT, PATCH = 0.7, 4.0


def only_light(a: UInt8, b: UInt8, changed: Mask) -> bool:
    """Whether what differs is a patch of light or shadow with a soft edge: gray pictures, uint8 (height, width).

    changed: bool (height, width), what is asked about; elsewhere the pictures are equal. A thing that is recoloured has
    an edge that no such gain follows, and texture of its own.
    """
    left, whole = left_by_light(a, b)[changed], cv2.absdiff(a, b)[changed]
    return bool(left.sum() < (1 - LIT) * whole.sum(dtype=np.int64))


def left_by_light(a: UInt8, b: UInt8) -> Float32:
    """How far B is from A times a gain that changes over PATCH pixels, in levels: float32 (height, width).

    a, b: gray pictures, uint8. Shadows leave little but at sharp edges; another texture leaves itself.
    """
    x, y = a.astype(np.float32), b.astype(np.float32)
    gain = (cv2.GaussianBlur(y, (0, 0), PATCH) + 1) / (cv2.GaussianBlur(x, (0, 0), PATCH) + 1)
    return np.asarray(np.abs(y - gain * x), np.float32)


def match_light(b: UInt8, a: UInt8, valid: Mask) -> UInt8:
    """B, uint8 (height, width, 3), under A's light: every channel times a gain plus an offset, both smooth fields.

    They are fitted by weighted least squares in a gaussian window round every pixel (as a guided filter does: He, Sun,
    Tang, "Guided image filtering", ECCV 2010), and fitted again with less weight for what does not fit.
    """
    return np.dstack([_relit(b[..., channel], a[..., channel], valid) for channel in range(3)])


def _relit(b: UInt8, a: UInt8, valid: Mask) -> UInt8:
    height, width = b.shape
    size = max(1, width // REDUCTION), max(1, height // REDUCTION)
    small_a, small_b = (cv2.resize(p, size, interpolation=cv2.INTER_AREA).astype(np.float32) for p in (a, b))
    known = cv2.resize(valid.view(np.uint8), size, interpolation=cv2.INTER_NEAREST).astype(np.float32)
    gain, offset = (cv2.resize(field, (width, height)) for field in _fit(small_a, small_b, known))
    return np.asarray(np.clip(gain * b + offset + 0.5, 0, 255), np.uint8)


def _fit(a: Float32, b: Float32, known: Float32) -> tuple[Float32, Float32]:
    """Gain and offset that turn B into A: two float32 (height, width)."""
    gain, offset = np.ones_like(a), np.zeros_like(a)
    for scale in ROUNDS:
        weight = known / (1 + ((a - gain * b - offset) / scale) ** 2) ** 2
        total = _mean(weight) + np.float32(1e-3)
        mean_a, mean_b = _mean(weight * a) / total, _mean(weight * b) / total
        variance = _mean(weight * b * b) / total - mean_b**2
        covariance = _mean(weight * a * b) / total - mean_a * mean_b
        gain = np.clip((covariance + FLAT) / (variance + FLAT), *GAINS)
        offset = mean_a - gain * mean_b
    return gain, offset


def _mean(values: Float32) -> Float32:
    sigma = SMOOTH * values.size**0.5
    return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma, borderType=cv2.BORDER_CONSTANT), np.float32)
