"""Walk a large picture in small tiles, so that working memory is bounded and stays in the processor's cache."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np

from app.vision.arrays import Mask

# Larger tiles leave the cache, smaller ones pay more for each call: measured from 8 Ki to 256 Ki pixels.
AREA = 1 << 17
Window = tuple[slice, slice]
THREADS = min(4, os.cpu_count() or 1)
T = TypeVar("T")


@dataclass(frozen=True)
class Tile:
    """One tile of a picture, as (rows, columns).

    inner: the pixels that this tile answers for; the inner windows of all tiles partition the picture.
    outer: the same with a halo of neighbours around it, cut off at the border of the picture.
    core: where `inner` lies within `outer`.
    """

    inner: Window
    outer: Window
    core: Window


def tiles(shape: tuple[int, int], halo: int) -> Iterator[Tile]:
    """Cut a picture of shape (height, width) into tiles of at most AREA pixels, square unless it is a thin ribbon.

    halo: how many rows and columns of neighbours the outer window adds on each side.
    """
    height, width = shape
    columns = min(width, max(int(AREA**0.5), AREA // height))
    rows = min(height, AREA // columns)
    for top in range(0, height, rows):
        inner_y, outer_y, core_y = _spans(top, rows, height, halo)
        for left in range(0, width, columns):
            inner_x, outer_x, core_x = _spans(left, columns, width, halo)
            yield Tile((inner_y, inner_x), (outer_y, outer_x), (core_y, core_x))


def by_tiles(shape: tuple[int, int], halo: int, work: Callable[[Tile], T]) -> list[T]:
    """What `work` makes of each tile, in their order. Several run at once: each may write to its own inner window."""
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(work, tiles(shape, halo)))


def where(among: Mask, halo: int, work: Callable[[Tile], T], reach: int = 0) -> list[T]:
    """What `work` makes of each part of a tile that has pixels of a mask (height, width) in it or within `reach`.

    Of two screenshots, that is a tenth.
    """

    def one(tile: Tile) -> list[T]:
        part = _narrowed(tile, among, halo, reach)
        return [work(part)] if part else []

    return [made for found in by_tiles((among.shape[0], among.shape[1]), reach, one) for made in found]


def _narrowed(tile: Tile, among: Mask, halo: int, reach: int) -> Tile | None:
    """The part of a tile within `reach` of the mask, as a box with a halo of its own; None where there is nothing."""
    around = among[tile.outer]
    if not cv2.countNonZero(around.view(np.uint8)):  # ten times as fast as to look along both axes
        return None
    spans = []
    for axis in (0, 1):
        at = np.flatnonzero(around.any(axis=1 - axis))
        inner, outer = tile.inner[axis], tile.outer[axis].start
        first = max(inner.start, outer + int(at[0]) - reach)
        stop = min(inner.stop, outer + int(at[-1]) + reach + 1)
        spans.append(_spans(first, stop - first, among.shape[axis], halo))
    (inner_y, outer_y, core_y), (inner_x, outer_x, core_x) = spans
    return Tile((inner_y, inner_x), (outer_y, outer_x), (core_y, core_x))


def _spans(start: int, extent: int, limit: int, halo: int) -> tuple[slice, slice, slice]:
    stop = min(start + extent, limit)
    first, last = max(start - halo, 0), min(stop + halo, limit)
    return slice(start, stop), slice(first, last), slice(start - first, stop - first)
