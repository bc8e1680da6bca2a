"""Perceived colour difference: the HyAB distance in OKLab, as pixelmatch 8 measures it.

B. Ottosson, "A perceptual color space for image processing", 2020, with the toe-corrected lightness L_r of 2021.
S. Abasi, M. Amani Tehran and M. D. Fairchild, "Distance metrics for very large color differences", Color Research &
Application 45(2), 2020: HyAB is |ΔL| + √(Δa² + Δb²).
"""

from collections.abc import Sequence
from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from app.vision.arrays import Float32, Float64, Mask, UInt8

F = TypeVar("F", np.float32, np.float64)

LMS_FROM_RGB = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
LAB_FROM_LMS = (  # of the cube roots of long, medium and short waves
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
TOE_1, TOE_2 = 0.206, 0.03
TOE_3 = (1 + TOE_1) / (1 + TOE_2)

_CHANNEL = np.arange(256) / 255
# The linear light of each level of sRGB, IEC 61966-2-1. The last value is repeated, to interpolate up to 255.
LINEAR = np.append(np.where(_CHANNEL <= 0.04045, _CHANNEL / 12.92, ((_CHANNEL + 0.055) / 1.055) ** 2.4), 1.0)

# Transparent colours are blended with one of eight grounds, which a hash of the pixel's position chooses: a dark or a
# bright level for each channel. No two colours of different alpha look alike on all of them.
DARK_GROUND, GROUND_STEP = 48, 159
FIBONACCI = np.uint32(0x9E3779B1)  # 2³² / φ, of multiplicative hashing
GROUND_BITS = (31, 30, 29)

ESTIMATE_ERROR = 1e-4  # bound on the error of the float32 estimate, a hundred times the largest of all pairs of grays
_LINEAR_32 = LINEAR[:256].astype(np.float32)
_LMS_32, _LAB_32 = np.array(LMS_FROM_RGB, np.float32), np.array(LAB_FROM_LMS, np.float32)


def differs(a: UInt8, b: UInt8, position: npt.NDArray[np.uint32] | None, threshold: float) -> Mask:
    """The pixels whose colour distance exceeds the threshold: bool (n,).

    a, b: uint8 RGBA (n, 4). position: uint32 (n,), the number of each pixel in its picture, row by row; None if all are
    opaque. threshold: 0 to 1.
    The result is that of float64; an estimate in float32 decides the clear cases of opaque pixels.
    """
    if not threshold:
        return np.asarray((a != b).any(axis=1) & ((a[:, 3] | b[:, 3]) > 0), np.bool_)
    if position is not None:
        return colour_distance(a, b, position) > threshold
    estimate = _estimate_distance(a, b)
    far = estimate > threshold + ESTIMATE_ERROR
    unsure = np.abs(estimate - np.float32(threshold)) <= ESTIMATE_ERROR
    far[unsure] = colour_distance(a[unsure], b[unsure], None) > threshold
    return far


def max_step_below_threshold(threshold: float) -> int:
    """The largest difference of all channels of opaque pixels, in levels, at which no colour `differs`."""
    return max(0, int(np.searchsorted(_STEP_DISTANCES, threshold)) - 1)


def colour_distance(a: UInt8, b: UInt8, position: npt.NDArray[np.uint32] | None) -> Float64:
    """|ΔL_r| + √(Δa² + Δb²): float64 (n,), 0 to about 1; black and white are 1 apart.

    a, b: uint8 RGBA (n, 4), straight alpha. position: uint32 (n,), or None if all are opaque.
    """
    lms_a, lms_b = _cube_roots(a, position), _cube_roots(b, position)
    lightness = _toe(_dot(lms_a, LAB_FROM_LMS[0])) - _toe(_dot(lms_b, LAB_FROM_LMS[0]))
    difference = [first - second for first, second in zip(lms_a, lms_b, strict=True)]
    return np.abs(lightness) + np.hypot(_dot(difference, LAB_FROM_LMS[1]), _dot(difference, LAB_FROM_LMS[2]))


def _cube_roots(rgba: UInt8, position: npt.NDArray[np.uint32] | None) -> list[Float64]:
    """The cube roots of long, medium and short waves, each float64 (n,)."""
    levels = [rgba[:, channel].astype(np.float64) for channel in range(3)]
    if position is not None:
        alpha = rgba[:, 3].astype(np.float64)
        ground = [DARK_GROUND + GROUND_STEP * (position * FIBONACCI >> bit & 1) for bit in GROUND_BITS]
        levels = [(c * alpha + g * (255 - alpha)) / 255 for c, g in zip(levels, ground, strict=True)]
    linear = [np.interp(level, np.arange(257), LINEAR) for level in levels]
    return [np.cbrt(_dot(linear, row)) for row in LMS_FROM_RGB]


def _dot(values: Sequence[Float64], weights: tuple[float, float, float]) -> Float64:
    return values[0] * weights[0] + values[1] * weights[1] + values[2] * weights[2]


def _toe(lightness: npt.NDArray[F]) -> npt.NDArray[F]:
    """L_r, which spreads dark colours less than L does: black is 0, white 1."""
    x = TOE_3 * lightness - TOE_1
    return np.asarray((x + np.sqrt(x * x + 4 * TOE_2 * TOE_3 * lightness)) / 2, lightness.dtype)


def _step_distances() -> Float64:
    """For steps of 0 to 255 levels, a bound on the distance of colours whose channels differ by at most the step.

    The farthest such colours are blue and yellow, as dark as possible; for steps below 4 others are 0.007 farther.
    """
    step, none, full = np.arange(256, dtype=np.uint8), np.zeros(256, np.uint8), np.full(256, 255, np.uint8)
    blue, yellow = np.stack((none, none, step, full), axis=1), np.stack((step, step, none, full), axis=1)
    return colour_distance(blue, yellow, None) + 0.007


_STEP_DISTANCES = _step_distances()


def _estimate_distance(a: UInt8, b: UInt8) -> Float32:
    """`colour_distance` of opaque pixels within ESTIMATE_ERROR: float32 (n,)."""
    lab_a, lab_b = _estimate_lab(a), _estimate_lab(b)
    lightness, green_red, blue_yellow = cv2.split(cv2.absdiff(lab_a, lab_b))
    return np.asarray(cv2.add(cv2.magnitude(green_red, blue_yellow), lightness)[0], np.float32)


def _estimate_lab(rgba: UInt8) -> Float32:
    """L_r, a and b of opaque pixels: float32 (1, n, 3)."""
    linear = cv2.LUT(cv2.cvtColor(rgba[None], cv2.COLOR_RGBA2RGB), _LINEAR_32)
    lab: Float32 = np.asarray(cv2.transform(cv2.pow(cv2.transform(linear, _LMS_32), 1 / 3), _LAB_32), np.float32)
    lab[..., 0] = _toe(lab[..., 0])
    return lab
