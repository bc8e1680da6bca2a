"""Two pictures in one frame, and what several measures derive from them."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from app.vision.alignment.align import Alignment
from app.vision.alignment.row_diff import RowGap
from app.vision.arrays import Mask, UInt8
from app.vision.decoding.decode import Picture
from app.vision.drawing.outlines import CANVAS, SCREEN, shrink_to
from app.vision.geometry import Size
from app.vision.metrics.ssim import Structure, compare
from app.vision.region import Box
from app.vision.resample import covered, resample
from app.vision.tiles import Tile, by_tiles


@dataclass(frozen=True)
class Pair:
    """Pictures A and B in the frame of A.

    rgb_a, rgb_b: uint8 (height, width, 3), the colour channels as decoded.
    alpha_a, alpha_b: uint8 (height, width), 255 is opaque; None where the picture has no alpha channel.
    valid: bool (height, width), where both have pixels and the caller ignores nothing.
    gaps: rows that only one of the pictures has, where B was laid on A row by row.

    Outside `valid` the pixels of B are those of A (`make_pair` sees to it), so that whole-picture measures such
    as hashes and embeddings see no difference there.
    """

    rgb_a: UInt8
    rgb_b: UInt8
    alpha_a: UInt8 | None
    alpha_b: UInt8 | None
    valid: Mask
    gaps: tuple[RowGap, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the common frame in pixels."""
        return self.valid.shape[1], self.valid.shape[0]

    @property
    def same(self) -> bool:
        """Whether A and B are one and the same picture."""
        return self.rgb_a is self.rgb_b and self.alpha_a is self.alpha_b

    @cached_property
    def pixels(self) -> int:
        """How many pixels are compared."""
        return int(np.count_nonzero(self.valid))

    @cached_property
    def a(self) -> UInt8:
        """A on white: uint8 RGB (height, width, 3)."""
        return on_white(self.rgb_a, self.alpha_a)

    @cached_property
    def b(self) -> UInt8:
        """B on white: uint8 RGB (height, width, 3)."""
        return self.a if self.same else on_white(self.rgb_b, self.alpha_b)

    @cached_property
    def screen_a(self) -> UInt8:
        """A on white, no larger than a screen can show: uint8 RGB."""
        return shrink_to(self.a, SCREEN)

    @cached_property
    def plot_a(self) -> UInt8:
        """A on white at the size of an illustration: uint8 RGB."""
        return shrink_to(self.screen_a, CANVAS)

    @cached_property
    def screen_b(self) -> UInt8:
        """B on white, no larger than a screen can show: uint8 RGB."""
        return shrink_to(self.b, SCREEN)

    @cached_property
    def plot_b(self) -> UInt8:
        """B on white at the size of an illustration: uint8 RGB."""
        return shrink_to(self.screen_b, CANVAS)

    @cached_property
    def gray_a(self) -> UInt8:
        """BT.601 luma of A: uint8 (height, width)."""
        return cv2.cvtColor(self.a, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)

    @cached_property
    def gray_b(self) -> UInt8:
        """BT.601 luma of B: uint8 (height, width)."""
        return self.gray_a if self.same else cv2.cvtColor(self.b, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)

    @cached_property
    def structure(self) -> Structure:
        """SSIM of the gray pictures. Raises ValueError where no pixel is valid."""
        return compare(self.gray_a, self.gray_b, self.valid)

    @cached_property
    def equal(self) -> Mask:
        """Where every channel, alpha included, is equal: bool (height, width)."""
        if self.same:
            return np.ones_like(self.valid)
        same = np.empty_like(self.valid)

        def fill(tile: Tile) -> None:
            apart = cv2.absdiff(self.rgb_a[tile.inner], self.rgb_b[tile.inner])
            same[tile.inner] = cv2.inRange(apart, (0, 0, 0), (0, 0, 0)) > 0

        by_tiles(same.shape, 0, fill)
        if self.alpha_a is None and self.alpha_b is None:
            return same
        opaque = np.uint8(255)
        return same & np.equal(
            opaque if self.alpha_a is None else self.alpha_a, opaque if self.alpha_b is None else self.alpha_b
        )

    @cached_property
    def unequal(self) -> Mask:
        """The compared pixels with any channel that is not equal: bool (height, width)."""
        return np.greater(self.valid, self.equal)


def make_pair(a: Picture, b: Picture, alignment: Alignment, ignore: tuple[Box, ...]) -> Pair:
    """Bring B into A's frame. Where no motion is needed, B's arrays are taken as they are.

    ignore: boxes in A's pixels that are left out; parts outside A do not matter.
    """
    valid, rgb, alpha = _moved(b, alignment, (a.rgb.shape[1], a.rgb.shape[0]))
    for box in ignore:
        valid[box.slices] = False
    if not valid.all():
        rgb = np.asarray(np.where(valid[..., None], rgb, a.rgb), np.uint8)
        alpha = _alpha_outside(valid, a.alpha, alpha)
    return Pair(a.rgb, rgb, a.alpha, alpha, valid, alignment.rows.gaps if alignment.rows else ())


def _moved(b: Picture, alignment: Alignment, size: Size) -> tuple[Mask, UInt8, UInt8 | None]:
    """Where B has pixels in A's frame, its colours there and its alpha."""
    if alignment.rows is not None:
        source = alignment.rows.source
        valid = np.repeat(source[:, None] >= 0, size[0], axis=1)
        return valid, b.rgb[source], None if b.alpha is None else b.alpha[source]
    rgb = resample(b.rgb, alignment.matrix, size)
    alpha = None if b.alpha is None else resample(b.alpha, alignment.matrix, size)
    return covered(alignment.matrix, size, (b.rgb.shape[1], b.rgb.shape[0])), rgb, alpha


def _alpha_outside(valid: Mask, alpha_a: UInt8 | None, alpha_b: UInt8 | None) -> UInt8 | None:
    """B's alpha with A's outside `valid`; None stays None where both are opaque."""
    if alpha_a is None and alpha_b is None:
        return None
    outside = np.uint8(255) if alpha_a is None else alpha_a
    return np.asarray(np.where(valid, np.uint8(255) if alpha_b is None else alpha_b, outside), np.uint8)


def on_white(rgb: UInt8, alpha: UInt8 | None) -> UInt8:
    """Composite straight-alpha RGB on white, as a page would show it: uint8 (height, width, 3)."""
    if alpha is None:
        return rgb
    # White less the darkness that shows: c·α + 255·(1 − α), rounded, in one pass of OpenCV.
    darkness = cv2.multiply(cv2.bitwise_not(rgb), cv2.merge([alpha] * 3), scale=1 / 255)
    return np.asarray(cv2.bitwise_not(darkness), np.uint8)
