"""Parts of a rendering that moved by whole pixels, such as the main column beside a side bar that became wider."""

import math
from collections import Counter
from collections.abc import Iterable
from itertools import product

import cv2
import numpy as np

from app.vision.arrays import Mask
from app.vision.pair import Pair
from app.vision.region import Box, union

Shift = tuple[int, int]  # in x and y, from A to B

MAX_SHIFT = 64  # pixels
MAX_STEP = 3  # levels by which moved pixels may differ, as other smoothing makes them
# The least share of the changed pixels that both came from where the shift says and went there.
MIN_MOVED_SHARE = 0.8
MIN_SIDE = 8  # pixels of a box, below which a shift is found by chance
MAX_BLOCKS, MAX_SHIFTS = 100, 20  # boxes whose shift is estimated, and shifts that are tried, to bound the time


def moved_blocks(boxes: list[Box], changed: Mask, pair: Pair) -> tuple[dict[Box, Box], list[Box]]:
    """The boxes that moved, each with the box that it moved to, and the others.

    changed: bool (height, width), the changed pixels of the boxes. Boxes that moved alike become one.
    """
    largest = [box for box in boxes[:MAX_BLOCKS] if min(box.width, box.height) >= MIN_SIDE]
    whole = [_around(boxes)] if len(boxes) > 1 else []
    shifts = Counter(shift for box in [*whole, *largest] for shift in _likely_shifts(box, pair))
    candidates = [shift for shift, _ in shifts.most_common(MAX_SHIFTS)]
    by_shift: dict[Shift, list[Box]] = {}
    others: list[Box] = []
    for box in boxes:
        shift = next((s for s in candidates if _moved_share(box, s, changed, pair) > MIN_MOVED_SHARE), None)
        (others if shift is None else by_shift.setdefault(shift, [])).append(box)
    moved = {_around(alike): shift for shift, alike in by_shift.items()}
    return {box: _moved(box, shift, pair) for box, shift in moved.items()}, others


def _likely_shifts(box: Box, pair: Pair) -> Iterable[Shift]:
    """The shifts by whole pixels next to that of phase correlation."""
    a, b = (gray[box.slices].astype(np.float32) for gray in (pair.gray_a, pair.gray_b))
    window = np.asarray(cv2.createHanningWindow((box.width, box.height), cv2.CV_32F), np.float32)
    (x, y), _ = cv2.phaseCorrelate(a, b, window)
    for shift in product({math.floor(x), math.ceil(x)}, {math.floor(y), math.ceil(y)}):
        if shift != (0, 0) and max(map(abs, shift)) <= MAX_SHIFT:
            yield shift


def _moved_share(box: Box, shift: Shift, changed: Mask, pair: Pair) -> float:
    """The share of the changed pixels in a box that moved by the shift, and at whose place others arrived by it."""
    rows, columns = np.nonzero(changed[box.slices])
    rows, columns = rows + box.y, columns + box.x
    moved = np.ones(len(rows), np.bool_)
    for source, target, (x, y) in ((pair.a, pair.b, shift), (pair.b, pair.a, (-shift[0], -shift[1]))):
        inside = (rows + y >= 0) & (rows + y < target.shape[0]) & (columns + x >= 0) & (columns + x < target.shape[1])
        there = target[np.where(inside, rows + y, rows), np.where(inside, columns + x, columns)]
        moved &= inside & (cv2.absdiff(source[rows, columns], there).max(axis=1, initial=0) <= MAX_STEP)
    return float(moved.mean()) if len(moved) else 0.0


def _around(boxes: Iterable[Box]) -> Box:
    first, *others = boxes
    for box in others:
        first = union(first, box)
    return first


def _moved(box: Box, shift: Shift, pair: Pair) -> Box:
    """The box moved by the shift and cut to the picture."""
    x, y = max(0, box.x + shift[0]), max(0, box.y + shift[1])
    right = min(pair.size[0], box.x + shift[0] + box.width)
    bottom = min(pair.size[1], box.y + shift[1] + box.height)
    return Box(x, y, max(1, right - x), max(1, bottom - y))
