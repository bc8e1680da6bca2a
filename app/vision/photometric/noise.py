"""Detect grain and the artefacts of lossy compression."""

from collections.abc import Iterable

import cv2
import numpy as np

from app.vision.arrays import Float64, Mask, UInt8
from app.vision.histogram import counts
from app.vision.photometric.black_frame import content_mask
from app.vision.tiles import bands

# Renderings are flat near their edges, where JPEG leaves ripples and photographs have grain. Among the steps of up to
# MAX_RIPPLE levels between neighbours within EDGE_REACH pixels of an edge, the share of zero steps is 0.50 to 0.97 in
# screenshots and drawings, and 0.03 to 0.28 in photographs and in the same drawings as JPEG of quality 90.
MIN_EDGE_STEP, EDGE_REACH, MAX_RIPPLE, MIN_FLAT_SHARE = 40, 4, 6, 0.48
# The side of JPEG's blocks. Strong compression removes the ripples but makes the borders of the blocks visible. The
# ratio of the blockiness of B and A is 0.94 to 1.05 between the screenshots and drawings of docs/accuracy.md that are
# clean and at least 256 pixels wide, and 1.06 to 3.3 between one of them and its JPEG of quality 10 to 40. If most
# pixels are near an edge it is meaningless: between circuit boards in black and white it is 0.50 to 2.2.
BLOCK_SIZE, BLOCKINESS_RATIO = 8, 1.06
# The share of such steps that continue those beside them is 0.72 in a page on a soft gradient, and up to 0.22 in nine
# of ten photographs; the others are flat as well.
MIN_SMOOTH_SHARE = 0.5
# Smoothed letters have gray pixels: 0.9 or more for each step at an edge, on the page with the least of them. Circuit
# boards in black and white have up to 0.42.
DARKEST, BRIGHTEST, MIN_GRAYS_PER_EDGE = 32, 223, 0.6
# What fills at most this share of its bounding box is round, and a drawing has more equal neighbours than this share.
MAX_ROUND, MAX_FLAT = 0.9, 0.9
MIN_SAMPLED_STEPS = 20_000  # near edges, in the sampled rows of a large picture; with fewer, all rows are looked at
STRIP_ROWS = 64  # rows processed at a time, so that they fit in the cache


def is_clean(gray: UInt8, valid: Mask | None = None) -> bool:
    """Whether a picture, uint8 (height, width), has neither noise nor ripples near its edges.

    valid: bool (height, width), the pixels of the picture itself; None for all. Others, such as those beside a picture
    that was turned, make an edge with it that is as flat as in a rendering.
    """
    if gray.shape[1] < 2:
        return True
    if _is_round_photograph(gray):
        return False
    own = None if valid is None else _own_steps(valid)
    steps = _steps_near_edges(gray, own)
    if not steps.any():
        steps = counts(np.asarray(cv2.absdiff(gray[:, 1:], gray[:, :-1])), MIN_EDGE_STEP + 1, own)
    return bool(steps[0] > MIN_FLAT_SHARE * np.sum(steps[: MAX_RIPPLE + 1])) or _is_smooth(gray, own)


def _own_steps(valid: Mask) -> Mask | None:
    """The steps between two valid pixels next to each other, away from the border, where resampling blends.

    None if all steps are, or none is.
    """
    if valid.all():
        return None
    core = cv2.erode(valid.view(np.uint8), np.ones((3, 3), np.uint8), borderType=cv2.BORDER_REPLICATE).view(np.bool_)
    own = core[:, 1:] & core[:, :-1]
    return own if own.any() else None


def _is_round_photograph(gray: UInt8) -> bool:
    """Whether a picture is round in a black frame and not flat: of a fundus camera, a telescope or a scanner.

    The frame is flat, and its edge often the only strong one.
    """
    content = content_mask(gray)
    if content is None:
        return False
    _, _, width, height = cv2.boundingRect(content.view(np.uint8))
    inside = content[:, 1:] & content[:, :-1]
    if not inside.any() or np.count_nonzero(content) > MAX_ROUND * width * height:
        return False
    return float(np.mean(cv2.absdiff(gray[:, 1:], gray[:, :-1])[inside] == 0)) < MAX_FLAT


