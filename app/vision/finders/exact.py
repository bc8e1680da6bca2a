"""Changed regions of pictures without noise that lie exactly on each other: screenshots, renderings, retouched files.

Every pixel counts there, down to a line one pixel wide or a shade of two per cent; only smoothed edges do not.
"""

import cv2
import numpy as np

from app.vision.arrays import UInt8
from app.vision.band import outside_band
from app.vision.differences import differences
from app.vision.finders.grouping import close
from app.vision.pair import Pair
from app.vision.region import Box, Finding, Region

# A rendering is flat right beside its edges, where JPEG files ripple and photographs have grain. Of the pixels within
# four of an edge, so many have a neighbour just like them, against those whose neighbour is off by up to six levels:
# 0.50 to 0.97 in screenshots and drawings, 0.03 to 0.28 in the same as JPEG of quality 90 and in photographs.
EDGE, BESIDE, RIPPLE, CLEAN = 40, 4, 6, 0.48
# Or both pictures come from one file: then whole blocks with texture are equal. Two compressions have under 1 %.
BLOCK, TEXTURE, EQUAL_BLOCKS = 8, 3, 0.3
# A plain difference, in levels, and the share of them among all pixels that differ in a group; in text that is only
# drawn with other smoothing the share is about 2 %.
PLAIN, PLAIN_SHARE = 16, 0.2
# A faint difference is one that no neighbour explains; in sum over the group, in levels, and as a mean.
FAINT, FAINT_MEAN = 20, 0.6
# Parts this near each other, relative to the side but at most so many pixels, are one region.
NEAR, NEAREST = 0.015, 24


def is_clean(gray: UInt8) -> bool:
    """Whether a picture, uint8 (height, width), has neither noise nor ripples beside its edges."""
    step = cv2.absdiff(gray[:, 1:], gray[:, :-1])
    edges = (step > EDGE).view(np.uint8)
    size = 2 * BESIDE + 1
    beside = cv2.dilate(edges, np.ones((size, size), np.uint8)).view(np.bool_) & (step <= EDGE)
    near = step[beside] if beside.any() else step
    flat, ripples = int(np.count_nonzero(near == 0)), int(np.count_nonzero((near > 0) & (near <= RIPPLE)))
    return flat > CLEAN * (flat + ripples)


def equal_blocks(pair: Pair) -> float:
    """The share, in [0, 1], of the blocks with texture in A that B reproduces exactly."""
    rows, columns = (side // BLOCK for side in pair.valid.shape)
    if not rows or not columns:
        return 0.0

    gray, equal, valid = (
        values[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK).astype(np.uint8)
        for values in (pair.gray_a, pair.equal, pair.valid)
    )
    textured = (gray.max(axis=(1, 3)) - gray.min(axis=(1, 3)) > TEXTURE) & (valid.min(axis=(1, 3)) > 0)
    whole = equal.min(axis=(1, 3))
    return float(np.mean(whole[textured])) if textured.any() else 0.0


def find(pair: Pair) -> Finding:
    """The changed regions, tight. Their score is 1: nothing but a change makes such pixels differ."""
    differs = ~pair.equal & pair.valid
    plain, _ = differences(pair, 0.0)
    plain[[0, -1]] = plain[:, [0, -1]] = False  # whether an edge is smoothed cannot be seen at the border
    step = cv2.absdiff(pair.a, pair.b).max(axis=2)
    unexplained = np.where(plain, cv2.min(step, _beyond_neighbours(pair)), 0)
    closed = close(differs, max(1, min(NEAREST, round(NEAR * differs.size**0.5))))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(closed.view(np.uint8))
    every = np.bincount(labels[differs], minlength=count)
    clear = np.bincount(labels[plain], minlength=count)
    strong = np.bincount(labels[plain & (step > PLAIN)], minlength=count)
    faint = np.bincount(labels[plain], weights=unexplained[plain].astype(float), minlength=count)
    kept = ((strong > 0) & (clear > PLAIN_SHARE * every)) | ((faint >= FAINT) & (faint > FAINT_MEAN * clear))
    kept[0] = False
    mask = differs & kept[labels]
    boxes = [Box(*box) for box in stats[kept, :4].tolist()]
    regions = [Region(box, int(np.count_nonzero(mask[box.slices])), 1.0, ("pixels",)) for box in boxes]
    regions.sort(key=lambda region: region.changed_pixels, reverse=True)
    return Finding(regions, mask, np.asarray(step * pair.valid, np.uint8))


def _beyond_neighbours(pair: Pair) -> UInt8:
    """How far each pixel lies outside what the other picture shows within one pixel: uint8 (height, width)."""
    beyond = np.zeros_like(pair.gray_a)
    for channel in range(3):
        a, b = (np.ascontiguousarray(picture[..., channel]) for picture in (pair.a, pair.b))
        cv2.max(beyond, outside_band(a, b, 1, pair.valid), dst=beyond)
    return beyond
