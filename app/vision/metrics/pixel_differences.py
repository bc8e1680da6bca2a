"""The pixels of a pair that differ visibly, without those that differ only by anti-aliasing."""

import cv2
import numpy as np

from app.vision.arrays import Mask, UInt8
from app.vision.metrics.antialiasing import REACH, antialiased
from app.vision.metrics.yiq import differs, masked_pixels, max_step_below_threshold
from app.vision.pair import Pair
from app.vision.tiles import Tile, Window, map_masked_tiles


def differences(pair: Pair, threshold: float) -> tuple[Mask, Mask]:
    """The valid pixels that differ, and those that were excluded as anti-aliased: two bool (height, width).

    threshold: colour distance from 0 to 1, see `yiq.differs`.
    """
    # Not zeros_like, which writes every pixel, although most tiles of screenshots stay empty: that doubles the time.
    different, smoothed = np.zeros(pair.valid.shape, np.bool_), np.zeros(pair.valid.shape, np.bool_)
    step = max_step_below_threshold(threshold, opaque=pair.alpha_a is None and pair.alpha_b is None)

    def fill(tile: Tile) -> None:
        """Fill this tile of both masks."""
        a = _rgba(pair.rgb_a, pair.alpha_a, tile.outer)
        b = _rgba(pair.rgb_b, pair.alpha_b, tile.outer)
        exceeds_step = cv2.inRange(cv2.absdiff(a, b), (0, 0, 0, 0), (step,) * 4)[tile.core] == 0
        # Few candidates are left, in photographs and in screenshots, so only these pixels are compared.
        candidates = pair.unequal[tile.inner] & exceeds_step
        if not candidates.any():
            return
        far = np.zeros(a.shape[:2], bool)
        far[tile.core][candidates] = differs(
            masked_pixels(a[tile.core], candidates)[None], masked_pixels(b[tile.core], candidates)[None], threshold
        )[0]
        if not far.any():
            return
        edge = antialiased(a, b, far)
        smoothed[tile.inner] = edge[tile.core]
        different[tile.inner] = (far & ~edge)[tile.core]

    map_masked_tiles(pair.unequal, REACH, fill)
    return different, smoothed


def _rgba(rgb: UInt8, alpha: UInt8 | None, window: Window) -> UInt8:
    if alpha is None:
        return cv2.cvtColor(rgb[window], cv2.COLOR_RGB2RGBA).astype(np.uint8, copy=False)
    return np.dstack((rgb[window], alpha[window]))
