"""Differences of smoothing: the same text and edges, drawn by another engine, with other hinting or by sub-pixels.

Smoothing moves ink by fractions of a pixel, so that it vanishes from a difference that is blurred, whereas content
that changed stays: a ripple has a mean of zero, a letter that became another one has not.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from app.vision.arrays import Float32, Mask, UInt8
from app.vision.finders.detection.grouping import strongest
from app.vision.pair import Pair
from app.vision.photometric.local_range import local_range
from app.vision.tiles import Tile, map_masked_tiles

# The blurs of the difference: of luma, and of all channels, since the colours of sub-pixels reach three times as far.
LUMA_SIGMA, COLOUR_SIGMA = 1.5, 3.0
BROAD_SIGMA = 8.0
REACH = 4  # changed content extends this many pixels around what the blur shows
# A ripple has a blurred difference of less than this part of its blurred absolute difference; a faint shade has 1.
# Grain where a channel cannot go below 0 has 0.5.
MAX_RIPPLE = 0.6
# Text and lines drawn on another machine differ by up to 3 levels, also at edges of low contrast.
SOFT_EDGE_ROUNDING, SOFT_EDGE_SHARE = 3, 0.15


@dataclass(frozen=True)
class Tolerance:
    """What is no change, in levels.

    luma, colour: the largest blurred difference of luma and of any channel. rounding: the largest difference that may
    come from rounding, which at edges is also `rounding_share` of the local range, since engines round the coverage of
    a pixel differently. faint: groups of fainter differences that are no ripples are changes. broad: the largest
    difference of luma in a blur that leaves no ripple, and half of that of any channel. explanation: what the
    differences come from.
    """

    luma: float
    colour: float
    rounding: float
    rounding_share: float
    faint: bool
    broad: float
    explanation: str


# Text in grays against sub-pixels reached 3.0 in luma and 4.6 in colour; text whose ink became 26 levels lighter 12 to
# 17. Coloured text as JPEG, with half the resolution of colour, reached 6 in luma and 19 in colour. In
# the broad blur, pages as JPEG of quality 40 to 95 reached 4.4 and 8.4; white that became a gray of 248 has 7.
SMOOTHING = Tolerance(4, 6, 1, 0.04, True, math.inf, "Text and edges are smoothed differently.")
LOSSY = Tolerance(10, 26, 12, 0.1, False, 5, "")  # the conditions name it

_LUMA = np.array([[0.299, 0.587, 0.114]], np.float32)


@dataclass(frozen=True)
class Differences:
    """The pixels that differ by more than rounding, in two kinds: bool (height, width).

    content: those in which the blurred difference shows that something changed. faint: the others.
    shade: of the faint ones, those whose difference does not vanish in the blur. Few of them make a group a ripple.
    """

    content: Mask
    faint: Mask
    shade: Mask


def divide(pair: Pair, tolerance: Tolerance) -> Differences:
    """Divide the pixels that differ."""
    content, faint, shade = (np.zeros(pair.valid.shape, np.bool_) for _ in range(3))

    def fill(tile: Tile) -> None:
        """Fill this tile of the three masks."""
        a, b = pair.a[tile.outer], pair.b[tile.outer]
        difference = np.asarray(cv2.subtract(b, a, dtype=cv2.CV_32F), np.float32)
        difference[~pair.valid[tile.outer]] = 0
        unequal, rounding = pair.unequal[tile.outer], _is_rounding(a, b, tolerance)
        shaded = _is_shade(difference) if tolerance.faint else np.zeros_like(unequal)
        # The border of a faint shade is an edge, at which rounding would explain it.
        surface = cv2.erode((unequal & shaded & ~rounding).view(np.uint8), np.ones((3, 3), np.uint8))
        border = cv2.dilate(surface, np.ones((5, 5), np.uint8)).view(np.bool_)
        broad = _is_broad(difference, tolerance)
        differs = unequal & (~rounding | border | broad)
        shown = _shows_content(difference, tolerance) | broad
        for mask, found in ((content, differs & shown), (faint, differs & ~shown), (shade, differs & ~shown & shaded)):
            mask[tile.inner] = found[tile.core]

    sigma = COLOUR_SIGMA if math.isinf(tolerance.broad) else BROAD_SIGMA
    map_masked_tiles(pair.unequal, REACH + round(3 * sigma), fill)
    return Differences(content, faint, shade)


def _shows_content(difference: Float32, tolerance: Tolerance) -> Mask:
    """The surroundings of what a blurred difference, float32 (height, width, 3), shows: bool (height, width)."""
    luma = np.abs(_blurred(np.asarray(cv2.transform(difference, _LUMA), np.float32), LUMA_SIGMA))
    colour = strongest(np.abs(_blurred(difference, COLOUR_SIGMA)))
    found = (luma > tolerance.luma) | (colour > tolerance.colour)
    return cv2.dilate(found.view(np.uint8), np.ones((2 * REACH + 1, 2 * REACH + 1), np.uint8)).view(np.bool_)


def _is_broad(difference: Float32, tolerance: Tolerance) -> Mask:
    """Where an area has another tone, however faint: bool (height, width)."""
    if math.isinf(tolerance.broad):
        return np.zeros(difference.shape[:2], np.bool_)
    blurred = _blurred(difference, BROAD_SIGMA)
    luma = np.abs(np.asarray(cv2.transform(blurred, _LUMA)))
    return np.asarray((luma > tolerance.broad) | (strongest(np.abs(blurred)) > 2 * tolerance.broad), np.bool_)


def _is_shade(difference: Float32) -> Mask:
    net, gross = _blurred(difference, LUMA_SIGMA), _blurred(np.abs(difference), LUMA_SIGMA)
    return np.asarray(strongest(np.abs(net)) > MAX_RIPPLE * strongest(gross), np.bool_)


def _is_rounding(a: UInt8, b: UInt8, tolerance: Tolerance) -> Mask:
    step = strongest(np.asarray(cv2.absdiff(a, b), np.uint8))
    contrast = np.minimum(*(strongest(local_range(picture, 1)) for picture in (a, b))).astype(np.float32)
    soft = np.minimum(SOFT_EDGE_ROUNDING, SOFT_EDGE_SHARE * contrast)
    limit = np.maximum(np.maximum(tolerance.rounding_share * contrast, soft), tolerance.rounding)
    return np.asarray(step <= limit, np.bool_)


def _blurred(values: Float32, sigma: float) -> Float32:
    return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma), np.float32)
