"""Changed regions by the method of spot-the-difference programs: the largest losses of a blurred colour SSIM."""

import math

import cv2
import numpy as np

from app.vision.arrays import Float32, Mask, UInt8
from app.vision.finders.detection.grouping import components, finding
from app.vision.metrics.ssim import ssim_map
from app.vision.options import Options, Spotter
from app.vision.pair import Pair
from app.vision.region import Box, Finding

NAME = "spotter"
TITLE = "Spotter"
DESCRIPTION = "Marks the largest spots among the most different."
DETAILS = (
    "Blurs both pictures, compares the structure of each colour channel, and keeps the largest spots among the "
    "most different. Made for picture puzzles, and steady under noise; where nothing changed it still marks the "
    "most different spots."
)

# Kernel radius in standard deviations. There a gaussian is 1.5e-8 of its peak, so a longer kernel only costs time.
KERNEL_SIGMAS = 6


def find(pair: Pair, options: Options) -> Finding:
    """Blur, SSIM of each channel, a quantile of the largest loss, opening and dilation, the largest components.

    The evidence is 1 - SSIM of the worst channel, clipped to [0, 1], in steps of 1/255; the mask holds the components
    that are kept. A quantile always selects some pixels, so noise alone has regions, too; equal pictures have none.
    Raises ValueError if no pixel is valid.
    """
    if not pair.pixels:
        raise ValueError("no valid pixel to compare")
    settings = options.spotter
    loss = colour_loss(pair, settings)
    above = loss > np.quantile(loss[pair.valid], settings.quantile)
    boxes, mask = _components(_cleaned(above, settings) & pair.valid, settings)
    return finding(boxes, mask, np.asarray(cv2.convertScaleAbs(loss, alpha=255), np.uint8), "spotter")


def colour_loss(pair: Pair, settings: Spotter) -> Float32:
    """1 - SSIM of the blurred pictures in the worst channel: float32 (height, width), 0 to 2; 0 where not valid."""
    channels = (cv2.split(_blurred(picture, settings)) for picture in (pair.a, pair.b))
    loss = np.zeros(pair.valid.shape, np.float32)
    for a, b in zip(*channels, strict=True):
        np.maximum(loss, 1 - ssim_map(a, b), out=loss, where=pair.valid)
    return loss


def _blurred(picture: UInt8, settings: Spotter) -> UInt8:
    side = min(picture.shape[1] // settings.blur, 2 * math.ceil(KERNEL_SIGMAS * settings.sigma)) | 1
    return np.asarray(cv2.GaussianBlur(picture, (side, side), settings.sigma), np.uint8)


def _cleaned(above: Mask, settings: Spotter) -> Mask:
    # OpenCV's iterations do all erosions first, then all dilations; repeated single openings would be idempotent.
    opened = cv2.morphologyEx(
        above.view(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8), iterations=settings.openings
    )
    return cv2.dilate(opened, np.ones((5, 5), np.uint8), iterations=settings.dilations).view(np.bool_)


def _components(mask: Mask, settings: Spotter) -> tuple[list[Box], Mask]:
    """The boxes and the mask of the components with the most pixels, without those that are too long."""
    labels, stats = components(mask)
    longest = settings.longest * np.array(mask.shape[::-1])
    short = (stats[1:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]] <= longest).all(axis=1)  # row 0 is the background
    candidates = 1 + np.flatnonzero(short)
    largest = candidates[np.argsort(-stats[candidates, cv2.CC_STAT_AREA], kind="stable")][: settings.count]
    kept = np.zeros(len(stats), np.bool_)
    kept[largest] = True
    return [Box(*box) for box in stats[largest, : cv2.CC_STAT_AREA].tolist()], kept[labels]
