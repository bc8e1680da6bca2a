"""Process a large picture in tiles, so that working memory is bounded and fits in the processor's cache."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np

from app.vision.arrays import Mask

# The fastest of sizes from 8 Ki to 256 Ki pixels: larger tiles exceed the cache, smaller ones make more calls.
MAX_TILE_PIXELS = 1 << 17
# Measures of the whole picture look at no more pixels than this, in bands of BAND_ROWS rows.
MAX_SAMPLED, BAND_ROWS = 2_000_000, 64
Window = tuple[slice, slice]
THREADS = min(4, os.cpu_count() or 1)
T = TypeVar("T")


@dataclass(frozen=True)
class Tile:
    """One tile of a picture; its windows are (rows, columns).

    inner: the tile's own pixels; the inner windows of all tiles partition the picture.
    outer: the inner window with a halo of neighbours, clipped to the picture.
    """

    inner: Window
    outer: Window

    @property
    def core(self) -> Window:
        """The position of `inner` within `outer`."""
        (rows, columns), (top, left) = self.inner, (span.start for span in self.outer)
        return slice(rows.start - top, rows.stop - top), slice(columns.start - left, columns.stop - left)


def tiles(shape: tuple[int, int], halo: int) -> Iterator[Tile]:
    """Divide a picture of shape (height, width) into tiles of at most MAX_TILE_PIXELS, square unless it is narrower.

    halo: rows and columns of neighbours that the outer window adds on each side.
    """
    height, width = shape
    columns = min(width, max(int(MAX_TILE_PIXELS**0.5), MAX_TILE_PIXELS // height))
    rows = min(height, MAX_TILE_PIXELS // columns)
    for top in range(0, height, rows):
        for left in range(0, width, columns):
            inner = slice(top, min(top + rows, height)), slice(left, min(left + columns, width))
            yield _with_halo(inner, shape, halo)


def map_tiles(shape: tuple[int, int], halo: int, work: Callable[[Tile], T]) -> list[T]:
    """The results of `work` for all tiles, in order. Runs in threads; each call may write to its own inner window."""
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(work, tiles(shape, halo)))


def map_masked_tiles(mask: Mask, halo: int, work: Callable[[Tile], T], reach: int = 0) -> list[T]:
    """The results of `work` for the parts of tiles within `reach` of a mask (height, width); other tiles are skipped.

    With the mask of the pixels that differ, a tenth of two screenshots is left.
    """

    def run(tile: Tile) -> list[T]:
        part = _crop_to_mask(tile, mask, halo, reach)
        return [work(part)] if part else []

    return [result for results in map_tiles((mask.shape[0], mask.shape[1]), reach, run) for result in results]


def _crop_to_mask(tile: Tile, mask: Mask, halo: int, reach: int) -> Tile | None:
    """The part of a tile within `reach` of the mask, as a tile with its own halo; None if it is empty."""
    around = mask[tile.outer]
    if not cv2.countNonZero(around.view(np.uint8)):  # ten times as fast as reducing both axes
        return None
    spans = []
    for axis, (inner, outer) in enumerate(zip(tile.inner, tile.outer, strict=True)):
        occupied = outer.start + np.flatnonzero(around.any(axis=1 - axis))
        spans.append(slice(max(inner.start, int(occupied[0]) - reach), min(inner.stop, int(occupied[-1]) + reach + 1)))
    return _with_halo((spans[0], spans[1]), (mask.shape[0], mask.shape[1]), halo)


def _with_halo(inner: Window, shape: tuple[int, int], halo: int) -> Tile:
    """The tile of a window, with a halo inside a picture of this shape."""
    rows, columns = (
        slice(max(span.start - halo, 0), min(span.stop + halo, limit)) for span, limit in zip(inner, shape, strict=True)
    )
    return Tile(inner, (rows, columns))


def bands(shape: tuple[int, int]) -> list[slice]:
    """The rows that measures of the whole picture look at: all of a small one, evenly spaced bands of a larger one."""
    height, width = shape
    step = -(-height * width // MAX_SAMPLED)
    return [slice(0, height)] if step == 1 else [slice(y, y + BAND_ROWS) for y in range(0, height, step * BAND_ROWS)]
