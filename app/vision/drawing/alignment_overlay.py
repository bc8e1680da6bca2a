"""Pictures that show the alignment of B with A. Each is uint8 RGB (height, width, 3) of at most MAX_PIXELS."""

import cv2
import numpy as np

from app.vision.alignment.align import Alignment
from app.vision.arrays import Float64, Mask, UInt8
from app.vision.drawing.outlines import polygon
from app.vision.geometry import Size, resize_matrix, sample_grid, transform
from app.vision.pair import Pair
from app.vision.resize import shrink_to

MAX_PIXELS = 1_000_000
TILES = 12  # across
# Pixels that are not compared keep a quarter of their contrast, above a gray that is visible in dark pictures, too.
CONTRAST_DIVISOR, GRAY = 4, 40


def checkerboard(pair: Pair) -> UInt8:
    """A checkerboard of square tiles of A and B, A first: edges continue across the tiles if B is aligned.

    Pixels that are not compared are dimmed.
    """
    a, b = shrink_to(pair.screen_a, MAX_PIXELS), shrink_to(pair.screen_b, MAX_PIXELS)
    height, width = a.shape[:2]
    side = max(1, round(width / TILES))
    rows, columns = np.arange(height)[:, None] // side, np.arange(width) // side
    return dim(np.where(((rows + columns) % 2)[..., None], b, a), _reduced(pair.valid))


def extent(pair: Pair, alignment: Alignment) -> UInt8:
    """A with the outline of the part that B covers: B's border in A's frame, clipped to A.

    Pixels that are not compared are dimmed.
    """
    canvas = dim(shrink_to(pair.screen_a, MAX_PIXELS), _reduced(pair.valid))
    size = canvas.shape[1], canvas.shape[0]
    outline = transform(resize_matrix(pair.size, size) @ alignment.matrix, _corners(alignment.size_b))
    _, shared = cv2.intersectConvexConvex(outline.astype(np.float32), _corners(size).astype(np.float32))
    return canvas if shared is None else polygon(canvas, shared[:, 0].astype(np.float64))


def dim(image: UInt8, valid: Mask) -> UInt8:
    """The picture, dimmed towards dark gray outside `valid`, bool (height, width)."""
    return image if valid.all() else np.where(valid[..., None], image, image // CONTRAST_DIVISOR + np.uint8(GRAY))


def _reduced(valid: Mask) -> Mask:
    """The mask at the size of a picture that was reduced to MAX_PIXELS."""
    return np.greater(shrink_to(valid.view(np.uint8) * np.uint8(255), MAX_PIXELS), 127)


def _corners(size: Size) -> Float64:
    """The centres of a picture's four corner pixels in order round its border: float64 (4, 2), x before y."""
    return sample_grid(size, 2)[[0, 1, 3, 2]]
