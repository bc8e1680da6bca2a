"""Two pictures in the frame of A, with the images that several metrics derive from them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, wraps
from threading import RLock
from typing import TypeVar

import cv2
import numpy as np

from app.vision.alignment.align import Alignment
from app.vision.alignment.row_alignment import RowAlignment, RowGap
from app.vision.arrays import Float64, Mask, UInt8
from app.vision.decoding.decode import Picture
from app.vision.geometry import Size
from app.vision.metrics.ssim import SsimResult, compare
from app.vision.photometric.noise import is_binary_scan, is_clean
from app.vision.region import Box, map_box
from app.vision.resample import coverage_mask, resample
from app.vision.resize import MAX_PLOT_PIXELS, MAX_SCREEN_PIXELS, shrink_to
from app.vision.tiles import Tile, map_tiles

WHITE = 255
GROUNDS = (WHITE, 0, 128)
MAX_HIDDEN_STEP = 8  # levels of colour or alpha that nobody sees

Derived = TypeVar("Derived")


@dataclass(frozen=True)
class Pair:
    """Pictures A and B in the frame of A.

    rgb_a, rgb_b: uint8 (height, width, 3), the colour channels as decoded.
    alpha_a, alpha_b: uint8 (height, width), 255 is opaque; None if the picture has no alpha channel.
    valid: bool (height, width), the pixels that both pictures have and that are not ignored.
    gaps: the rows that only one picture has, after an alignment row by row.
    outside: the parts by which B is wider or taller than A, unless it is resampled: the nearest line of A's pixels, and
        the part in B's.
    resampled: B was interpolated, so that no pixel of it is as it was.

    Outside `valid`, `make_pair` fills B with the pixels of A, so that metrics of whole pictures, such as hashes and
    embeddings, ignore that area.
    """

    rgb_a: UInt8
    rgb_b: UInt8
    alpha_a: UInt8 | None
    alpha_b: UInt8 | None
    valid: Mask
    gaps: tuple[RowGap, ...] = ()
    outside: tuple[tuple[Box, Box], ...] = ()
    resampled: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the common frame in pixels."""
        return self.valid.shape[1], self.valid.shape[0]

    @property
    def shares_arrays(self) -> bool:
        """Whether A and B share the same arrays."""
        return self.rgb_a is self.rgb_b and self.alpha_a is self.alpha_b

    @cached_property
    def pixels(self) -> int:
        """Number of valid pixels."""
        return int(np.count_nonzero(self.valid))

    @cached_property
    def a(self) -> UInt8:
        """A on `ground`: uint8 RGB (height, width, 3)."""
        return composite(self.rgb_a, self.alpha_a, self.ground)

    @cached_property
    def b(self) -> UInt8:
        """B on `ground`: uint8 RGB (height, width, 3)."""
        return self.a if self.shares_arrays else composite(self.rgb_b, self.alpha_b, self.ground)

    @cached_property
    def ground(self) -> int:
        """The gray level behind transparent pixels: white, or that of GROUNDS on which most changes of alpha show.

        A white word on a transparent page is invisible on white, a black one on black.
        """
        if self.shares_arrays or (self.alpha_a is None and self.alpha_b is None):
            return WHITE
        opacity = [np.broadcast_to(_opacity(alpha), self.valid.shape) for alpha in (self.alpha_a, self.alpha_b)]
        faded = self.valid & (cv2.absdiff(*opacity) > MAX_HIDDEN_STEP)
        if not faded.any():
            return WHITE
        colours = (self.rgb_a[faded][None], self.rgb_b[faded][None])
        sides = [(rgb, alpha[faded][None]) for rgb, alpha in zip(colours, opacity, strict=True)]
        hidden = []
        for ground in GROUNDS:
            step = cv2.absdiff(*(composite(rgb, alpha, ground) for rgb, alpha in sides))
            hidden.append(int(np.count_nonzero(step.max(axis=2) <= MAX_HIDDEN_STEP)))
        return GROUNDS[int(np.argmin(hidden))]

    @cached_property
    def screen_a(self) -> UInt8:
        """A on white, reduced to at most MAX_SCREEN_PIXELS: uint8 RGB."""
        return shrink_to(self.a, MAX_SCREEN_PIXELS)

    @cached_property
    def plot_a(self) -> UInt8:
        """A on white, reduced to at most MAX_PLOT_PIXELS: uint8 RGB."""
        return shrink_to(self.screen_a, MAX_PLOT_PIXELS)

    @cached_property
    def screen_b(self) -> UInt8:
        """B on white, reduced to at most MAX_SCREEN_PIXELS: uint8 RGB."""
        return shrink_to(self.b, MAX_SCREEN_PIXELS)

    @cached_property
    def plot_b(self) -> UInt8:
        """B on white, reduced to at most MAX_PLOT_PIXELS: uint8 RGB."""
        return shrink_to(self.screen_b, MAX_PLOT_PIXELS)

    @cached_property
    def gray_a(self) -> UInt8:
        """BT.601 luma of A: uint8 (height, width)."""
        return cv2.cvtColor(self.a, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)

    @cached_property
    def gray_b(self) -> UInt8:
        """BT.601 luma of B: uint8 (height, width)."""
        if self.shares_arrays:
            return self.gray_a
        return cv2.cvtColor(self.b, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)

    @cached_property
    def clean(self) -> bool:
        """Whether neither picture has noise or the ripples of compression."""
        return all(self._clean)

    @cached_property
    def rendered(self) -> tuple[bool, bool]:
        """Whether A and whether B was drawn by a program, such as a screenshot or a drawing."""
        clean_a, clean_b = self._clean
        return clean_a and not self.binary[0], clean_b and not self.binary[1]

    @cached_property
    def binary(self) -> tuple[bool, bool]:
        """Whether A and whether B is a scan in black and white."""
        return is_binary_scan(self.gray_a), is_binary_scan(self.gray_b)

    @cached_property
    def _clean(self) -> tuple[bool, bool]:
        return is_clean(self.gray_a), is_clean(self.gray_b, self.valid)  # the other pixels of B are those of A

    @cached_property
    def ssim_result(self) -> SsimResult:
        """SSIM of the gray pictures. Raises ValueError if no pixel is valid."""
        return compare(self.gray_a, self.gray_b, self.valid)

    @cached_property
    def unequal(self) -> Mask:
        """The valid pixels of which any channel, including alpha, differs: bool (height, width)."""
        unequal = np.zeros(self.valid.shape, np.bool_)
        if self.shares_arrays:
            return unequal

        def fill(tile: Tile) -> None:
            a, b = self.rgb_a[tile.inner], self.rgb_b[tile.inner]
            if cv2.norm(a, b, cv2.NORM_INF):  # most tiles of screenshots are equal, and stay unwritten
                equal = cv2.inRange(cv2.absdiff(a, b), (0, 0, 0), (0, 0, 0))
                np.greater(self.valid[tile.inner], equal, out=unequal[tile.inner])

        map_tiles(self.valid.shape, 0, fill)
        if self.alpha_a is not None or self.alpha_b is not None:
            unequal |= self.valid & np.not_equal(_opacity(self.alpha_a), _opacity(self.alpha_b))
        return unequal


