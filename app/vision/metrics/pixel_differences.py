"""The pixels of a pair that differ visibly, without those that differ only by anti-aliasing."""

from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from app.vision.arrays import Mask, UInt8
from app.vision.metrics import oklab, yiq
from app.vision.metrics.antialiasing import REACH, antialiased
from app.vision.pair import Pair, once_per_pair
from app.vision.tiles import Tile, Window, map_masked_tiles

ColourDistance = Literal["oklab", "yiq"]

_DIFFERS = {"oklab": oklab.differs, "yiq": yiq.differs}
_MAX_STEP = {"oklab": oklab.max_step_below_threshold, "yiq": yiq.max_step_below_threshold}


def differences(pair: Pair, threshold: float, distance: ColourDistance = "oklab") -> tuple[Mask, Mask]:
    """The valid pixels that differ, and those that were excluded as anti-aliased: two bool (height, width).

    threshold: 0 to 1, the colour distance above which a pixel differs: of pixelmatch 8, `oklab.differs`, or of
    pixelmatch 5 to 7, `yiq.differs`.
    """
    # The regions of clean pictures need every difference, so that which ones are anti-aliased is known already.
    shared = visible_differences(pair)[1] if distance == "oklab" and pair.clean else None
    return _differences(pair, threshold, distance, shared)


@once_per_pair
def visible_differences(pair: Pair) -> tuple[Mask, Mask]:
    """Every valid pixel that differs, however little, and those that were excluded, as of `differences`."""
    return _differences(pair, 0.0, "oklab", None)


def _differences(pair: Pair, threshold: float, distance: ColourDistance, known: Mask | None) -> tuple[Mask, Mask]:
    """As of `differences`. known: the anti-aliased ones of all pixels that differ, if they have been found."""
    # Not zeros_like, which writes every pixel, although most tiles of screenshots stay empty: that doubles the time.
    different, smoothed = np.zeros(pair.valid.shape, np.bool_), np.zeros(pair.valid.shape, np.bool_)
    opaque = pair.alpha_a is None and pair.alpha_b is None
    step = _MAX_STEP[distance](threshold) if opaque else 0

    def fill(tile: Tile) -> None:
        """Fill this tile of both masks."""
        a = _rgba(pair.rgb_a, pair.alpha_a, tile.outer)
        b = _rgba(pair.rgb_b, pair.alpha_b, tile.outer)
        # Few candidates are left, in photographs and in screenshots, so only these pixels are compared.
        exceeds_step = cv2.inRange(cv2.absdiff(a, b), (0, 0, 0, 0), (step,) * 4)[tile.core] == 0
        candidates = pair.unequal[tile.inner] & exceeds_step
        if not candidates.any():
            return
        pixels_a, pixels_b = (yiq.masked_pixels(picture[tile.core], candidates) for picture in (a, b))
        position = None if opaque else _positions(candidates, tile.inner, pair.size[0])
        far = np.zeros(a.shape[:2], bool)
        far[tile.core][candidates] = _DIFFERS[distance](pixels_a, pixels_b, position, threshold)
        if not far.any():
            return
        edge = antialiased(a, b, far, opacity=distance == "oklab")[tile.core] if known is None else known[tile.inner]
        far = far[tile.core]
        smoothed[tile.inner] = far & edge
        different[tile.inner] = far & ~edge

    map_masked_tiles(pair.unequal, REACH, fill)
    return different, smoothed


def _rgba(rgb: UInt8, alpha: UInt8 | None, window: Window) -> UInt8:
    if alpha is None:
        return cv2.cvtColor(rgb[window], cv2.COLOR_RGB2RGBA).astype(np.uint8, copy=False)
    return np.dstack((rgb[window], alpha[window]))


def _positions(candidates: Mask, window: Window, width: int) -> npt.NDArray[np.uint32]:
    """The numbers of a window's candidates in a picture of this width, row by row: uint32 (n,)."""
    rows, columns = np.nonzero(candidates)
    return np.asarray((rows + window[0].start) * width + columns + window[1].start, np.uint32)
