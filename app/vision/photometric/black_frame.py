"""The black frame around a picture, as of a fundus camera, a telescope, a scanner or a slide."""

import cv2
import numpy as np

from app.vision.arrays import Mask, UInt8

# The levels of a frame, the largest share of a picture that is in one, and how far content reaches beside its edge.
MAX_BLACK, MAX_CONTENT, EDGE = 8, 0.98, 2
# Letters on black are not in one piece: closing by this side, in pixels, adds more than a twentieth to their area.
CLOSING, MAX_ADDED = 31, 0.05


def content_mask(gray: UInt8) -> Mask | None:
    """The content of a picture, uint8 (height, width), in a black frame: bool of that shape; None without a frame.

    Black reaches from all four corners to content in one piece.
    """
    height, width = gray.shape
    corners = [(x, y) for x in (0, width - 1) for y in (0, height - 1)]
    if any(gray[y, x] > MAX_BLACK for x, y in corners):
        return None
    dark = np.asarray(gray <= MAX_BLACK, np.uint8)
    for corner in corners:
        cv2.floodFill(dark, None, corner, 2)
    content = np.asarray(dark != 2, np.uint8)
    area = cv2.countNonZero(content)
    # With the border of the picture beside it, the closing would join content with that.
    padded = cv2.copyMakeBorder(content, CLOSING, CLOSING, CLOSING, CLOSING, cv2.BORDER_CONSTANT, value=0)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, np.ones((CLOSING, CLOSING), np.uint8))
    if area >= MAX_CONTENT * gray.size or cv2.countNonZero(closed) > (1 + MAX_ADDED) * area:
        return None
    return cv2.erode(content, np.ones((2 * EDGE + 1, 2 * EDGE + 1), np.uint8)).view(np.bool_)
