"""Boxes as large as what changed: parts that were joined over much of a picture get boxes of their own again."""

import cv2
import numpy as np
import numpy.typing as npt

from app.vision.arrays import Mask
from app.vision.region import Box

# A box over more than this share of the picture is divided if less than MIN_FILL of it changed: a lake that dried up
# stays one.
MAX_SHARE, MIN_FILL = 0.25, 0.5
# A single part that is still so large and sparse is a line or an outline: it is cut at a grid of so many cells a side.
GRID = 8
# Boxes are joined until there are MAX_PARTS of them, and further if at most MAX_WASTE of the joint box is in neither.
MAX_PARTS, MAX_WASTE = 8, 0.25
# All boxes are compared with each other, so nearby parts are joined first until there are no more than these.
MOST_BOXES = 200

Corners = npt.NDArray[np.int64]  # (n, 4): left, top, right, bottom


def divided(box: Box, changed: Mask, picture: int) -> list[Box]:
    """The boxes of the parts of a group of changed pixels; its own box if that is small or dense.

    changed: the group's pixels, bool, of the size of the box. picture: the number of pixels of the whole picture. Only
    what is dense gets a box over more than MAX_SHARE of it.
    """
    if not _too_large(changed, picture):
        return [box]
    corners = _joined(_parts(changed, picture), MAX_SHARE * picture)
    return [Box(box.x + x, box.y + y, right - x, bottom - y) for x, y, right, bottom in corners.tolist()]


def _too_large(changed: Mask, picture: int) -> bool:
    return changed.size > MAX_SHARE * picture and float(changed.mean()) < MIN_FILL


def _parts(changed: Mask, picture: int) -> Corners:
    """The bounding boxes of the connected parts, and of the cells of those that are too large themselves."""
    labels, boxes = _components(changed)
    found = list[tuple[int, int, int, int]]()
    for label, box in enumerate(boxes, 1):
        part = (labels[box.slices] == label) & changed[box.slices]
        found += _cells(part, box) if _too_large(part, picture) else _tight(part, box.x, box.y)
    return np.array(found, np.int64)


def _components(changed: Mask) -> tuple[npt.NDArray[np.int32], list[Box]]:
    """Labels, from 1, and boxes of the connected parts; nearby ones are joined if there are more than MOST_BOXES."""
    reach = 1
    while True:
        joined = cv2.dilate(changed.view(np.uint8), np.ones((reach, reach), np.uint8))
        count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
        if count <= MOST_BOXES:
            return np.asarray(labels, np.int32), [Box(*box) for box in stats[1:, :4].tolist()]
        reach = 2 * reach + 1


def _cells(part: Mask, box: Box) -> list[tuple[int, int, int, int]]:
    """The corners of what lies in each cell of a grid over a part in `box`."""
    step = -(-max(part.shape) // GRID)
    cells = [(top, left) for top in range(0, part.shape[0], step) for left in range(0, part.shape[1], step)]
    return [
        corners
        for top, left in cells
        for corners in _tight(part[top : top + step, left : left + step], box.x + left, box.y + top)
    ]


def _tight(part: Mask, x: int, y: int) -> list[tuple[int, int, int, int]]:
    """The corners of a part's bounding box, moved by x and y; none if it is empty."""
    left, top, width, height = cv2.boundingRect(part.view(np.uint8))
    return [(x + left, y + top, x + left + width, y + top + height)] if width else []


def _joined(boxes: Corners, largest: float) -> Corners:
    """Boxes joined in pairs, always those whose joint box has the fewest pixels that are in neither."""
    while len(boxes) > 1:
        first, second, waste = _cheapest(boxes, largest)
        if waste > (MAX_WASTE if len(boxes) <= MAX_PARTS else 1):
            break
        boxes[first] = np.concatenate(
            [np.minimum(boxes[first, :2], boxes[second, :2]), np.maximum(boxes[first, 2:], boxes[second, 2:])]
        )
        boxes = np.delete(boxes, second, axis=0)
    return boxes


def _cheapest(boxes: Corners, largest: float) -> tuple[int, int, float]:
    """Two boxes, and the share of their joint box that is in neither: infinite if it exceeds `largest` pixels."""
    low = np.minimum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.maximum(boxes[:, None, 2:], boxes[None, :, 2:])
    joint, own = np.prod(high - low, axis=2), np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    waste = (joint - own[:, None] - own[None, :]).astype(np.float64)
    waste[(joint > largest) & (joint > np.maximum(own[:, None], own[None, :]))] = np.inf
    np.fill_diagonal(waste, np.inf)
    first, second = (int(i) for i in np.unravel_index(np.argmin(waste), waste.shape))
    return first, second, float(waste[first, second]) / float(joint[first, second])
