"""Which changes can still be seen after both pictures were disturbed."""

import cv2
import numpy as np

from app.vision.arrays import Float32, Mask, UInt8
from training.changes.truth import difference

# A change is visible if it differs by so much of what the disturbances did to fine detail, over so many pixels around,
# and by so many levels at all.
LEAST_OF_DAMAGE, EXTENT, LEAST_LEVELS = 0.6, 5, 2.5

Two = tuple[UInt8, UInt8]


def visible(scenes: Two, seen: Two, colourless: bool) -> Mask:
    """Where the difference of two scenes exceeds what their disturbances left of it: bool (side, side).

    scenes, seen: both pictures before and after they were disturbed.
    colourless: whether a picture lost its colours, so that only differences of lightness count.
    """
    one, other = (_gray(scene) for scene in scenes)
    apart = cv2.absdiff(one, other) if colourless else difference(*scenes)
    left = min((_contrast(after) + 1) / (_contrast(before) + 1) for before, after in zip(scenes, seen, strict=True))
    damage = max(_damage(before, after) for before, after in zip(scenes, seen, strict=True))
    spread = cv2.blur(apart, (EXTENT, EXTENT)).astype(np.float32) * min(1.0, left)
    return np.asarray(spread > max(LEAST_LEVELS, LEAST_OF_DAMAGE * damage), np.bool_)


def _gray(picture: UInt8) -> UInt8:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)


def _contrast(picture: UInt8) -> float:
    return float(_gray(picture)[::2, ::2].std())


def _damage(before: UInt8, after: UInt8) -> float:
    """The deviation of fine detail that was added or lost, in levels."""
    lost = _fine(after) - _fine(before)
    return float(lost.std())


def _fine(picture: UInt8) -> Float32:
    level = _gray(picture).astype(np.float32)
    return np.asarray(level - cv2.blur(level, (3, 3)), np.float32)
