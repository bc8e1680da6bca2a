"""Noise: what grain and lossy compression leave beside edges."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np

from app.vision.arrays import UInt8
from app.vision.pair import Pair

# A rendering is flat right beside its edges, where JPEG files ripple and photographs have grain. Of the pixels within
# four of an edge, so many have a neighbour just like them, against those whose neighbour is off by up to six levels:
# 0.50 to 0.97 in screenshots and drawings, 0.03 to 0.28 in the same as JPEG of quality 90 and in photographs.
EDGE, BESIDE, RIPPLE, CLEAN = 40, 4, 6, 0.48
# JPEG works on squares of this side. Strong compression leaves nothing beside edges but their borders, which then stand
# out more in B than in A. The ratio is 0.94 to 1.05 between the screenshots and drawings of docs/accuracy.md that are
# clean and 256 pixels wide or more, and 1.06 to 3.3 between one of them and itself as JPEG of quality 10 to 40. Where
# most pixels are near an edge it tells nothing: between circuit boards in black and white it is 0.50 to 2.2.
GRID, BLOCKIER = 8, 1.06


def free_of_noise(pair: Pair) -> bool:
    """Whether both pictures are renderings: clean, and neither is compressed more than the other."""
    ratio = blockiness(pair.gray_b) / blockiness(pair.gray_a)
    return both_clean(pair) and 1 / BLOCKIER < ratio < BLOCKIER


def both_clean(pair: Pair) -> bool:
    """Whether neither picture has noise or ripples; both are looked at side by side."""
    with ThreadPoolExecutor(2) as pool:
        return all(pool.map(is_clean, (pair.gray_a, pair.gray_b)))


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


def blockiness(gray: UInt8) -> float:
    """How much larger steps are between the 8 x 8 blocks of JPEG than within them: 1 without compression."""
    if gray.shape[1] < 4 * GRID:
        return 1.0
    steps = cv2.absdiff(gray[:, 1:], gray[:, :-1]).mean(axis=0)
    between = np.arange(len(steps)) % GRID == GRID - 1
    return float((steps[between].mean() + 0.1) / (steps[~between].mean() + 0.1))
