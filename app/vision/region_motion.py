"""How far the content of a changed region moved, in whole pixels."""

import cv2
import numpy as np

from app.vision.arrays import Float32, Mask, UInt8
from app.vision.pair import Pair
from app.vision.region import Box

# A box is compared with this many pixels around it, so that no single pixel is found anywhere by chance.
MARGIN = 1
# Larger regions do not pass, as a template match takes 100 bytes a pixel.
MAX_PIXELS = 2_000_000
# Content is found again if no channel differs by more than so many levels, since engines round colours differently,
# nor by more than this part of the largest difference without the motion: a faint shade moved nowhere.
MAX_RESIDUAL, MAX_RESIDUAL_SHARE = 4, 0.25
MAX_CANDIDATES = 8  # the best positions of the template match, which are then compared pixel by pixel


def motion(box: Box, pair: Pair, limit: int) -> int | None:
    """The motion after which A's content of a box is found in B, and B's, moved back, in A.

    Content is what differs from the ground, the median colour around the box; the ground itself need not move.
    Return the larger of the motions in x and y, 1 to `limit` pixels, or None if there is no such motion.
    """
    if box.width * box.height > MAX_PIXELS:
        return None
    a, b = (_surroundings(picture, box, MARGIN + limit) for picture in (pair.a, pair.b))
    inner = slice(limit, a.shape[0] - limit), slice(limit, a.shape[1] - limit)
    most = min(MAX_RESIDUAL, MAX_RESIDUAL_SHARE * cv2.norm(a[inner], b[inner], cv2.NORM_INF))
    content_a, content_b = (_content(picture[inner], most) for picture in (a, b))
    distance = _squared_distances(b, a[inner], content_a) + _squared_distances(a, b[inner], content_b)[::-1, ::-1]
    best = np.argsort(distance, axis=None)[:MAX_CANDIDATES]
    shifts = [(int(y) - limit, int(x) - limit) for y, x in zip(*np.unravel_index(best, distance.shape), strict=True)]
    found = [
        max(abs(y), abs(x))
        for y, x in shifts
        if (y or x)
        and _is_found(a[inner], content_a, _moved(b, inner, y, x), most)
        and _is_found(b[inner], content_b, _moved(a, inner, -y, -x), most)
    ]
    return min(found, default=None)


def _surroundings(picture: UInt8, box: Box, reach: int) -> UInt8:
    """A box and `reach` pixels around it; beyond the picture, its edge goes on."""
    top, left = max(0, box.y - reach), max(0, box.x - reach)
    inside = picture[top : box.y + box.height + reach, left : box.x + box.width + reach]
    above, before = top - (box.y - reach), left - (box.x - reach)
    below = box.height + 2 * reach - above - inside.shape[0]
    after = box.width + 2 * reach - before - inside.shape[1]
    return np.asarray(cv2.copyMakeBorder(inside, above, below, before, after, cv2.BORDER_REPLICATE), np.uint8)


def _content(window: UInt8, most: float) -> Mask:
    """The pixels that differ from the ground by more than `most` levels: bool (height, width)."""
    around = np.ones(window.shape[:2], np.bool_)
    around[MARGIN:-MARGIN, MARGIN:-MARGIN] = False
    ground = np.median(window[around], axis=0)
    return np.asarray(cv2.inRange(window, ground - most, ground + most) == 0, np.bool_)


def _squared_distances(picture: UInt8, template: UInt8, content: Mask) -> Float32:
    """The sum of squared differences between the content of a template and each place of a picture."""
    mask = np.repeat(content[..., None], 3, axis=2).view(np.uint8)
    return np.asarray(cv2.matchTemplate(picture, template, cv2.TM_SQDIFF, mask=mask), np.float32)


def _moved(picture: UInt8, inner: tuple[slice, slice], y: int, x: int) -> UInt8:
    rows, columns = inner
    return picture[rows.start + y : rows.stop + y, columns.start + x : columns.stop + x]


def _is_found(window: UInt8, content: Mask, there: UInt8, most: float) -> bool:
    return not content.any() or cv2.norm(window, there, cv2.NORM_INF, content.view(np.uint8)) <= most
