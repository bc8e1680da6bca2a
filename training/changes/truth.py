"""Which pixels of a scene changed, and of which pixels that can be said. Masks are bool (side, side)."""

import cv2
import numpy as np
import numpy.typing as npt

from app.vision.arrays import Float32, Mask, UInt8

Int32 = npt.NDArray[np.int32]

# A pixel changed if it did by more levels than PLAIN, and did not by less than FAINT; between, its truth is unknown.
PLAIN, FAINT = 26, 8
FEWEST_PIXELS = 14
# Where a change is known to be one thing, such as a line or a stain, fewer levels and pixels are enough, if its
# pixels differ by so many levels altogether.
KNOWN, FEWEST_KNOWN, FEWEST_LEVELS = 12, 6, 300


def difference(before: UInt8, after: UInt8) -> UInt8:
    """The largest difference of the three channels at each pixel."""
    blue, green, red = cv2.split(cv2.absdiff(before, after))
    return np.asarray(cv2.max(cv2.max(blue, green), red), np.uint8)


def truth(before: UInt8, after: UInt8) -> tuple[Mask, Mask]:
    """Which pixels changed plainly, holes closed and specks dropped, and of which pixels that can be said."""
    changed = plain_change(before, after)
    return changed, certain(changed, difference(before, after))


def plain_change(before: UInt8, after: UInt8) -> Mask:
    """Where textures differ by more than PLAIN levels."""
    apart = _smooth(difference(before, after))
    labels, stats = _things(apart > PLAIN)
    large = stats[:, cv2.CC_STAT_AREA] >= FEWEST_PIXELS
    large[0] = False
    return np.asarray(large[labels], np.bool_)


def known_change(before: UInt8, after: UInt8) -> Mask:
    """Where something was put on the scene that differs by KNOWN levels or more, thin and small as it may be."""
    apart = difference(before, after)
    labels, stats = _things(apart >= KNOWN)
    levels = np.bincount(labels.ravel(), weights=apart.ravel(), minlength=len(stats))
    visible = (stats[:, cv2.CC_STAT_AREA] >= FEWEST_KNOWN) & (levels >= FEWEST_LEVELS)
    visible[0] = False
    return np.asarray(visible[labels], np.bool_)


def certain(changed: Mask, apart: UInt8) -> Mask:
    """Where the truth is known: what changed, and what differs by next to nothing and does not touch a change."""
    beside = cv2.dilate(changed.view(np.uint8), np.ones((3, 3), np.uint8)).view(np.bool_)
    return np.asarray(changed | ((_smooth(apart) < FAINT) & ~beside), np.bool_)


def still_there(changed: Mask, apart: UInt8) -> Mask:
    """The changes without those that a later change undid."""
    near = cv2.dilate((apart >= FAINT).view(np.uint8), np.ones((7, 7), np.uint8)).view(np.bool_)
    return np.asarray(changed & near, np.bool_)


def _smooth(apart: UInt8) -> Float32:
    return np.asarray(cv2.GaussianBlur(apart, (0, 0), 0.8), np.float32)


def _things(differs: Mask) -> tuple[Int32, Int32]:
    """The connected parts of a mask after its holes are closed: labels, and OpenCV's statistics of each."""
    closed = cv2.morphologyEx(differs.view(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(closed)
    return np.asarray(labels, np.int32), np.asarray(stats, np.int32)
