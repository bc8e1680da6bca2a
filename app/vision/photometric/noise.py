"""Noise: what grain and lossy compression leave beside edges."""

import cv2
import numpy as np

from app.vision.arrays import Float64, UInt8
from app.vision.histogram import counts
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
STRIP = 64  # rows at a time, which stay in the cache


def free_of_noise(pair: Pair) -> bool:
    """Whether both pictures are renderings: clean, and neither is compressed more than the other."""
    return both_clean(pair) and 1 / BLOCKIER < blockiness(pair.gray_b) / blockiness(pair.gray_a) < BLOCKIER


def both_clean(pair: Pair) -> bool:
    """Whether neither picture has noise or ripples. Of photographs, the first mostly settles it."""
    return is_clean(pair.gray_a) and is_clean(pair.gray_b)


def is_clean(gray: UInt8) -> bool:
    """Whether a picture, uint8 (height, width), has neither noise nor ripples beside its edges."""
    if gray.shape[1] < 2:
        return True
    steps = np.sum([_beside_edges(gray, top) for top in range(0, gray.shape[0], STRIP)], axis=0)
    if not steps.any():
        steps = counts(np.asarray(cv2.absdiff(gray[:, 1:], gray[:, :-1])), EDGE + 1)
    return bool(steps[0] > CLEAN * np.sum(steps[: RIPPLE + 1]))


def _beside_edges(gray: UInt8, top: int) -> Float64:
    """How often steps of 0 to EDGE levels occur beside edges, in STRIP rows from `top`."""
    first = max(0, top - BESIDE)
    rows = gray[first : top + STRIP + BESIDE]
    step = np.asarray(cv2.absdiff(rows[:, 1:], rows[:, :-1]))
    _, edges = cv2.threshold(step, EDGE, 1, cv2.THRESH_BINARY)
    if not cv2.countNonZero(edges):
        return np.zeros(EDGE + 1)
    near = np.asarray(cv2.dilate(edges, np.ones((2 * BESIDE + 1, 2 * BESIDE + 1), np.uint8)), np.uint8).view(np.bool_)
    strip = slice(top - first, top - first + STRIP)
    return counts(step[strip], EDGE + 1, near[strip])


def blockiness(gray: UInt8) -> float:
    """How much larger steps are between the 8 x 8 blocks of JPEG than within them: 1 without compression."""
    if gray.shape[1] < 4 * GRID:
        return 1.0
    steps = cv2.absdiff(gray[:, 1:], gray[:, :-1]).mean(axis=0)
    between = np.arange(len(steps)) % GRID == GRID - 1
    return float((steps[between].mean() + 0.1) / (steps[~between].mean() + 0.1))