def once_per_pair(function: Callable[[Pair], Derived]) -> Callable[[Pair], Derived]:
    """A function of a pair that keeps its result with the pair, as a cached property does.

    Analyses run in threads: the first that asks computes the result, and the others wait for it.
    """
    key = f"{function.__module__}.{function.__name__}"

    @wraps(function)
    def remembered(pair: Pair) -> Derived:
        """The kept result, computed by the first call."""
        kept = pair.__dict__
        with kept.setdefault(f"{key} lock", RLock()):
            if key not in kept:
                kept[key] = function(pair)
        found: Derived = kept[key]
        return found

    return remembered


def make_pair(a: Picture, b: Picture, alignment: Alignment, ignore: tuple[Box, ...]) -> Pair:
    """Resample B into A's frame; B's arrays are used unchanged if the alignment is the identity.

    ignore: boxes in A's pixels to exclude from the comparison; they may extend beyond A.
    """
    valid, rgb, alpha = _warp(b, alignment, a.size)
    for box in ignore:
        valid[box.slices] = False
    if not valid.all():
        rgb = np.asarray(np.where(valid[..., None], rgb, a.rgb), np.uint8)
        if a.alpha is not None or alpha is not None:
            alpha = np.asarray(np.where(valid, _opacity(alpha), _opacity(a.alpha)), np.uint8)
    gaps = alignment.rows.gaps if alignment.rows else ()
    outside = [] if alignment.rows or alignment.resampled else _outside(alignment.matrix, a.size, b.size)
    nearest = ((map_box(part, alignment.matrix, a.size), part) for part in outside)
    return Pair(a.rgb, rgb, a.alpha, alpha, valid, gaps, tuple(nearest), alignment.resampled)


