"""A frame of one colour around a photograph that the other picture does not have: it is left out of the comparison."""

from dataclasses import replace

import cv2
import numpy as np

from app.vision.arrays import Float64, Mask, UInt8
from app.vision.pair import Pair

# A line of pixels belongs to a frame if all but MAX_OTHER of them are within MAX_STEP levels of its colour. It ends
# where within TRANSITION lines, which JPEG blurs, at most half are. No dark or overcast edge of a scene does so on
# three sides; on the fourth, the scene may have the colour of the frame.
MAX_STEP, MAX_OTHER, MIN_WIDTH, TRANSITION = 12, 0.02, 4, 10
MAX_SHARE = 0.25  # of a side
RIPPLES = 12  # pixels beside the frame that JPEG alters


def leave_out_frame(pair: Pair) -> tuple[Pair, str | None]:
    """The pair without the pixels under a frame that only one picture has, and a phrase about B; None without one."""
    if pair.shares_arrays or all(pair.rendered) or not pair.unequal.any():
        return pair, None
    for picture, other, phrase in ((pair.b, pair.a, "in a frame"), (pair.a, pair.b, "without the frame of A")):
        inside = _inside_frame(picture)
        if inside is not None and not _has_colour(other[~inside], picture[0, 0]):
            core = cv2.erode(inside.view(np.uint8), np.ones((2 * RIPPLES + 1, 2 * RIPPLES + 1), np.uint8))
            return replace(pair, valid=pair.valid & core.view(np.bool_)), phrase
    return pair, None


def _inside_frame(rgb: UInt8) -> Mask | None:
    """What a frame surrounds, bool (height, width), of a picture (height, width, 3); None if it has none."""
    colour = rgb[0, 0].astype(np.int64)
    alike = cv2.inRange(rgb, colour - MAX_STEP, colour + MAX_STEP) > 0
    shares = [lines.mean(axis=1) for lines in (alike, alike[::-1], alike.T, alike.T[::-1])]
    widths = [_width(share) for share in shares]
    common = min((width for width in widths if width), default=0)
    if widths.count(0) > 1 or any((share[:common] < 1 - MAX_OTHER).any() for share in shares):
        return None
    top, bottom, left, right = (width or common for width in widths)
    inside = np.zeros_like(alike)
    inside[top : len(alike) - bottom, left : alike.shape[1] - right] = True
    return inside


def _width(share: Float64) -> int:
    """The number of lines of a frame; 0 if it is narrow or wide, or ends gradually.

    share: of the pixels of each line, from the outside, that have its colour.
    """
    share = share[: round(MAX_SHARE * len(share)) + TRANSITION]
    other = share < 1 - MAX_OTHER
    width = int(np.argmax(other)) if other.any() else 0
    return width if width >= MIN_WIDTH and share[width : width + TRANSITION].min() <= 0.5 else 0


def _has_colour(pixels: UInt8, colour: UInt8) -> bool:
    """Whether at least half of the pixels, (n, 3), have the colour of a frame."""
    return float((np.abs(pixels.astype(np.int16) - colour).max(axis=1) <= MAX_STEP).mean()) >= 0.5
