"""Block-wise likeness of two pictures, which decides whether two files show the same picture.

A network's features and a perceptual hash cannot distinguish two pages of one application that differ in their text: of
455 such pairs 364 were within the limits of `renames`. Compared block by block, no such pair has enough in common.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from app.vision.arrays import Float32, Mask, UInt8
from app.vision.resize import reduce, shrunk_size

# Large enough that text in screenshots stays legible.
MAX_PIXELS = 500_000
COARSE_SIDE = 256  # pixels of the longer side for the first motion estimate
BLOCKS, MIN_BLOCK, MAX_BLOCK = 500, 8, 16  # approximate number of blocks; pixels of a block's side
# Minimum gradient in gray levels per pixel along the direction of least change. Straight edges, such as the frames and
# lines that all pages of an application share, change in one direction only and do not count; text does.
MIN_GRADIENT = 3
MIN_CORRELATION = 0.9  # of a repeated block; it does not depend on brightness and contrast
MAX_MOTION = 0.05  # of a side, for each corner; cropping by 2 % moves corners by this much

# Minimum values for the same picture. Measured, as (share, tone):
# Same picture: 60 pairs of photographs with ten real changes each, at least 0.795, 0.921; 100 photographs re-encoded as
# JPEG 60, resized to 80 %, cropped by 2 % or made 10 % brighter, at least 0.968, 0.983.
# Different pictures: the 139 pairs of 3.6 million of Caltech 101 that are nearest to the network, at most 0.505 (two
# motorbikes; the 28 pairs above are edits of one picture); 455 pairs of pages with one layout and different text, at
# most 0.54; circuit boards of different numbers, at most 0.05.
MIN_SHARE, MIN_TONE, MIN_BLOCKS = 0.7, 0.85, 20


@dataclass(frozen=True)
class Likeness:
    """How alike two aligned pictures are.

    share: the share of textured blocks that the other picture repeats, in [0, 1]. tone: the correlation of the mean
    colours of all blocks, in [-1, 1]. blocks: the number of textured blocks; with few, `share` is unreliable.
    """

    share: float
    tone: float
    blocks: int

    @property
    def is_same(self) -> bool:
        """Whether they are the same picture, possibly edited, re-encoded, resized, or cropped by a few per cent."""
        return self.share >= MIN_SHARE and self.tone >= MIN_TONE and self.blocks >= MIN_BLOCKS


def likeness(a: UInt8, b: UInt8) -> Likeness:
    """Compare two pictures, uint8 RGB (height, width, 3) of any sizes, in place and after a small affine motion."""
    size = shrunk_size((a.shape[1], a.shape[0]), MAX_PIXELS)
    a, b = (np.ascontiguousarray(_resized(picture, size)) for picture in (a, b))
    found = _compare(a, b, np.ones(a.shape[:2], np.bool_))
    matrix = None if found.share >= MIN_CORRELATION else _motion(a, b)
    if matrix is None:
        return found
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    covered = cv2.warpAffine(np.full(a.shape[:2], 255, np.uint8), matrix, size, flags=flags) > 254
    moved = np.asarray(cv2.warpAffine(b, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8)
    return max(found, _compare(a, moved, covered), key=lambda result: result.share)


def _compare(a: UInt8, b: UInt8, covered: Mask) -> Likeness:
    """Compare two pictures of one size block by block. covered: bool (height, width), where B has pixels."""
    height, width = covered.shape
    block = min(MAX_BLOCK, max(MIN_BLOCK, int((covered.size / BLOCKS) ** 0.5)), height, width)
    x, y = (cv2.GaussianBlur(_gray(picture), (0, 0), 0.8).astype(np.float32) for picture in (a, b))
    mean_x, mean_y = _means(x, block), _means(y, block)
    variance_x, variance_y = _means(x * x, block) - mean_x * mean_x, _means(y * y, block) - mean_y * mean_y
    correlation = _means(x * y, block) - mean_x * mean_y
    correlation /= np.sqrt(np.maximum(variance_x, 1) * np.maximum(variance_y, 1))
    whole = _means(covered.astype(np.float32), block) > 0.99
    textured = (np.maximum(_texture(x, block), _texture(y, block)) > MIN_GRADIENT**2) & whole
    count = int(np.count_nonzero(textured))
    repeated = int(np.count_nonzero(textured & (correlation > MIN_CORRELATION)))
    return Likeness(repeated / max(1, count), _tone(a, b, block, whole), count)


def _texture(gray: Float32, block: int) -> Float32:
    """The smaller eigenvalue of each block's structure tensor, in squared gray levels: large at corners, not at edges.

    J. Shi, C. Tomasi, "Good features to track", CVPR 1994.
    """
    x, y = cv2.Sobel(gray, cv2.CV_32F, 1, 0, scale=1 / 8), cv2.Sobel(gray, cv2.CV_32F, 0, 1, scale=1 / 8)
    xx, yy, xy = _means(x * x, block), _means(y * y, block), _means(x * y, block)
    return np.asarray((xx + yy) / 2 - np.sqrt(((xx - yy) / 2) ** 2 + xy * xy), np.float32)


def _tone(a: UInt8, b: UInt8, block: int, whole: Mask) -> float:
    """Pearson's correlation of the blocks' mean colours; 0 if one of the pictures has a single colour."""
    one, other = (_means(picture.astype(np.float32), block)[whole].ravel() for picture in (a, b))
    if not one.size:
        return 0.0
    one, other = one - one.mean(), other - other.mean()
    length = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / length if length else 0.0


def _motion(a: UInt8, b: UInt8) -> Float32 | None:
    """The affine motion (2, 3) from A's pixels to B's with the largest correlation (ECC); None unless it is small.

    G. Evangelidis, E. Psarakis, "Parametric image alignment using enhanced correlation coefficient maximization", PAMI
    2008. It starts on shrunken pictures, where larger motions converge.
    """
    identity = np.eye(2, 3, dtype=np.float32)
    gray_a, gray_b = _gray(a), _gray(b)
    scale = min(1.0, COARSE_SIDE / max(gray_a.shape))
    small = max(1, round(gray_a.shape[1] * scale)), max(1, round(gray_a.shape[0] * scale))
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 50, 1e-4)
    small_a, small_b = reduce(gray_a, small), reduce(gray_b, small)
    try:
        _, rough = cv2.findTransformECC(small_a, small_b, identity, cv2.MOTION_AFFINE, criteria, np.empty(0), 7)
        start = np.asarray(rough, np.float32) * np.array([1, 1, 1 / scale], np.float32)
        _, matrix = cv2.findTransformECC(gray_a, gray_b, start, cv2.MOTION_AFFINE, criteria, np.empty(0), 5)
    except cv2.error:  # no convergence, for example on a single colour
        return None
    return np.asarray(matrix, np.float32) if _is_small(matrix, gray_a.shape) else None


def _is_small(matrix: cv2.typing.MatLike, shape: tuple[int, ...]) -> bool:
    height, width = shape
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]], np.float64)
    moved = np.abs(corners @ matrix.T - corners[:, :2])
    return bool(np.all(moved <= MAX_MOTION * np.array([width, height])))


def _resized(picture: UInt8, size: tuple[int, int]) -> UInt8:
    larger = picture.shape[1] < size[0] or picture.shape[0] < size[1]
    return np.asarray(cv2.resize(picture, size), np.uint8) if larger else reduce(picture, size)


def _gray(picture: UInt8) -> UInt8:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)


def _means(values: Float32, block: int) -> Float32:
    """The mean of each whole block: float32 (rows, columns[, channels])."""
    rows, columns = values.shape[0] // block, values.shape[1] // block
    return np.asarray(
        cv2.resize(values[: rows * block, : columns * block], (columns, rows), interpolation=cv2.INTER_AREA), np.float32
    )
