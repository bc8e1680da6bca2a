"""How well B explains A once it lies on it, block by block: the proof that a registration must pass."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from app.vision.arrays import Float32, Mask, UInt8

# The variance of a textured block, in squared levels of `equalise`: two fifths of full local contrast.
TEXTURED = (0.4 * 48) ** 2
EXPLAINED = 0.25
# An edge, in levels from one pixel to the next; so many at least must be equal to make a share of 1.
EDGE, FEW = 24, 100


@dataclass(frozen=True)
class Agreement:
    """Of every block of A, three arrays (rows, columns):

    residual: float32, 1 - NCC in [0, 2]; 0 is equal up to gain and offset; 1 where B does not cover the block.
    textured: bool, whether A or B shows any structure there; flat blocks say nothing.
    covered: bool, whether B covers three quarters of it.
    """

    residual: Float32
    textured: Mask
    covered: Mask

    @cached_property
    def matched_blocks(self) -> int:
        """How many textured blocks B explains."""
        return int(np.count_nonzero(self.textured & (self.residual < EXPLAINED)))

    @property
    def share(self) -> float:
        """Of the textured blocks that B covers, the share that it explains, in [0, 1]; 0 without texture."""
        return self.matched_blocks / max(1, int(np.count_nonzero(self.textured & self.covered)))

    @property
    def unrelated(self) -> bool:
        """Whether B shows something else: hardly any texture explained, and texture is not just a detail of A."""
        missed = np.count_nonzero(self.textured) - self.matched_blocks
        return self.share < 0.15 and bool(missed >= 0.25 * self.textured.size)


def agree(a: UInt8, b: UInt8, covered: Mask) -> Agreement:
    """Compare two pictures with even contrast, uint8 (height, width), in blocks of 12 to 40 pixels, some 500 in all."""
    block = min(40, max(12, int((a.size / 500) ** 0.5)), *a.shape)
    x, y = a.astype(np.float32) - 128, b.astype(np.float32) - 128
    mean_x, mean_y = _means(x, block), _means(y, block)
    variance_x = _means(x * x, block) - mean_x * mean_x
    variance_y = _means(y * y, block) - mean_y * mean_y
    covariance = _means(x * y, block) - mean_x * mean_y
    correlation = covariance / np.sqrt(np.maximum(variance_x, 1) * np.maximum(variance_y, 1))
    whole = _means(covered.astype(np.float32), block) > 0.75
    textured = (variance_x > TEXTURED) | ((variance_y > TEXTURED) & whole)
    return Agreement(np.where(whole, 1 - correlation, np.float32(1)), textured, whole)


def _means(values: Float32, block: int) -> Float32:
    rows, columns = values.shape[0] // block, values.shape[1] // block
    whole = values[: rows * block, : columns * block]
    return np.asarray(cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)


def clearly_better(new: Agreement, old: Agreement) -> bool:
    """Whether `new` explains A clearly better than `old`: a sign test over the textured blocks.

    Blocks that really changed are bad either way and cast no vote. A wrong motion, such as one period of a pattern or
    the shift of a part, spoils about as many blocks as it mends. A third must gain: on circuit boards, motions with
    less support stop lowering the number of pixels that differ outside the known defects. And two fifths must be
    explained: lines of other text, once they lie on A's lines, explain up to a third.
    """
    voters = new.textured | old.textured
    better = np.count_nonzero(voters & (new.residual < 0.7 * old.residual - 0.01))
    worse = np.count_nonzero(voters & (old.residual < 0.7 * new.residual - 0.01))
    total = int(np.count_nonzero(voters & new.covered))
    return bool(better > 3 * worse and better > total / 3 and new.matched_blocks > 0.4 * total)


def exact_share(a: UInt8, b: UInt8, shift: tuple[int, int]) -> float:
    """The share in [0, 1] of A's edge pixels that B, shifted by whole pixels, reproduces exactly (a sample of rows).

    a, b: uint8 RGB (height, width, 3). Chance makes few edge pixels equal, whatever the noise or compression.
    """
    (x, y), (height, width) = shift, a.shape[:2]
    left, right = max(0, x), min(width, b.shape[1] + x)
    top, bottom = max(0, y), min(height, b.shape[0] + y)
    if right - left < 2 or bottom <= top:
        return 0.0
    step = max(1, (right - left) * (bottom - top) // 1_000_000)
    rows_a = np.ascontiguousarray(a[top:bottom:step, left:right])
    rows_b = b[top - y : bottom - y : step, left - x : right - x]
    green = cv2.extractChannel(rows_a, 1)
    _, edges = cv2.threshold(cv2.absdiff(green[:, 1:], green[:, :-1]), EDGE, 255, cv2.THRESH_BINARY)
    equal = cv2.inRange(cv2.absdiff(rows_a, rows_b), (0, 0, 0), (0, 0, 0))[:, 1:]
    return cv2.countNonZero(cv2.bitwise_and(edges, equal)) / max(FEW, cv2.countNonZero(edges))