def _outside(matrix: Float64, size_a: Size, size_b: Size) -> Iterator[Box]:
    """The parts of B beside, above and below A, if B is wider or taller; `matrix` moves B by whole pixels."""
    left, top = (-round(shift) for shift in matrix[:2, 2])
    first, last = max(0, top), min(size_b[1], top + size_a[1])
    for x, width in _excess(left, size_a[0], size_b[0]):
        if last > first:
            yield Box(x, first, width, last - first)
    for y, height in _excess(top, size_a[1], size_b[1]):
        yield Box(0, y, size_b[0], height)


def _excess(start: int, length: int, longer: int) -> Iterator[tuple[int, int]]:
    """The parts of `longer` pixels before and after the `length` from `start`, as starts and lengths."""
    if longer > length:
        for first, last in ((0, min(start, longer)), (max(0, start + length), longer)):
            if last > first:
                yield first, last - first


def _warp(b: Picture, alignment: Alignment, size: Size) -> tuple[Mask, UInt8, UInt8 | None]:
    """B in A's frame: the mask of the pixels that B covers, the colours, and alpha."""
    if alignment.rows is not None:
        return _by_rows(b, alignment.rows, size)
    matrix, radial = alignment.matrix, alignment.radial
    rgb = resample(b.rgb, matrix, size, radial=radial)
    alpha = None if b.alpha is None else resample(b.alpha, matrix, size, radial=radial)
    return coverage_mask(matrix, size, b.size, radial), rgb, alpha


def _by_rows(b: Picture, rows: RowAlignment, size: Size) -> tuple[Mask, UInt8, UInt8 | None]:
    """B with its rows in the places of A's, as for _warp(); columns that are not matched stay in their place."""
    inside = slice(*rows.columns)
    last = b.rgb.shape[0] - 1
    own = np.arange(size[1])
    valid = np.repeat(own[:, None] <= last, size[0], axis=1)
    valid[:, inside] = rows.source[:, None] >= 0
    planes = [b.rgb[np.minimum(own, last)], None if b.alpha is None else b.alpha[np.minimum(own, last)]]
    for plane, given in zip(planes, (b.rgb, b.alpha), strict=True):
        if plane is not None and given is not None:
            plane[:, inside] = given[rows.source, inside]
    return valid, np.asarray(planes[0], np.uint8), planes[1]


def _opacity(alpha: UInt8 | None) -> UInt8 | np.uint8:
    return np.uint8(255) if alpha is None else alpha


def on_white(rgb: UInt8, alpha: UInt8 | None) -> UInt8:
    """Composite straight-alpha RGB on white, as a web page shows it: uint8 (height, width, 3)."""
    return composite(rgb, alpha, WHITE)


def composite(rgb: UInt8, alpha: UInt8 | None, ground: int) -> UInt8:
    """Composite straight-alpha RGB on a gray level: uint8 (height, width, 3)."""
    if alpha is None:
        return rgb
    coverage = cv2.merge([alpha] * 3)
    if ground == WHITE:
        # c·α + 255·(1 − α) = 255 − (255 − c)·α, which OpenCV computes and rounds in one pass.
        return np.asarray(cv2.bitwise_not(cv2.multiply(cv2.bitwise_not(rgb), coverage, scale=1 / 255)), np.uint8)
    behind = cv2.convertScaleAbs(cv2.bitwise_not(coverage), alpha=ground / 255)
    return np.asarray(cv2.add(cv2.multiply(rgb, coverage, scale=1 / 255), behind), np.uint8)
