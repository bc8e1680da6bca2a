"""How much of one picture another one repeats, part by part: the proof that two files hold one picture.

A network and a perceptual hash tell what a picture shows. They cannot tell apart two pages of one application that
differ in their text: of 455 pairs of such pages 364 were within the limits of `renames`. Compared block by block, no
such pair has enough in common.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from app.vision.arrays import Float32, Mask, UInt8
from app.vision.drawing.outlines import fitting
from app.vision.resize import reduce

# Detail as small as text counts, so that screenshots are hardly reduced.
PIXELS = 500_000
COARSE = 256  # pixels of the longer side where the motion is looked for first
BLOCKS, SMALLEST, LARGEST = 500, 8, 16  # about so many blocks, of this many pixels across
# Gray levels from pixel to pixel in the direction in which a block changes least. An edge alone changes in one
# direction only: the frames and lines of a layout, which are on every page of an application, do not count, text does.
TEXTURED = 3
CORRELATED = 0.9  # of a block that is repeated; brightness and contrast do not matter to it
FARTHEST = 0.05  # of a side: how far a corner may move. A picture cropped by 2 % moves by that much

# Below them two pictures are not called the same. Measured, as (share, tone):
# One picture: 60 pairs of photographs with ten real changes each, least 0.795, 0.921; 100 photographs re-encoded as
# JPEG 60, resized to 80 %, cropped by 2 % or made 10 % brighter, least 0.968, 0.983.
# Others: of 3.6 million pairs of Caltech 101 the 139 nearest by the network, most 0.505 (two motorbikes; the 28 that
# have more are one picture, edited); 455 pairs of pages with one layout and other text, most 0.54; circuit boards of
# different numbers, most 0.05.
LEAST_SHARE, LEAST_TONE, FEWEST = 0.7, 0.85, 20


@dataclass(frozen=True)
class Likeness:
    """How alike two pictures are once one lies on the other.

    share: of the blocks with texture, those that are repeated, in [0, 1]. tone: the correlation of the mean colours of
    all blocks, in [-1, 1]. blocks: how many have texture; where there are few, `share` says little.
    """

    share: float
    tone: float
    blocks: int

    @property
    def is_same(self) -> bool:
        """Whether they are one picture, maybe edited, re-encoded, resized, or cropped by a few per cent."""
        return self.share >= LEAST_SHARE and self.tone >= LEAST_TONE and self.blocks >= FEWEST


def likeness(a: UInt8, b: UInt8) -> Likeness:
    """Compare two pictures, uint8 RGB (height, width, 3), of any two sizes; as they lie, and with a small motion."""
    size = fitting((a.shape[1], a.shape[0]), PIXELS)
    a, b = (np.ascontiguousarray(_resized(picture, size)) for picture in (a, b))
    found = _compared(a, b, np.ones(a.shape[:2], np.bool_))
    matrix = None if found.share >= CORRELATED else _motion(a, b)
    if matrix is None:
        return found
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    covered = cv2.warpAffine(np.full(a.shape[:2], 255, np.uint8), matrix, size, flags=flags) > 254
    moved = np.asarray(cv2.warpAffine(b, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8)
    return max(found, _compared(a, moved, covered), key=lambda each: each.share)


def _compared(a: UInt8, b: UInt8, covered: Mask) -> Likeness:
    """Block by block. a, b: of one size. covered: bool (height, width), where B has pixels."""
    height, width = covered.shape
    block = min(LARGEST, max(SMALLEST, int((covered.size / BLOCKS) ** 0.5)), height, width)
    x, y = (cv2.GaussianBlur(_gray(picture), (0, 0), 0.8).astype(np.float32) for picture in (a, b))
    mean_x, mean_y = _means(x, block), _means(y, block)
    variance_x, variance_y = _means(x * x, block) - mean_x * mean_x, _means(y * y, block) - mean_y * mean_y
    correlation = _means(x * y, block) - mean_x * mean_y
    correlation /= np.sqrt(np.maximum(variance_x, 1) * np.maximum(variance_y, 1))
    whole = _means(covered.astype(np.float32), block) > 0.99
    textured = (np.maximum(_texture(x, block), _texture(y, block)) > TEXTURED**2) & whole
    count = int(np.count_nonzero(textured))
    repeated = int(np.count_nonzero(textured & (correlation > CORRELATED)))
    return Likeness(repeated / max(1, count), _tone(a, b, block, whole), count)


def _texture(gray: Float32, block: int) -> Float32:
    """The smaller eigenvalue of each block's structure tensor, in squared gray levels: how much of a corner it is.

    J. Shi, C. Tomasi, "Good features to track", CVPR 1994.
    """
    x, y = cv2.Sobel(gray, cv2.CV_32F, 1, 0, scale=1 / 8), cv2.Sobel(gray, cv2.CV_32F, 0, 1, scale=1 / 8)
    xx, yy, xy = _means(x * x, block), _means(y * y, block), _means(x * y, block)
    return np.asarray((xx + yy) / 2 - np.sqrt(((xx - yy) / 2) ** 2 + xy * xy), np.float32)


def _tone(a: UInt8, b: UInt8, block: int, whole: Mask) -> float:
    """Pearson's correlation of the blocks' mean colours; 0 where one of the pictures has a single colour."""
    one, other = (_means(picture.astype(np.float32), block)[whole].ravel() for picture in (a, b))
    if not one.size:
        return 0.0
    one, other = one - one.mean(), other - other.mean()
    length = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / length if length else 0.0


def _motion(a: UInt8, b: UInt8) -> Float32 | None:
    """The affine motion (2, 3) from A's pixels to B's that makes them correlate most (ECC), if it is a small one.

    G. Evangelidis, E. Psarakis, "Parametric image alignment using enhanced correlation coefficient maximization", PAMI
    2008. First on small pictures, which reaches farther.
    """
    still = np.eye(2, 3, dtype=np.float32)
    gray_a, gray_b = _gray(a), _gray(b)
    scale = min(1.0, COARSE / max(gray_a.shape))
    small = max(1, round(gray_a.shape[1] * scale)), max(1, round(gray_a.shape[0] * scale))
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 50, 1e-4)
    small_a, small_b = reduce(gray_a, small), reduce(gray_b, small)
    try:
        _, rough = cv2.findTransformECC(small_a, small_b, still, cv2.MOTION_AFFINE, criteria, np.empty(0), 7)
        start = np.asarray(rough, np.float32) * np.array([1, 1, 1 / scale], np.float32)
        _, matrix = cv2.findTransformECC(gray_a, gray_b, start, cv2.MOTION_AFFINE, criteria, np.empty(0), 5)
    except cv2.error:  # it does not converge, as where a picture has a single colour
        return None
    return np.asarray(matrix, np.float32) if _is_small(matrix, gray_a.shape) else None


def _is_small(matrix: cv2.typing.MatLike, shape: tuple[int, ...]) -> bool:
    height, width = shape
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]], np.float64)
    moved = np.abs(corners @ matrix.T - corners[:, :2])
    return bool(np.all(moved <= FARTHEST * np.array([width, height])))


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
