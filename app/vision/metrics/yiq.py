"""Perceived colour difference: squared, weighted distance in the YIQ colour space of NTSC television.

Y. Kotsarenko and F. Ramos, "Measuring perceived color difference using YIQ NTSC transmission color space in mobile
applications", Programación Matemática y Software 2(2), 2010.
"""

import math

import cv2
import numpy as np
import numpy.typing as npt

from app.vision.arrays import Float32, Float64, Mask, UInt8

YIQ_FROM_RGB = (
    (0.29889531, 0.58662247, 0.11448223),
    (0.59597799, -0.27417610, -0.32180189),
    (0.21147017, -0.52261711, 0.31114694),
)
WEIGHTS = (0.5053, 0.299, 0.1957)
MAX_DISTANCE = 35215.0  # of two 8-bit colours
# The distance of two colours whose channels differ by at most d is at most MAX_SLOPE d².
MAX_SLOPE = sum(weight * sum(map(abs, row)) ** 2 for weight, row in zip(WEIGHTS, YIQ_FROM_RGB, strict=True))

# Bound on the error of the float32 estimate: the error of a blended channel is at most 6e-5, that of Y, I and Q 1.3e-4,
# and the derivative of the distance is below 400, so the distance is off by at most 0.06.
ESTIMATE_ERROR = 0.1
_ESTIMATE = (np.sqrt(WEIGHTS)[:, None] * YIQ_FROM_RGB).astype(np.float32)
_SUM = np.ones((1, 3), np.float32)


def differs(a: UInt8, b: UInt8, _position: object, threshold: float) -> Mask:
    """The pixels whose colour distance exceeds 35215 threshold²: bool (n,).

    a, b: uint8 RGBA (n, 4), on a white page. threshold: 0 to 1.
    The result is that of float64; an estimate in float32 decides the clear cases, four times as fast.
    """
    limit = MAX_DISTANCE * threshold * threshold
    estimate = _estimate_distance(a[None], b[None])[0]
    far = estimate > limit + ESTIMATE_ERROR
    unsure = (estimate >= limit - ESTIMATE_ERROR) & ~far
    far[unsure] = colour_distance(a[unsure], b[unsure]) > limit
    return np.asarray(far, np.bool_)


def max_step_below_threshold(threshold: float) -> int:
    """The largest difference of all channels of opaque pixels, in levels, at which no colour `differs`."""
    return max(0, int(threshold * math.sqrt(MAX_DISTANCE / MAX_SLOPE) - 1e-6))  # a margin for rounding errors


def colour_distance(a: UInt8, b: UInt8) -> Float64:
    """0.5053 ΔY² + 0.299 ΔI² + 0.1957 ΔQ² on a white page: float64 (...), 0 to 35215.

    a, b: uint8 RGBA (..., 4), straight alpha. Terms are added from left to right, so that the last bit is the same on
    every machine; in a matrix product, the library would choose their order and fused multiply-adds.
    """
    on_a, on_b = _on_white(a), _on_white(b)
    y, i, q = (_component(on_a, row) - _component(on_b, row) for row in YIQ_FROM_RGB)
    return WEIGHTS[0] * y * y + WEIGHTS[1] * i * i + WEIGHTS[2] * q * q


def brightness(rgba: UInt8) -> Float64:
    """Y of YIQ on a white page: float64 (...), 0 to 255, from uint8 RGBA (..., 4)."""
    return _component(_on_white(rgba), YIQ_FROM_RGB[0])


def darkness(rgba: UInt8) -> Float64:
    """255 - `brightness`, the same number for all colours that look alike on white: products of integers are exact."""
    red, green, blue, alpha = (rgba[..., channel].astype(np.float64) for channel in range(4))
    return _component([(255 - channel) * alpha / 255 for channel in (red, green, blue)], YIQ_FROM_RGB[0])


def as_uint32(rgba: UInt8) -> npt.NDArray[np.uint32]:
    """Each pixel as one number, to compare all four channels at once: uint32 (height, width)."""
    return rgba.view(np.uint32)[..., 0]


def masked_pixels(rgba: UInt8, where: Mask) -> UInt8:
    """The pixels under a mask, row by row: uint8 RGBA (n, 4)."""
    return as_uint32(rgba)[where][:, None].view(np.uint8)  # six times as fast as rgba[where]


def _on_white(rgba: UInt8) -> list[Float64]:
    """Red, green and blue on a white page, unrounded, each float64 (...)."""
    channels = [rgba[..., c].astype(np.float64) for c in range(4)]
    alpha = channels.pop()
    if (alpha == 255).all():
        return channels
    return [255 + (channel - 255) * (alpha / 255) for channel in channels]


def _component(rgb: list[Float64], row: tuple[float, float, float]) -> Float64:
    return rgb[0] * row[0] + rgb[1] * row[1] + rgb[2] * row[2]


def _estimate_distance(a: UInt8, b: UInt8) -> Float32:
    """`colour_distance` within ESTIMATE_ERROR: float32 (height, width)."""
    yiq = cv2.transform(cv2.subtract(_darkness(a), _darkness(b), dtype=cv2.CV_32F), _ESTIMATE)
    return cv2.transform(cv2.multiply(yiq, yiq, dst=yiq), _SUM).astype(np.float32, copy=False)


def _darkness(rgba: UInt8) -> UInt8 | Float32:
    """255 minus each channel on a white page: uint8 or float32 (height, width, 3), 0 to 255."""
    darkness = 255 - cv2.cvtColor(rgba, cv2.COLOR_RGBA2RGB).astype(np.uint8, copy=False)
    alpha = rgba[..., 3]
    if (alpha == 255).all():
        return darkness
    coverage = cv2.cvtColor(alpha, cv2.COLOR_GRAY2RGB)
    return cv2.multiply(darkness, coverage, scale=1 / 255, dtype=cv2.CV_32F).astype(np.float32, copy=False)
