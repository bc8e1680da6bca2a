"""Uneven changes of illumination: haze, a lamp, a cloud, the soft edge of a shadow."""

import cv2
import numpy as np

from app.vision.arrays import Float32, Mask, UInt8

# Gaussian sigma of gain and offset, relative to the side of a square of the picture's area. A larger one misses the
# edges of shadows; a smaller one follows changed objects.
SMOOTHING_SIGMA = 0.035
REDUCTION = 4
# Scales, in levels, of the Geman-McClure estimator in successive iterations; larger residuals lose their weight.
RESIDUAL_SCALES = (40.0, 20.0, 12.0, 8.0, 8.0)
GAIN_LIMITS = (0.4, 2.5)
# Variance, in squared levels, of areas that are too flat to estimate a gain.
MIN_VARIANCE = 100.0
# In a patch of different illumination, a gain smoothed over PATCH_SIGMA pixels explains this share of the difference.
MIN_EXPLAINED_SHARE, PATCH_SIGMA = 0.7, 4.0


def is_illumination_change(a: UInt8, b: UInt8, changed: Mask) -> bool:
    """Whether the change is a patch of light or shadow with a soft edge.

    a, b: gray pictures, uint8 (height, width). changed: bool (height, width), the pixels to test; the others are equal.
    A recoloured object has sharp edges, which no smooth gain explains, and its own texture.
    """
    residual, difference = relighting_residual(a, b)[changed], cv2.absdiff(a, b)[changed]
    return bool(residual.sum() < (1 - MIN_EXPLAINED_SHARE) * difference.sum(dtype=np.int64))


def relighting_residual(a: UInt8, b: UInt8) -> Float32:
    """The absolute difference, in levels, between B and A times a smooth gain: float32 (height, width).

    a, b: gray pictures, uint8. The gain is smoothed over PATCH_SIGMA pixels. Shadows leave a residual only at sharp
    edges; different texture remains.
    """
    x, y = a.astype(np.float32), b.astype(np.float32)
    gain = (cv2.GaussianBlur(y, (0, 0), PATCH_SIGMA) + 1) / (cv2.GaussianBlur(x, (0, 0), PATCH_SIGMA) + 1)
    return np.asarray(np.abs(y - gain * x), np.float32)


def match_illumination(b: UInt8, a: UInt8, valid: Mask) -> UInt8:
    """Match B, uint8 (height, width, 3), to A's illumination: each channel times a smooth gain plus a smooth offset.

    Both are fitted by weighted least squares in a gaussian window around every pixel, like a guided filter (He, Sun,
    Tang, "Guided image filtering", ECCV 2010), and refitted with lower weights of pixels with large residuals.
    """
    return np.dstack([_relight(b[..., channel], a[..., channel], valid) for channel in range(3)])


def _relight(b: UInt8, a: UInt8, valid: Mask) -> UInt8:
    height, width = b.shape
    size = max(1, width // REDUCTION), max(1, height // REDUCTION)
    small_a, small_b = (cv2.resize(p, size, interpolation=cv2.INTER_AREA).astype(np.float32) for p in (a, b))
    valid_weight = cv2.resize(valid.view(np.uint8), size, interpolation=cv2.INTER_NEAREST).astype(np.float32)
    gain, offset = (cv2.resize(field, (width, height)) for field in _fit(small_a, small_b, valid_weight))
    return np.asarray(np.clip(gain * b + offset + 0.5, 0, 255), np.uint8)


def _fit(a: Float32, b: Float32, valid_weight: Float32) -> tuple[Float32, Float32]:
    """The gain and the offset from B to A: two float32 (height, width)."""
    gain, offset = np.ones_like(a), np.zeros_like(a)
    for scale in RESIDUAL_SCALES:
        weight = valid_weight / (1 + ((a - gain * b - offset) / scale) ** 2) ** 2
        total = _mean(weight) + np.float32(1e-3)
        mean_a, mean_b = _mean(weight * a) / total, _mean(weight * b) / total
        variance = _mean(weight * b * b) / total - mean_b**2
        covariance = _mean(weight * a * b) / total - mean_a * mean_b
        gain = np.clip((covariance + MIN_VARIANCE) / (variance + MIN_VARIANCE), *GAIN_LIMITS)
        offset = mean_a - gain * mean_b
    return gain, offset


def _mean(values: Float32) -> Float32:
    sigma = SMOOTHING_SIGMA * values.size**0.5
    return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma, borderType=cv2.BORDER_CONSTANT), np.float32)
