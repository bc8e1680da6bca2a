"""Match the sharpness of pictures of one scene that differ in focus or were scaled by different programs."""

import cv2
import numpy as np

from app.vision.arrays import Mask, UInt8

SIGMAS = (0.6, 0.9, 1.3, 1.8, 2.5)
# Larger differences in levels are truncated, so that changed objects do not affect the estimate.
MAX_DIFFERENCE = 20
# A blur is applied only if it reduces the difference by this share.
MIN_GAIN = 0.03


def match_sharpness(a: UInt8, b: UInt8, valid: Mask) -> tuple[UInt8, UInt8]:
    """Two gray pictures, uint8 (height, width), with the sharper one blurred to the least difference."""
    unblurred = _difference(a, b, valid)
    best, least = (a, b), (1 - MIN_GAIN) * unblurred
    for blur_a in (True, False) if unblurred else ():
        previous = unblurred
        for sigma in SIGMAS:
            candidate = (blur(a, sigma), b) if blur_a else (a, blur(b, sigma))
            difference = _difference(*candidate, valid)
            if difference > previous:
                break  # past the minimum, which for most pictures is without any blur
            if difference < least:
                best, least = candidate, (1 - MIN_GAIN) * difference
            previous = difference
    return best


def blur(gray: UInt8, sigma: float) -> UInt8:
    """A gaussian blur of a gray picture, uint8 (height, width). sigma: in pixels."""
    return np.asarray(cv2.GaussianBlur(gray, (0, 0), sigma), np.uint8)


def _difference(a: UInt8, b: UInt8, valid: Mask) -> float:
    _, truncated = cv2.threshold(cv2.absdiff(a, b), MAX_DIFFERENCE, MAX_DIFFERENCE, cv2.THRESH_TRUNC)
    return float(cv2.mean(truncated, valid.view(np.uint8))[0])