def _is_smooth(gray: UInt8, own: Mask | None) -> bool:
    """Whether a picture is an even gradient near its edges: the next step differs by at most a level, both ways.

    own: the steps that count, bool (height, width - 1); None for all.
    """
    smooth = small = 0
    for band in bands(gray.shape):
        steps = np.diff(gray[band].astype(np.int16), axis=1)
        counted = np.True_ if own is None else own[band]
        edges = np.asarray((np.abs(steps) > MIN_EDGE_STEP) & counted).view(np.uint8)
        near = cv2.dilate(edges, np.ones((2 * EDGE_REACH + 1, 2 * EDGE_REACH + 1), np.uint8)).view(np.bool_)
        near &= (np.abs(steps) <= MAX_RIPPLE) & counted
        even = np.abs(np.diff(steps, axis=1)) <= 1
        small += int(np.count_nonzero(near))
        smooth += int(np.count_nonzero(near[:, 1:-1] & even[:, 1:] & even[:, :-1]))
    return smooth > MIN_SMOOTH_SHARE * max(1, small)


def is_rendering(gray: UInt8) -> bool:
    """Whether a picture, uint8 (height, width), was drawn by a program: it is clean, and no scan in black and white."""
    return is_clean(gray) and not is_binary_scan(gray)


def is_binary_scan(gray: UInt8) -> bool:
    """Whether a picture is in black and white, without the grays of smoothed edges.

    A scan is cleaned by a threshold, but its edges lie elsewhere each time, as in a photograph.
    """
    between = edges = 0
    for band in bands(gray.shape):
        between += cv2.countNonZero(cv2.inRange(gray[band], DARKEST + 1, BRIGHTEST - 1))
        if gray.shape[1] > 1:
            edges += cv2.countNonZero(cv2.inRange(cv2.absdiff(gray[band, 1:], gray[band, :-1]), MIN_EDGE_STEP + 1, 255))
    return between < MIN_GRAYS_PER_EDGE * edges


def is_photograph(gray: UInt8) -> bool:
    """Whether a picture, uint8 (height, width), has the grain or the compression artefacts of photographs.

    Only those were shown to the networks in training. True for 329 of 330 photographs, and for none of 118 screenshots,
    drawings and plans unless saved as JPEG.
    """
    return not is_clean(gray)


def _steps_near_edges(gray: UInt8, own: Mask | None) -> Float64:
    """The histogram of steps near edges, as of _count_steps_near_edges(): of a sample of rows if that has enough."""
    every, sampled = range(0, gray.shape[0], STRIP_ROWS), [band.start for band in bands(gray.shape)]
    if len(sampled) > 1:  # one band is the whole of a small picture
        steps = _sum_of_steps(gray, own, sampled)
        if steps.sum() >= MIN_SAMPLED_STEPS:
            return steps
    return _sum_of_steps(gray, own, every)


def _sum_of_steps(gray: UInt8, own: Mask | None, tops: Iterable[int]) -> Float64:
    return np.asarray(np.sum([_count_steps_near_edges(gray, own, top) for top in tops], axis=0), np.float64)


def _count_steps_near_edges(gray: UInt8, own: Mask | None, top: int) -> Float64:
    """The histogram of steps of 0 to MIN_EDGE_STEP levels near edges, in STRIP_ROWS rows from `top`.

    own: the steps that count, bool (height, width - 1); None for all.
    """
    first = max(0, top - EDGE_REACH)
    rows = gray[first : top + STRIP_ROWS + EDGE_REACH]
    step = np.asarray(cv2.absdiff(rows[:, 1:], rows[:, :-1]))
    _, edges = cv2.threshold(step, MIN_EDGE_STEP, 1, cv2.THRESH_BINARY)
    counted = None if own is None else own[first : top + STRIP_ROWS + EDGE_REACH]
    if counted is not None:
        edges &= counted.view(np.uint8)
    if not cv2.countNonZero(edges):
        return np.zeros(MIN_EDGE_STEP + 1)
    near = cv2.dilate(edges, np.ones((2 * EDGE_REACH + 1, 2 * EDGE_REACH + 1), np.uint8)).view(np.bool_)
    if counted is not None:
        near &= counted
    strip = slice(top - first, top - first + STRIP_ROWS)
    return counts(step[strip], MIN_EDGE_STEP + 1, near[strip])


def blockiness(gray: UInt8) -> float:
    """The ratio of the mean step between the 8 x 8 blocks of JPEG to that within them: 1 without compression."""
    if gray.shape[1] < 4 * BLOCK_SIZE:
        return 1.0
    steps = cv2.absdiff(gray[:, 1:], gray[:, :-1]).mean(axis=0)
    between = np.arange(len(steps)) % BLOCK_SIZE == BLOCK_SIZE - 1
    return float((steps[between].mean() + 0.1) / (steps[~between].mean() + 0.1))
