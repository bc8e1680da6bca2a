"""Differences that tolerate small displacements.

A pixel differs by its distance outside the range of the other picture's levels in its neighbourhood: an edge that is
displaced by a pixel makes no difference, whereas an object that one picture lacks does, however thin.
"""

import cv2
import numpy as np

from app.vision.arrays import Mask, UInt8


def distance_outside_range(a: UInt8, b: UInt8, reach: int, valid: Mask) -> UInt8:
    """The distance of A outside B's local range or of B outside A's, the larger one: uint8 of their shape, in levels.

    a, b: uint8 (height, width[, channels]); channels are independent. reach: radius of the square window in pixels.
    valid: bool (height, width), the pixels of B that are known; unknown pixels, and those outside the pictures, may
        have any level.
    """
    return np.asarray(cv2.max(_excess(a, b, reach, valid), _excess(b, a, reach, None)), np.uint8)


def local_range(gray: UInt8, reach: int) -> UInt8:
    """The maximum minus the minimum within `reach` pixels: uint8 (height, width)."""
    return np.asarray(cv2.morphologyEx(gray, cv2.MORPH_GRADIENT, _square(reach)), np.uint8)


def _excess(values: UInt8, other: UInt8, reach: int, valid: Mask | None) -> UInt8:
    darkest, brightest = other, other
    if valid is not None and not valid.all():
        darkest, brightest = other.copy(), other.copy()
        darkest[~valid], brightest[~valid] = 0, 255
    low = cv2.erode(darkest, _square(reach), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    high = cv2.dilate(brightest, _square(reach), borderType=cv2.BORDER_CONSTANT, borderValue=255)
    return np.asarray(cv2.max(cv2.subtract(values, high), cv2.subtract(low, values)), np.uint8)


def _square(reach: int) -> UInt8:
    return np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
