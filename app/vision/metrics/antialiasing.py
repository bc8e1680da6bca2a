"""Tell the smoothed edges of shapes and letters from real changes.

V. Vyšniauskas, "Anti-aliased pixel and intensity slope detector", Elektronika ir Elektrotechnika 95(7), 2009.
"""

import cv2
import numpy as np

from app.vision.arrays import Float64, Mask, UInt8
from app.vision.metrics.yiq import as_uint32, brightness, masked_pixels

REACH = 2  # a verdict depends on pixels up to two rows and columns away: on the neighbours of the neighbours

_BOX = np.ones((3, 3), np.uint8)
# Column by column: of several equally dark (or bright) neighbours, the first in this order stands for them.
_NEIGHBOURS = [(dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1) if (dx, dy) != (0, 0)]


def antialiased(a: UInt8, b: UInt8, among: Mask) -> Mask:
    """Which pixels are a smoothed edge in A or in B: bool (height, width).

    a, b: uint8 RGBA (height, width, 4). among: bool (height, width), the pixels to judge; the others are False.
    A pixel is a smoothed edge where at most two neighbours share its brightness, some are darker and some brighter,
    and the darkest or the brightest of them is flat, which is to say has more than two neighbours of its own colour,
    in both pictures. At the border, where neighbours are missing, they count as one that is equal.
    """
    flat_a, flat_b = _flat(a), _flat(b)
    flat = flat_a & flat_b
    # An edge has a flat neighbour and is not flat itself (its brightness would recur too often). Both are cheap to
    # see, and leave few pixels to look at closely: hardly any in two noisy photographs.
    beside = among & _dilated(flat)
    found = _on_slope(a, flat, beside & ~flat_a)
    return found | _on_slope(b, flat, beside & ~flat_b & ~found)


def _flat(rgba: UInt8) -> Mask:
    """Where more than two neighbours have exactly the same colour; at the border, more than one."""
    colour = as_uint32(rgba)
    same = np.zeros(colour.shape, np.uint8)
    same[[0, -1]] = same[:, [0, -1]] = 1
    # Half of the neighbours: the other half are the same comparisons seen from the other side.
    for dy, dx in ((0, 1), (1, -1), (1, 0), (1, 1)):
        here = slice(0, -dy or None), slice(max(-dx, 0), -dx if dx > 0 else None)
        there = slice(dy, None), slice(max(dx, 0), dx if dx < 0 else None)
        equal = (colour[here] == colour[there]).view(np.uint8)
        same[here] += equal
        same[there] += equal
    return same > 2


def _on_slope(rgba: UInt8, flat: Mask, candidates: Mask) -> Mask:
    """Which candidates lie on a slope of brightness whose darkest or brightest end is flat: bool (height, width)."""
    if not candidates.any():
        return candidates
    level, end = _framed_brightness(rgba, candidates).ravel(), np.pad(flat, 1).ravel()
    found = np.pad(candidates, 1)
    at = np.flatnonzero(found)
    equal = np.zeros(at.size, np.uint8)
    lowest, highest = np.zeros(at.size), np.zeros(at.size)
    border, low_end, high_end = np.zeros((3, at.size), np.bool_)
    for dx, dy in _NEIGHBOURS:
        beside = at + dy * found.shape[1] + dx
        rise, flat_there = level.take(beside) - level.take(at), end.take(beside)
        equal += rise == 0
        border |= np.isnan(rise)
        lower, higher = rise < lowest, rise > highest
        lowest, highest = np.fmin(lowest, rise), np.fmax(highest, rise)
        low_end = (low_end & ~lower) | (flat_there & lower)
        high_end = (high_end & ~higher) | (flat_there & higher)
    found.ravel()[at] = (equal + border <= 2) & (lowest < 0) & (highest > 0) & (low_end | high_end)
    return found[1:-1, 1:-1]


def _framed_brightness(rgba: UInt8, candidates: Mask) -> Float64:
    """Brightness in a frame of NaN, which compares as nothing: float64 (height + 2, width + 2).

    Only the candidates and their neighbours are looked at, and filled in.
    """
    height, width = candidates.shape
    level = np.full((height + 2, width + 2), np.nan)
    looked_at = _dilated(candidates)
    level[1:-1, 1:-1][looked_at] = brightness(masked_pixels(rgba, looked_at))
    return level


def _dilated(mask: Mask) -> Mask:
    return cv2.dilate(mask.view(np.uint8), _BOX).view(np.bool_)
