"""Pixel by pixel: the number of pixels that differ, and their error."""

import math

import cv2
import numpy as np

from app.vision.analysis import Analysis, Unavailable
from app.vision.arrays import Mask, UInt8
from app.vision.metrics.pixel_differences import differences
from app.vision.options import WINDOW, Options
from app.vision.pair import Pair
from app.vision.resize import MAX_SCREEN_PIXELS, shrink_to
from app.vision.tiles import Tile, map_masked_tiles, map_tiles

NAME = "pixel"
TITLE = "Pixels"
DESCRIPTION = "Counts the pixels that differ, and measures by how much."
STEP_LABEL = "Counting pixels"
NEEDS_NETWORK = False
DEFAULT = True

PEAK = 255

# Bright yellow for a difference and a darker magenta for an anti-aliased pixel, on grays of at most a third of full
# brightness: distinguishable with any colour vision, and by lightness alone.
ANTIALIASED, DIFFERENT = 254, 255
_PALETTE = np.repeat(np.arange(256, dtype=np.uint8)[:, None, None] // 3, 3, axis=2)
_PALETTE[ANTIALIASED], _PALETTE[DIFFERENT] = (230, 80, 200), (255, 221, 0)


def analyse(pair: Pair, options: Options) -> Analysis:
    """Compare each valid pixel with the one at the same position.

    exact_match_rate: share of pixels whose every channel, alpha included, is equal, 0 to 1.
    different_pixels: pixels whose colour distance exceeds the threshold, anti-aliased ones left out.
    window_pixels: the most of them in a window of WINDOW x WINDOW pixels, which tells a compact change from scattered
        noise.
    pixel_match_rate: share of the other pixels, 0 to 1.
    mse: mean squared error over red, green and blue on white, in squared 8-bit levels.
    psnr: peak signal-to-noise ratio, 10 log10(255² / mse), in dB; None when there is no error.
    Raises Unavailable when no pixel is valid.
    """
    if not pair.pixels:
        raise Unavailable("No pixel is left to compare: everything is ignored or outside the overlap.")
    different, smoothed = differences(pair, options.threshold, options.colour_distance)
    count = int(np.count_nonzero(different))
    mse = mean_squared_error(pair)
    return Analysis(
        metrics={
            "exact_match_rate": (pair.pixels - int(np.count_nonzero(pair.unequal))) / pair.pixels,
            "pixel_match_rate": 1 - count / pair.pixels,
            "different_pixels": count,
            "window_pixels": fullest_window(different),
            "mse": mse,
            "psnr": 10 * math.log10(PEAK**2 / mse) if mse else None,
        },
        images={"difference": lambda: shrink_to(_draw(pair, different, smoothed), MAX_SCREEN_PIXELS)},
        reason=None if mse else "PSNR is infinite: there is no error.",
    )


def picture(pair: Pair, options: Options) -> UInt8:
    """The image `difference` at full size: uint8 RGB (height, width, 3)."""
    return _draw(pair, *differences(pair, options.threshold, options.colour_distance))


def fullest_window(different: Mask) -> int:
    """The most True pixels in any square window of WINDOW pixels, or of the picture's shorter side if that is less."""
    side = min(WINDOW, *different.shape)

    def fullest(tile: Tile) -> int:
        """Of the windows that end in this tile; those that reach beyond the picture hold no more than others."""
        inside = different[tile.outer].view(np.uint8)
        size, corner = (side, side), (side - 1, side - 1)
        sums = cv2.boxFilter(inside, cv2.CV_16U, size, None, corner, normalize=False, borderType=cv2.BORDER_CONSTANT)
        return int(sums[tile.core].max())

    return max(map_masked_tiles(different, side - 1, fullest, reach=side - 1), default=0)


def mean_squared_error(pair: Pair) -> float:
    """Mean of (A - B)² over the channels of the valid pixels, in squared 8-bit levels, from an exact sum."""

    def squared(tile: Tile) -> int:
        if not pair.unequal[tile.inner].any():
            return 0
        # OpenCV squares a square root: up to 1e13, the result is within 0.01 of the integer.
        valid = pair.valid[tile.inner].view(np.uint8)
        return round(cv2.norm(pair.a[tile.inner], pair.b[tile.inner], cv2.NORM_L2SQR, valid))

    return sum(map_tiles(pair.valid.shape, 0, squared)) / (3 * pair.pixels)


def _draw(pair: Pair, different: Mask, smoothed: Mask) -> UInt8:
    """A in dark gray, with the different and the anti-aliased pixels in colour: uint8 RGB (height, width, 3)."""
    picture = np.minimum(pair.gray_a, ANTIALIASED - 1)
    picture[smoothed] = ANTIALIASED
    picture[different] = DIFFERENT
    return cv2.applyColorMap(picture, _PALETTE).astype(np.uint8, copy=False)
