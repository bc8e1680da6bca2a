"""Distinguish anti-aliased edges of shapes and letters from real changes.

V. Vyšniauskas, "Anti-aliased pixel and intensity slope detector", Elektronika ir Elektrotechnika 95(7), 2009.
"""

import cv2
import numpy as np

from app.vision.arrays import Float64, Mask, UInt8
from app.vision.metrics.yiq import as_uint32, brightness, darkness, masked_pixels

REACH = 2  # a result depends on the neighbours of the neighbours: on pixels up to two rows and columns away

_BOX = np.ones((3, 3), np.uint8)
# In column order: of several equally dark (or bright) neighbours, the first one is used.
_NEIGHBOURS = [(dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1) if (dx, dy) != (0, 0)]


def antialiased(a: UInt8, b: UInt8, among: Mask, *, opacity: bool = True) -> Mask:
    """The pixels that are anti-aliased in A or in B: bool (height, width).

    a, b: uint8 RGBA (height, width, 4). among: bool (height, width), the pixels to test; the others are False.
    A pixel is anti-aliased if at most two neighbours have its brightness, some are darker and some brighter, and the
    darkest or the brightest of them is flat in both pictures: more than two neighbours have exactly its colour. At the
    border of the picture, the missing neighbours count as one equal neighbour.
    opacity: of two pixels that look equally bright on white, the more opaque one counts as brighter (pixelmatch 8).
    """
    flat_a, flat_b = _flat(a), _flat(b)
    flat = flat_a & flat_b
    # An anti-aliased pixel has a flat neighbour and is not flat itself, or its brightness would recur too often. Both
    # tests are cheap and leave few candidates: hardly any in two noisy photographs.
    beside = among & _dilated(flat)
    found = _on_slope(a, flat, beside & ~flat_a, opacity)
    return found | _on_slope(b, flat, beside & ~flat_b & ~found, opacity)


def _flat(rgba: UInt8) -> Mask:
    """The pixels of which more than two neighbours (at the border, more than one) have exactly the same colour."""
    colour = as_uint32(rgba)
    equal_neighbours = np.zeros(colour.shape, np.uint8)
    equal_neighbours[[0, -1]] = equal_neighbours[:, [0, -1]] = 1
    # Half of the neighbours suffice, as every comparison counts for both pixels.
    for dy, dx in ((0, 1), (1, -1), (1, 0), (1, 1)):
        pixels = slice(0, -dy or None), slice(max(-dx, 0), -dx if dx > 0 else None)
        neighbours = slice(dy, None), slice(max(dx, 0), dx if dx < 0 else None)
        equal = (colour[pixels] == colour[neighbours]).view(np.uint8)
        equal_neighbours[pixels] += equal
        equal_neighbours[neighbours] += equal
    return equal_neighbours > 2


def _on_slope(rgba: UInt8, flat: Mask, candidates: Mask, opacity: bool) -> Mask:
    """The candidates on a slope of brightness whose darkest or brightest end is flat: bool (height, width)."""
    if not candidates.any():
        return candidates
    translucent = opacity and bool((rgba[..., 3] < 255).any())
    level, end = _padded_brightness(rgba, candidates, exact=translucent).ravel(), np.pad(flat, 1).ravel()
    alpha = np.pad(rgba[..., 3] / 2, 1).ravel()
    found = np.pad(candidates, 1)
    indices = np.flatnonzero(found)
    equal = np.zeros(indices.size, np.uint8)
    lowest, highest = np.zeros(indices.size), np.zeros(indices.size)
    border, low_end, high_end = np.zeros((3, indices.size), np.bool_)
    for dx, dy in _NEIGHBOURS:
        beside = indices + dy * found.shape[1] + dx
        rise, flat_there = level.take(beside) - level.take(indices), end.take(beside)
        if translucent:
            rise = np.where(rise == 0, alpha.take(beside) - alpha.take(indices), rise)
        equal += rise == 0
        border |= np.isnan(rise)
        lower, higher = rise < lowest, rise > highest
        lowest, highest = np.fmin(lowest, rise), np.fmax(highest, rise)
        low_end = (low_end & ~lower) | (flat_there & lower)
        high_end = (high_end & ~higher) | (flat_there & higher)
    found.ravel()[indices] = (equal + border <= 2) & (lowest < 0) & (highest > 0) & (low_end | high_end)
    return found[1:-1, 1:-1]


def _padded_brightness(rgba: UInt8, candidates: Mask, exact: bool) -> Float64:
    """Brightness padded with NaN, for which every comparison is False: float64 (height + 2, width + 2).

    Only the candidates and their neighbours are computed. exact: equal for all colours that look alike on white.
    """
    height, width = candidates.shape
    level = np.full((height + 2, width + 2), np.nan)
    needed = _dilated(candidates)
    pixels = masked_pixels(rgba, needed)
    level[1:-1, 1:-1][needed] = -darkness(pixels) if exact else brightness(pixels)
    return level


def _dilated(mask: Mask) -> Mask:
    return cv2.dilate(mask.view(np.uint8), _BOX).view(np.bool_)
