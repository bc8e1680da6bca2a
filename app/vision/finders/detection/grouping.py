"""From changed pixels to regions: functions that several finders use."""

import math
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from app.vision.arrays import Mask, UInt8
from app.vision.finders.detection.dividing import MAX_SHARE, divided
from app.vision.geometry import Size, resize_matrix
from app.vision.pair import Pair
from app.vision.region import Box, Finding, Region, map_box
from app.vision.resize import reduce, reduce_mask

# Probabilities are clipped to [CLIP, 1 - CLIP], so that their log-odds are finite.
CLIP = 0.002

Level = TypeVar("Level", np.uint8, np.float32)
Plane = TypeVar("Plane", np.uint8, np.bool_)


def reduced(pair: Pair, size: Size) -> tuple[UInt8, UInt8, Mask]:
    """A and B, uint8 RGB, and the mask of where both have pixels, bool, reduced to `size`, (width, height)."""
    if size == pair.size:
        return pair.a, pair.b, pair.valid
    return reduce(pair.a, size), reduce(pair.b, size), reduce_mask(pair.valid, size)


def strongest(levels: npt.NDArray[Level]) -> npt.NDArray[Level]:
    """The largest of three channels: (height, width), from (height, width, 3). Ten times as fast as max(axis=2)."""
    red, green, blue = cv2.split(levels)
    return np.asarray(cv2.max(cv2.max(red, green), blue), levels.dtype)


def enlarged(plane: npt.NDArray[Plane], size: Size, interpolation: int = cv2.INTER_NEAREST) -> npt.NDArray[Plane]:
    """A map of reduced pictures, (height, width), resized to the pair's `size`."""
    return cv2.resize(plane.view(np.uint8), size, interpolation=interpolation).view(plane.dtype)


def in_frame(region: Region, size: Size, frame: Size, margin: int = 0) -> Region:
    """Map a region of pictures of `size` to the pair's `frame`, its box first grown by `margin` pixels on each side."""
    x, y = max(0, region.box.x - margin), max(0, region.box.y - margin)
    right, bottom = region.box.x + region.box.width + margin, region.box.y + region.box.height + margin
    grown = Box(x, y, min(right, size[0]) - x, min(bottom, size[1]) - y)
    pixels = round(region.changed_pixels * frame[0] * frame[1] / (size[0] * size[1]))
    return replace(region, box=map_box(grown, resize_matrix(size, frame), frame), changed_pixels=pixels)


def close(mask: Mask, reach: int) -> Mask:
    """Morphological closing, which joins parts up to twice `reach` pixels apart: bool (height, width)."""
    # Without the padding, the closing would join parts with the border of the picture.
    padded = cv2.copyMakeBorder(mask.view(np.uint8), reach, reach, reach, reach, cv2.BORDER_CONSTANT, value=0)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    return np.ascontiguousarray(closed[reach:-reach, reach:-reach]).view(np.bool_)


def groups(mask: Mask, max_gap: float, min_pixels: int) -> list[Box]:
    """Boxes of the groups of at least `min_pixels` pixels; parts up to twice `max_gap` of the side apart are joined.

    Where that joins parts over much of the picture, they are divided again.
    """
    labels, stats = components(close(mask, max(1, round(max_gap * mask.size**0.5))))
    large = np.bincount(labels[mask], minlength=len(stats)) >= min_pixels
    large[0] = False
    boxes = list[Box]()
    for label in np.flatnonzero(large).tolist():
        box = Box(*stats[label, :4].tolist())
        if box.width * box.height <= MAX_SHARE * mask.size:
            boxes.append(box)
            continue
        changed = mask[box.slices] & (labels[box.slices] == label)
        parts = divided(box, changed, mask.size)
        boxes += [part for part in parts if np.count_nonzero(mask[part.slices]) >= min_pixels]
    return _outermost(boxes)


def _outermost(boxes: list[Box]) -> list[Box]:
    """The boxes that do not lie in a larger one. A picture may have ten thousand, so they are compared as arrays."""
    left, top, width, height = (
        np.array([(box.x, box.y, box.width, box.height) for box in boxes]).reshape(-1, 4).T.copy()
    )
    right, bottom, areas = left + width, top + height, width * height
    held = np.zeros(len(boxes), np.bool_)
    for x, y, end, low, area in zip(left, top, right, bottom, areas, strict=True):
        held |= (left >= x) & (top >= y) & (right <= end) & (bottom <= low) & (areas < area)
    return [box for box, inside in zip(boxes, held, strict=True) if not inside]


def components(mask: Mask) -> tuple[npt.NDArray[np.integer], npt.NDArray[np.int32]]:
    """Labels (height, width) of the 8-connected parts, and for each left, top, width, height and area; 0 is outside."""
    for labels in (cv2.CV_16U, cv2.CV_32S):
        with suppress(cv2.error):  # 16 bits are three times as fast and nearly always enough
            _, found, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8, ltype=labels)
            return np.asarray(found), np.asarray(stats, np.int32)
    raise MemoryError


def chance(weights: tuple[float, ...], features: tuple[float, ...]) -> float:
    """The probability that a logistic regression predicts, in [0, 1]. weights: the bias, then one for each feature."""
    return 1 / (1 + math.exp(-sum(w * v for w, v in zip(weights, (1.0, *features), strict=True))))


def log_odds(probability: float) -> float:
    """ln(p / (1 - p)) of a probability, clipped so that the result is finite."""
    probability = min(max(probability, CLIP), 1 - CLIP)
    return math.log(probability / (1 - probability))


def outer_boxes(mask: Mask) -> list[Box]:
    """The bounding boxes of the outer contours."""
    contours, _ = cv2.findContours(mask.view(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return [Box(*cv2.boundingRect(contour)) for contour in contours]


def finding(boxes: Iterable[Box], mask: Mask, evidence: UInt8, name: str) -> Finding:
    """A finding whose regions are scored with the mean evidence of their changed pixels, most change first."""
    return Finding(most_change_first(_region(box, mask, evidence, name) for box in boxes), mask, evidence)


def enlarged_finding(regions: Iterable[Region], mask: Mask, evidence: UInt8, pair: Pair, margin: int = 0) -> Finding:
    """A finding in reduced pictures, mapped to the pair's frame. margin: in reduced pixels, as for in_frame()."""
    size = mask.shape[1], mask.shape[0]
    mapped = most_change_first(in_frame(region, size, pair.size, margin) for region in regions)
    return Finding(mapped, enlarged(mask, pair.size), enlarged(evidence, pair.size))


def no_change(pair: Pair) -> Finding:
    """A finding without regions."""
    nothing = np.zeros_like(pair.valid)
    return Finding([], nothing, nothing.view(np.uint8))


def most_change_first(regions: Iterable[Region]) -> list[Region]:
    """The regions sorted by their changed pixels times their score."""
    return sorted(regions, key=lambda region: region.changed_pixels * region.score, reverse=True)


def _region(box: Box, mask: Mask, evidence: UInt8, name: str) -> Region:
    inside = mask[box.slices]
    score = float(evidence[box.slices][inside].mean()) / 255 if inside.any() else 0.0
    return Region(box, int(np.count_nonzero(inside)), score, (name,))
