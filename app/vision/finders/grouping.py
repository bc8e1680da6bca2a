"""From changed pixels to regions: what the finders share."""

from collections.abc import Iterable

import cv2
import numpy as np

from app.vision.arrays import Mask, UInt8
from app.vision.region import Box, Finding, Region


def close(mask: Mask, reach: int) -> Mask:
    """Join what lies within twice `reach` pixels of each other: bool (height, width)."""
    # The closing would stick to the border of the picture without the padding.
    padded = cv2.copyMakeBorder(mask.view(np.uint8), reach, reach, reach, reach, cv2.BORDER_CONSTANT, value=0)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    return np.ascontiguousarray(closed[reach:-reach, reach:-reach]).view(np.bool_)


def outer_boxes(mask: Mask) -> list[Box]:
    """The upright boxes of the outer contours."""
    contours, _ = cv2.findContours(mask.view(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return [Box(*cv2.boundingRect(contour)) for contour in contours]


def finding(boxes: Iterable[Box], mask: Mask, evidence: UInt8, name: str) -> Finding:
    """Regions with the mean evidence of their changed pixels as the score, most change first."""
    regions = [_region(box, mask, evidence, name) for box in boxes]
    regions.sort(key=lambda region: region.changed_pixels * region.score, reverse=True)
    return Finding(regions, mask, evidence)


def _region(box: Box, mask: Mask, evidence: UInt8, name: str) -> Region:
    inside = mask[box.slices]
    score = float(evidence[box.slices][inside].mean()) / 255 if inside.any() else 0.0
    return Region(box, int(np.count_nonzero(inside)), score, (name,))
