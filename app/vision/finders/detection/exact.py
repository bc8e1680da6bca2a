"""Changed regions of noise-free pictures that are aligned to the pixel: screenshots, renderings, retouched files.

Every pixel counts, down to a line one pixel wide or a shade of two per cent, except differences of antialiasing.
"""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
from cv2.typing import MatLike

from app.vision.arrays import Float32, Labels, Mask, UInt8
from app.vision.finders.detection.grouping import close, components, most_change_first, strongest
from app.vision.finders.detection.moved_blocks import moved_blocks
from app.vision.finders.detection.smoothing import SMOOTHING, Differences, Tolerance, divide
from app.vision.metrics.pixel_differences import visible_differences
from app.vision.pair import Pair
from app.vision.photometric.local_range import distance_outside_range
from app.vision.region import Box, Finding, Region, overlaps, union
from app.vision.tiles import Tile, bands, map_masked_tiles

# If both pictures come from one file, whole blocks with texture are equal: 0.83 or more of them in 60 retouched
# photographs. In the same photographs recompressed it is up to 0.02 with a quality of 90, 0.09 with 95 and 0.08 with
# 97; with the quality of the file itself, which alters little, 0.09 to 0.97. Of pictures with more than SAMPLED_PIXELS,
# only a sample of the rows of blocks is compared.
BLOCK, TEXTURE, EQUAL_BLOCKS = 8, 3, 0.3
SAMPLED_PIXELS = 2_000_000
# Edges are compared in blocks with more than MIN_EDGES of them, and equal if A and B share more than EQUAL_EDGES of
# those of either. Of renderings in other colours or with other dithering 0.84 or more of the blocks have equal edges,
# of binarised scans of two circuit boards up to 0.25.
MIN_EDGES, EQUAL_EDGES = 3, 0.8
# A clear difference, in levels, and the least share of pixels that are not antialiased among those that differ in a
# group; in text that differs by antialiasing only, the share is about 2 %.
CLEAR, CLEAR_SHARE = 16, 0.2
# An antialiased pixel has a colour between those of its neighbours, except for rounding and sharpening, in levels.
MAX_BLEND = 32
# A faint difference is outside the range of the neighbours: the least sum over a group and the least mean, in levels.
FAINT_SUM, FAINT_MEAN = 20, 0.6
# The least share of a group of faint pixels that are no ripple: text in grays against sub-pixels has few of them, a
# faint change of colour has hardly any others.
MIN_SHADE = 0.35
# Parts this near each other, relative to the side but at most so many pixels, are one region.
MAX_GAP, MAX_GAP_PIXELS = 0.015, 24

Planes = tuple[Mask, UInt8, UInt8]  # genuine, step and beyond


