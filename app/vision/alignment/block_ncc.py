"""Normalised cross-correlation (NCC) of the blocks of A and a registered B: the test that a registration must pass."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from app.vision.arrays import Float32, Mask, UInt8

# The variance of a textured block, in squared levels of `local_contrast_normalise`: two fifths of full local contrast.
MIN_TEXTURE_VARIANCE = (0.4 * 48) ** 2
MAX_MATCHED_RESIDUAL = 0.25
# Of `clearly_better`: the shares are of matched blocks.
MAX_UNFIT_SHARE, MIN_INLIERS, MIN_GAINED_SHARE, MOST = 0.3, 30, 0.1, 0.85
# An edge is a difference in levels between neighbouring pixels. Shares are taken of at least MIN_EDGE_PIXELS.
MIN_EDGE_STEP, MIN_EDGE_PIXELS = 24, 100


@dataclass(frozen=True)
class Agreement:
    """The match of every block of A, as arrays (rows, columns).

    residual: float32, 1 - NCC in [0, 2]; 0 is equal up to gain and offset; 1 if B does not cover the block.
    textured: bool, whether A or B has texture there; flat blocks prove nothing.
    covered: bool, whether B covers three quarters of the block.
    block: the side of a block in pixels.
    """

    residual: Float32
    textured: Mask
    covered: Mask
    block: int

    @property
    def matched(self) -> Mask:
        """The textured blocks that match."""
        return np.asarray(self.textured & (self.residual < MAX_MATCHED_RESIDUAL), np.bool_)

    @cached_property
    def matched_blocks(self) -> int:
        """Number of textured blocks that match."""
        return int(np.count_nonzero(self.matched))

    @property
    def share(self) -> float:
        """The share of matched blocks among the textured blocks that B covers, in [0, 1]; 0 without texture."""
        return self.matched_blocks / max(1, int(np.count_nonzero(self.textured & self.covered)))

    @property
    def unrelated(self) -> bool:
        """Whether B shows something else: few textured blocks match, and a quarter of all blocks are unmatched."""
        unmatched = np.count_nonzero(self.textured) - self.matched_blocks
        return self.share < 0.15 and bool(unmatched >= 0.25 * self.textured.size)


def block_agreement(a: UInt8, b: UInt8, covered: Mask) -> Agreement:
    """Compare two pictures of normalised contrast, uint8 (height, width), in about 500 blocks of 12 to 40 pixels."""
    block = min(40, max(12, int((a.size / 500) ** 0.5)), *a.shape)
    x, y = a.astype(np.float32) - 128, b.astype(np.float32) - 128
    mean_x, mean_y = _means(x, block), _means(y, block)
    variance_x = _means(x * x, block) - mean_x * mean_x
    variance_y = _means(y * y, block) - mean_y * mean_y
    covariance = _means(x * y, block) - mean_x * mean_y
    correlation = covariance / np.sqrt(np.maximum(variance_x, 1) * np.maximum(variance_y, 1))
    whole = _means(covered.astype(np.float32), block) > 0.75
    textured = (variance_x > MIN_TEXTURE_VARIANCE) | ((variance_y > MIN_TEXTURE_VARIANCE) & whole)
    return Agreement(np.where(whole, 1 - correlation, np.float32(1)), textured, whole, block)


def _means(values: Float32, block: int) -> Float32:
    rows, columns = values.shape[0] // block, values.shape[1] // block
    whole = values[: rows * block, : columns * block]
    return np.asarray(cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)


@dataclass(frozen=True)
class Votes:
    """Numbers of textured blocks that match A clearly better and clearly worse than before, and of all of them.

    Blocks that B does not cover have no vote. Changed blocks match neither before nor after. A wrong motion, such as
    one period of a pattern or the shift of a part, makes about as many blocks worse as better.
    """

    better: int
    worse: int
    total: int


def votes(new: Agreement, old: Agreement) -> Votes:
    """The votes on `new`, compared with `old`."""
    textured = (new.textured | old.textured) & new.covered
    known = textured & old.covered
    better = np.count_nonzero(known & (new.residual < 0.7 * old.residual - 0.01))
    worse = np.count_nonzero(known & (old.residual < 0.7 * new.residual - 0.01))
    return Votes(int(better), int(worse), int(np.count_nonzero(textured)))


def clearly_better(new: Agreement, old: Agreement, inliers: int, corners: int) -> bool:
    """Whether `new` matches A clearly better than `old`, by any of three rules.

    inliers: of the new motion, among `corners` of A.
    A third of the blocks improve and two fifths match: on circuit boards, motions with less support do not reduce the
    number of pixels that differ outside the known defects, and lines of different text, shifted onto A's lines, match
    in up to a third. Or hardly any block matched before, as between seasons and sensors, whose blocks never match well:
    then a quarter must improve. Or most corners follow the motion, and more blocks match: nearly all, or hardly any
    becomes worse. Under parallax, which no motion undoes, a third of the votes is against it.
    """
    vote = votes(new, old)
    if vote.better > 3 * vote.worse and vote.better > vote.total / 3 and new.matched_blocks > 0.4 * vote.total:
        return True
    if old.share < MAX_UNFIT_SHARE and inliers >= MIN_INLIERS and vote.better > 4 * vote.worse:
        return vote.better > vote.total / 4
    if inliers <= corners / 2 or new.share - old.share <= MIN_GAINED_SHARE:
        return False
    return vote.better > 8 * vote.worse or (new.share > MOST and vote.better > 1.5 * vote.worse)


def exact_share(a: UInt8, b: UInt8, shift: tuple[int, int]) -> float:
    """The share, in [0, 1], of A's edge pixels that B, shifted by whole pixels, reproduces exactly, in sampled rows.

    a, b: uint8 RGB (height, width, 3). Few edge pixels are equal by chance, with any noise or compression.
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
    _, edges = cv2.threshold(cv2.absdiff(green[:, 1:], green[:, :-1]), MIN_EDGE_STEP, 255, cv2.THRESH_BINARY)
    equal = cv2.inRange(cv2.absdiff(rows_a, rows_b), (0, 0, 0), (0, 0, 0))[:, 1:]
    return cv2.countNonZero(cv2.bitwise_and(edges, equal)) / max(MIN_EDGE_PIXELS, cv2.countNonZero(edges))
