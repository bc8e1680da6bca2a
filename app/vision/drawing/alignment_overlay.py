"""How B lies on A, as pictures that the eye can check. Each is uint8 RGB (height, width, 3) of at most PIXELS."""

import cv2
import numpy as np

from app.vision.alignment.align import Alignment
from app.vision.arrays import Float64, Mask, UInt8
from app.vision.drawing.outlines import polygon, shrink_to
from app.vision.geometry import Size, resizing, sample_grid, transform
from app.vision.pair import Pair

PIXELS = 1_000_000
TILES = 12  # across
# What is not compared keeps a quarter of its contrast, above a gray that is seen on dark pictures, too.
CONTRAST, FLOOR = 4, 40


def checkerboard(pair: Pair) -> UInt8:
    """Square tiles of A and of B by turns, A first, so that edges run on across their borders where B fits.

    What is not compared is dimmed.
    """
    a, b = shrink_to(pair.screen_a, PIXELS), shrink_to(pair.screen_b, PIXELS)
    height, width = a.shape[:2]
    side = max(1, round(width / TILES))
    rows, columns = np.arange(height)[:, None] // side, np.arange(width) // side
    return dim(np.where(((rows + columns) % 2)[..., None], b, a), _reduced(pair.valid))


def extent(pair: Pair, alignment: Alignment) -> UInt8:
    """A with a line round the part of it that B covers: B's outline in A's frame, clipped to A.

    What is not compared is dimmed.
    """
    canvas = dim(shrink_to(pair.screen_a, PIXELS), _reduced(pair.valid))
    size = canvas.shape[1], canvas.shape[0]
    outline = transform(resizing(pair.size, size) @ alignment.matrix, _corners(alignment.size_b))
    _, shared = cv2.intersectConvexConvex(outline.astype(np.float32), _corners(size).astype(np.float32))
    return canvas if shared is None else polygon(canvas, shared[:, 0].astype(np.float64))


def dim(image: UInt8, valid: Mask) -> UInt8:
    """The picture, veiled in dark gray outside `valid`, bool (height, width)."""
    return image if valid.all() else np.where(valid[..., None], image, image // CONTRAST + np.uint8(FLOOR))


def _reduced(valid: Mask) -> Mask:
    """The mask at the size of a picture that was fitted to PIXELS."""
    return np.greater(shrink_to(valid.view(np.uint8) * np.uint8(255), PIXELS), 127)


def _corners(size: Size) -> Float64:
    """The middles of a picture's four corner pixels, one after the other round it: (4, 2)."""
    return sample_grid(size, 2)[[0, 1, 3, 2]]