def equal_blocks(pair: Pair) -> float | None:
    """The share, in [0, 1], of equal blocks among those with texture in both pictures; a sample of large pictures.

    None without such blocks, as in an empty page: then nothing shows whether the pictures are aligned.
    """
    every = max(1, pair.valid.size // SAMPLED_PIXELS)
    if min(pair.valid.shape) < BLOCK:
        return None
    masks = pair.unequal.view(np.uint8), pair.valid.view(np.uint8)
    gray_a, gray_b, unequal, valid = (_blocks(values, every) for values in (pair.gray_a, pair.gray_b, *masks))
    textured = _over_blocks(cv2.erode, valid) > 0
    for gray in (gray_a, gray_b):
        textured &= _over_blocks(cv2.dilate, gray) - _over_blocks(cv2.erode, gray) > TEXTURE
    return float(np.mean(_over_blocks(cv2.dilate, unequal)[textured] == 0)) if textured.any() else None


def equal_edges(pair: Pair) -> float:
    """The share, in [0, 1], of blocks with equal edges among those with edges; a sample of large pictures.

    An edge is a pixel whose right or lower neighbour has another colour. Where only colours changed, as in a dark
    theme, the edges are equal; where a picture is misaligned, hardly any are.
    """
    if min(pair.valid.shape) < BLOCK:
        return 0.0
    equal = textured = 0
    for band in bands(pair.valid.shape):
        edges_a, edges_b = (_edges(picture[band]) for picture in (pair.a, pair.b))
        common, either = (_block_means(edges) for edges in (edges_a & edges_b, edges_a | edges_b))
        counted = either > MIN_EDGES / BLOCK**2
        textured += int(np.count_nonzero(counted))
        equal += int(np.count_nonzero(counted & (common > EQUAL_EDGES * either)))
    return equal / max(1, textured)


def _block_means(mask: Mask) -> Float32:
    rows, columns = (side // BLOCK for side in mask.shape)
    whole = mask[: rows * BLOCK, : columns * BLOCK].astype(np.float32)
    if not rows:
        return np.zeros((0, columns), np.float32)
    return np.asarray(cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)


def _edges(rgb: UInt8) -> Mask:
    """The pixels that differ from their right or lower neighbour: bool (height, width)."""
    found = np.zeros(rgb.shape[:2], np.bool_)
    for here, there in (((slice(None), slice(-1)), (slice(None), slice(1, None))), ((slice(-1),), (slice(1, None),))):
        found[here] |= cv2.inRange(cv2.absdiff(rgb[here], rgb[there]), (0, 0, 0), (0, 0, 0)) == 0
    return found


def _blocks(values: UInt8, every: int) -> UInt8:
    """Every `every`-th row of whole blocks, stacked."""
    rows, columns = (side // BLOCK for side in values.shape)
    whole = values[: rows * BLOCK, : columns * BLOCK]
    return whole if every == 1 else whole.reshape(rows, BLOCK, -1)[::every].reshape(-1, columns * BLOCK)


def _over_blocks(extreme: Callable[..., MatLike], values: UInt8) -> UInt8:
    """The minimum (cv2.erode) or maximum (cv2.dilate) of each block, ten times as fast as NumPy's reductions."""
    windows = extreme(values, np.ones((BLOCK, BLOCK), np.uint8), anchor=(0, 0))  # down and to the right of each pixel
    return np.asarray(windows, np.uint8)[::BLOCK, ::BLOCK]


def find(pair: Pair, tolerance: Tolerance = SMOOTHING) -> Finding:
    """The changed regions in tight boxes. Their score is 1, as without noise only a change makes pixels differ.

    tolerance: what is no change.
    """
    divided = divide(pair, tolerance)
    step, beyond = _steps(pair, pair.unequal)
    different, antialiased = visible_differences(pair)
    blends = _no_blends(pair, antialiased)
    planes = (np.logical_or(different, blends, out=blends), step, beyond)
    reach = max(1, min(MAX_GAP_PIXELS, round(MAX_GAP * pair.valid.size**0.5)))
    content, boxes = _grouped(divided.content, None, planes, reach)
    faint, faint_boxes = _grouped(divided.faint, divided.shade, planes, reach)
    mask = np.logical_or(content, faint, out=faint)
    moved, others = moved_blocks(boxes, content, pair)
    pixels = {box: int(np.count_nonzero(mask[box.slices])) for box in [*moved, *_merged(others, faint_boxes)]}
    regions = [
        Region(box, count, 1.0, ("pixels",), "moved" if box in moved else "changed", moved_to=moved.get(box))
        for box, count in pixels.items()
    ]
    finding = Finding(most_change_first(regions), mask, planes[1])
    return replace(finding, explanation=_explanation(pair, divided, finding, tolerance))


def _merged(boxes: list[Box], faint: list[Box]) -> list[Box]:
    """All boxes. One of faint pixels, such as a shadow, becomes one with the largest that it overlaps, unless it holds
    several others, as a pattern behind them does.
    """
    merged = dict.fromkeys(boxes)
    for box in faint:
        beside = [other for other in merged if overlaps(box, other)]
        if beside and sum(union(box, other) == box for other in beside) < 2:
            largest = max(beside, key=lambda other: other.width * other.height)
            del merged[largest]
            box = union(box, largest)
        merged[box] = None
    return list(merged)


def _explanation(pair: Pair, divided: Differences, finding: Finding, tolerance: Tolerance) -> str | None:
    """Why other pixels look different than those of the finding, as a sentence; None if none do."""

    def left(tile: Tile) -> tuple[bool, bool]:
        """Whether this tile has other pixels that differ by more than rounding, and whether by rounding."""
        others = pair.unequal[tile.inner] & ~finding.mask[tile.inner]
        more = (divided.faint[tile.inner] | divided.content[tile.inner]) & others
        return bool(more.any()), bool(finding.evidence[tile.inner][others].any())

    found = map_masked_tiles(pair.unequal, 0, left)
    if any(more for more, _ in found):
        return tolerance.explanation
    return "Some colours are rounded differently." if any(rounded for _, rounded in found) else None


def runs(filled: Mask, gap: int) -> list[slice]:
    """Slices that cover the True elements of a mask (n,), with more than `gap` False elements between them."""
    at = np.flatnonzero(filled)
    parts = np.split(at, np.flatnonzero(np.diff(at) > gap + 1) + 1) if len(at) else []
    return [slice(int(part[0]), int(part[-1]) + 1) for part in parts]


def _grouped(differs: Mask, shade: Mask | None, planes: Planes, reach: int) -> tuple[Mask, list[Box]]:
    """The changed pixels, bool (height, width), and a box for each group of pixels near each other.

    shade: the pixels that do not belong to ripples, or None if none can.
    """
    changed, boxes = np.zeros(differs.shape, np.bool_), list[Box]()
    # Rows without differences separate regions, so most of a long page needs no connected components.
    for rows in runs(np.asarray(differs.any(axis=1)), 2 * reach):
        there = differs[rows]
        labels, stats = components(close(there, reach))
        group = np.asarray(labels[there], np.int32)
        genuine, step, beyond = planes
        kept = _is_change(group, genuine[rows][there], step[rows][there], beyond[rows][there], len(stats))
        if shade is not None:
            every, shaded = (np.bincount(g, minlength=len(stats)) for g in (group, group[shade[rows][there]]))
            kept &= shaded > MIN_SHADE * every
        changed[rows][there] = kept[group]
        boxes += [Box(x, y + rows.start, width, height) for x, y, width, height in stats[kept, :4].tolist()]
    return changed, boxes


def _is_change(group: Labels, genuine: Mask, step: UInt8, beyond: UInt8, count: int) -> Mask:
    """Which groups are changes, bool (count,). The other arrays have one value for each pixel that differs."""
    every = np.bincount(group, minlength=count)
    solid = np.bincount(group[genuine], minlength=count)
    clear = np.bincount(group[genuine & (step > CLEAR)], minlength=count)
    faint = np.bincount(group[genuine], weights=np.minimum(step, beyond)[genuine], minlength=count)
    return ((clear > 0) & (solid > CLEAR_SHARE * every)) | ((faint >= FAINT_SUM) & (faint > FAINT_MEAN * solid))


def _no_blends(pair: Pair, among: Mask) -> Mask:
    """Those of the pixels whose colour is not between those of the other picture's neighbours: bool (height, width).

    A blend of two colours is between them in each channel, and in each difference of two channels.
    """
    found = np.zeros(pair.valid.shape, np.bool_)

    def fill(tile: Tile) -> None:
        a, b, valid = pair.a[tile.outer], pair.b[tile.outer], pair.valid[tile.outer]
        for planes in ((a, b), (_opponents(a), _opponents(b))):
            beyond = strongest(distance_outside_range(*planes, 1, valid))
            found[tile.inner] |= among[tile.inner] & (beyond[tile.core] > MAX_BLEND)

    map_masked_tiles(among, 1, fill)
    return found


def _opponents(rgb: UInt8) -> UInt8:
    """Half of each difference of two channels, plus 128: uint8 (height, width, 3)."""
    rotated = rgb[..., [1, 2, 0]]
    return np.asarray(cv2.addWeighted(rgb, 0.5, rotated, -0.5, 128), np.uint8)


def _steps(pair: Pair, differs: Mask) -> tuple[UInt8, UInt8]:
    """|A - B|, and the distance outside the other picture's range within one pixel, where A and B differ.

    Both are the largest of the three channels: uint8 (height, width).
    """
    step, beyond = np.zeros(differs.shape, np.uint8), np.zeros(differs.shape, np.uint8)

    def measure(tile: Tile) -> None:
        """Fill this tile of both planes."""
        a, b = pair.a[tile.outer], pair.b[tile.outer]
        difference = strongest(np.asarray(cv2.absdiff(a, b), np.uint8))
        cv2.copyTo(difference[tile.core], differs[tile.inner].view(np.uint8), step[tile.inner])
        beyond[tile.inner] = strongest(distance_outside_range(a, b, 1, pair.valid[tile.outer]))[tile.core]

    map_masked_tiles(differs, 1, measure)
    return step, beyond
