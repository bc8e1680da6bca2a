"""Parts of a rendering that moved by whole pixels, such as the main column beside a side bar that became wider."""

import math
from collections import Counter
from collections.abc import Iterable
from itertools import product

import cv2
import numpy as np
import numpy.typing as npt

from app.vision.arrays import Mask, UInt8
from app.vision.finders.detection.grouping import groups, strongest
from app.vision.pair import Pair
from app.vision.region import Box, union

Shift = tuple[int, int]  # in x and y, from A to B
Pixels = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]  # rows and columns

MAX_SHIFT = 64  # pixels
MAX_STEP = 3  # levels by which moved pixels may differ, as other smoothing makes them
# The least share of the changed pixels that both came from where the shift says and went there.
MIN_MOVED_SHARE = 0.8
NEW_GAP, MIN_NEW_PIXELS = 0.015, 60  # of groups of changed pixels that no shift explains
MIN_SIDE = 8  # pixels of a box, below which a shift is found by chance
# Boxes whose shift is estimated, pixels of each that are looked at, shifts that are tried, and pixels that they are
# tried on, to bound the time.
MAX_BLOCKS, MAX_WINDOW, MAX_SHIFTS, MAX_PIXELS = 20, 200_000, 8, 5_000


def moved_blocks(boxes: list[Box], changed: Mask, pair: Pair) -> tuple[dict[Box, Box], list[Box]]:
    """The boxes that moved, each with the box that it moved to, and the others.

    changed: bool (height, width), the changed pixels of the boxes. Boxes that moved alike become one; what is new
    beside them is one of the others.
    """
    large = [box for box in boxes[:MAX_BLOCKS] if min(box.width, box.height) >= MIN_SIDE]
    whole = [_around(boxes)] if len(boxes) > 1 else []
    counted = Counter(shift for box in [*whole, *large] for shift in _likely_shifts(box, pair))
    shifts = [shift for shift, _ in counted.most_common(MAX_SHIFTS)]
    if not shifts:
        return {}, boxes
    by_shift: dict[Shift, list[Box]] = {}
    others: list[Box] = []
    new = np.zeros(changed.shape, np.bool_)
    for box in boxes:
        rows, columns = np.nonzero(changed[box.slices])
        pixels = rows + box.y, columns + box.x
        if (shift := _shift(pixels, shifts, pair)) is None:
            others.append(box)
        else:
            by_shift.setdefault(shift, []).append(box)
            new[pixels] = ~np.logical_or(*_moved(pixels, shift, pair))
    moved = {_around(alike): shift for shift, alike in by_shift.items()}
    if moved:
        others += groups(new, NEW_GAP, MIN_NEW_PIXELS)
    return {box: _shifted_box(box, shift, pair) for box, shift in moved.items()}, others


def _shift(pixels: Pixels, shifts: list[Shift], pair: Pair) -> Shift | None:
    """The first of the shifts that most of the pixels follow; None if none is."""
    step = max(1, len(pixels[0]) // MAX_PIXELS)
    sample = pixels[0][::step], pixels[1][::step]
    return next((s for s in shifts if np.logical_and(*_moved(sample, s, pair)).mean() > MIN_MOVED_SHARE), None)


def _likely_shifts(box: Box, pair: Pair) -> Iterable[Shift]:
    """The shifts by whole pixels next to that of phase correlation."""
    height = max(1, min(box.height, MAX_WINDOW // box.width))  # of a long page the top suffices
    a, b = (gray[box.slices][:height].astype(np.float32) for gray in (pair.gray_a, pair.gray_b))
    window = np.asarray(cv2.createHanningWindow((box.width, height), cv2.CV_32F), np.float32)
    (x, y), _ = cv2.phaseCorrelate(a, b, window)
    for shift in product({math.floor(x), math.ceil(x)}, {math.floor(y), math.ceil(y)}):
        if shift != (0, 0) and max(map(abs, shift)) <= MAX_SHIFT:
            yield shift


def _moved(pixels: Pixels, shift: Shift, pair: Pair) -> tuple[Mask, Mask]:
    """Which pixels of A moved by the shift, and which pixels of B at the same places arrived by it: two bool (n,)."""
    return _follow(pixels, shift, pair.a, pair.b), _follow(pixels, (-shift[0], -shift[1]), pair.b, pair.a)


def _follow(pixels: Pixels, shift: Shift, source: UInt8, target: UInt8) -> Mask:
    (y, x), (by_x, by_y), (height, width) = pixels, shift, target.shape[:2]
    inside = (y + by_y >= 0) & (y + by_y < height) & (x + by_x >= 0) & (x + by_x < width)
    there = target[np.where(inside, y + by_y, y), np.where(inside, x + by_x, x)]
    step = strongest(np.asarray(cv2.absdiff(source[None, y, x], there[None]), np.uint8))[0]
    return np.asarray(inside & (step <= MAX_STEP), np.bool_)


def _around(boxes: Iterable[Box]) -> Box:
    first, *others = boxes
    for box in others:
        first = union(first, box)
    return first


def _shifted_box(box: Box, shift: Shift, pair: Pair) -> Box:
    """The box moved by the shift and cut to the picture."""
    x, y = max(0, box.x + shift[0]), max(0, box.y + shift[1])
    right = min(pair.size[0], box.x + shift[0] + box.width)
    bottom = min(pair.size[1], box.y + shift[1] + box.height)
    return Box(x, y, max(1, right - x), max(1, bottom - y))
