"""Differences that no small displacement explains.

A pixel differs only as far as it lies outside the range that the other picture takes in its neighbourhood: so an edge
that is off by a pixel makes no difference, while a thing that one picture lacks does, however thin it is.
"""

import cv2
import numpy as np

from app.vision.arrays import Mask, UInt8


def distance_outside_range(a: UInt8, b: UInt8, reach: int, known: Mask) -> UInt8:
    """How far one lies outside the other's band, the larger of both ways: uint8 of their shape, in levels.

    a, b: uint8 (height, width[, channels]), each channel by itself. reach: pixels each way, a square window.
    known: bool (height, width), where B has pixels; what lies beyond it, or beyond the picture, may hold anything.
    """
    return np.asarray(cv2.max(_beyond(a, b, reach, known), _beyond(b, a, reach, None)), np.uint8)


def local_range(gray: UInt8, reach: int) -> UInt8:
    """The brightest less the darkest within `reach` pixels: uint8 (height, width)."""
    return np.asarray(cv2.morphologyEx(gray, cv2.MORPH_GRADIENT, _square(reach)), np.uint8)


def _beyond(values: UInt8, other: UInt8, reach: int, known: Mask | None) -> UInt8:
    darkest, brightest = other, other
    if known is not None and not known.all():
        darkest, brightest = other.copy(), other.copy()
        darkest[~known], brightest[~known] = 0, 255
    low = cv2.erode(darkest, _square(reach), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    high = cv2.dilate(brightest, _square(reach), borderType=cv2.BORDER_CONSTANT, borderValue=255)
    return np.asarray(cv2.max(cv2.subtract(values, high), cv2.subtract(low, values)), np.uint8)


def _square(reach: int) -> UInt8:
    return np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
