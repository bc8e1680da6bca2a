"""Sharpness: the pictures of one scene may be in focus differently, or scaled by different programs."""

import cv2
import numpy as np

from app.vision.arrays import Mask, UInt8

SIGMAS = (0.6, 0.9, 1.3, 1.8, 2.5)
# Larger differences are cut off: a change must not decide how sharp the rest is.
CUT = 20
# A blur must lower the difference by this share, or it stays off.
GAIN = 0.03


def match_sharpness(a: UInt8, b: UInt8, valid: Mask) -> tuple[UInt8, UInt8]:
    """Two gray pictures, uint8 (height, width), the sharper one blurred until they differ least."""
    given = _difference(a, b, valid)
    best, least = (a, b), (1 - GAIN) * given
    for blur_a in (True, False) if given else ():
        before = given
        for sigma in SIGMAS:
            candidate = (_blur(a, sigma), b) if blur_a else (a, _blur(b, sigma))
            difference = _difference(*candidate, valid)
            if difference > before:
                break  # past the best, which for most pictures is none at all
            if difference < least:
                best, least = candidate, (1 - GAIN) * difference
            before = difference
    return best


def _blur(gray: UInt8, sigma: float) -> UInt8:
    return np.asarray(cv2.GaussianBlur(gray, (0, 0), sigma), np.uint8)


def _difference(a: UInt8, b: UInt8, valid: Mask) -> float:
    _, cut = cv2.threshold(cv2.absdiff(a, b), CUT, CUT, cv2.THRESH_TRUNC)
    return float(cv2.mean(cut, valid.view(np.uint8))[0])
