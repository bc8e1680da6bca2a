"""Photographs larger than the tolerant finder's limit: searched reduced, then in parts at full resolution.

Reduced alone, faults of a few pixels on a circuit board of 5 megapixels are lost.
"""

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise, product

import cv2
import numpy as np

from app.vision.alignment.residual_flow import warp
from app.vision.arrays import Mask, UInt8
from app.vision.finders.detection import tolerant
from app.vision.finders.detection.grouping import most_change_first, strongest
from app.vision.pair import Pair
from app.vision.region import Box, Finding, Region, overlaps
from app.vision.tiles import Tile

# The largest side of a part, so that the network, too, sees it unreduced, and the pixels around it that are also seen.
MAX_SIDE, HALO = 880, 48
# Without a difference of this many levels, blurred, no pixel of a part can be a change.
MIN_STEP, STEP_SIGMA = 12, 1.0


def find(pair: Pair) -> Finding:
    """The changed regions in the pair's frame, as tolerant.find(), most change first."""
    found = tolerant.find(pair)
    if pair.valid.size <= tolerant.PARAMETERS.max_pixels:
        return found
    regions, mask, evidence = list(found.regions), found.mask.copy(), found.evidence.copy()
    for tile in parts(pair.valid.shape):
        for region, changed, levels in _found_in(pair, tile, [region.box for region in found.regions]):
            regions.append(region)
            mask[region.box.slices] |= changed
            np.maximum(evidence[region.box.slices], levels, out=evidence[region.box.slices])
    return Finding(most_change_first(regions), mask, evidence, doubt=found.doubt)


def parts(shape: tuple[int, ...]) -> Iterator[Tile]:
    """Divide a picture of shape (height, width) into parts of nearly equal size."""
    spans = []
    for side in shape:
        limits = np.linspace(0, side, math.ceil(side / MAX_SIDE) + 1).astype(int).tolist()
        spans.append([slice(start, stop) for start, stop in pairwise(limits)])
    for rows, columns in product(*spans):
        outer = tuple(slice(max(0, span.start - HALO), span.stop + HALO) for span in (rows, columns))
        yield Tile((rows, columns), (outer[0], outer[1]))


def _found_in(pair: Pair, tile: Tile, known: list[Box]) -> Iterator[tuple[Region, Mask, UInt8]]:
    """The regions in a part that are not known yet, in the pair's frame, each with its mask and evidence.

    Those that only the network finds are left to the reduced picture, where it saw more around them.
    """
    part = _crop(pair, tile)
    if not _may_differ(part):
        return
    found = tolerant.find(part)
    top, left = (span.start for span in tile.outer)
    for region in found.regions:
        box = Box(region.box.x + left, region.box.y + top, region.box.width, region.box.height)
        middle = box.y + box.height // 2, box.x + box.width // 2
        inside = all(span.start <= at < span.stop for span, at in zip(tile.inner, middle, strict=True))
        differs = region.found_by != ("network",)
        if differs and inside and not any(overlaps(box, other) for other in known):
            yield replace(region, box=box), found.mask[region.box.slices], found.evidence[region.box.slices]


def _crop(pair: Pair, tile: Tile) -> Pair:
    alpha_a, alpha_b = (None if alpha is None else alpha[tile.outer] for alpha in (pair.alpha_a, pair.alpha_b))
    rgb_a, rgb_b = (np.ascontiguousarray(rgb[tile.outer]) for rgb in (pair.rgb_a, pair.rgb_b))
    return Pair(rgb_a, rgb_b, alpha_a, alpha_b, pair.valid[tile.outer], resampled=pair.resampled)


def _may_differ(part: Pair) -> bool:
    """Whether the differences alone, without the network, which takes most of the time, amount to a change."""
    difference = cv2.subtract(part.a, part.b, dtype=cv2.CV_32F)
    difference[~part.valid] = 0
    if strongest(np.abs(cv2.GaussianBlur(difference, (0, 0), STEP_SIGMA))).max() <= MIN_STEP:
        return False
    b, known = warp(part.a, part.b, part.valid)
    evidence = tolerant.score_differences(part.a, b, known, clean=False)
    return bool(max(evidence.luma.max(), evidence.chroma.max()) > 1)
