"""Noise: what grain and lossy compression leave beside edges."""

import cv2
import numpy as np

from app.vision.arrays import UInt8

# A rendering is flat right beside its edges, where JPEG files ripple and photographs have grain. Of the pixels within
# four of an edge, so many have a neighbour just like them, against those whose neighbour is off by up to six levels:
# 0.50 to 0.97 in screenshots and drawings, 0.03 to 0.28 in the same as JPEG of quality 90 and in photographs.
EDGE, BESIDE, RIPPLE, CLEAN = 40, 4, 6, 0.48


def is_clean(gray: UInt8) -> bool:
    """Whether a picture, uint8 (height, width), has neither noise nor ripples beside its edges."""
    if gray.shape[1] < 2:
        return True
    step = cv2.absdiff(gray[:, 1:], gray[:, :-1])
    edges = (step > EDGE).view(np.uint8)
    size = 2 * BESIDE + 1
    beside = cv2.dilate(edges, np.ones((size, size), np.uint8)).view(np.bool_) & (step <= EDGE)
    near = step[beside] if beside.any() else step
    flat, ripples = int(np.count_nonzero(near == 0)), int(np.count_nonzero((near > 0) & (near <= RIPPLE)))
    return flat > CLEAN * (flat + ripples)
