"""Changed regions as players of spot-the-difference programs look for them: the worst of a blurred colour SSIM."""

import math

import cv2
import numpy as np

from app.vision.arrays import Float32, Mask, UInt8
from app.vision.finders.grouping import finding
from app.vision.metrics.ssim import similarity
from app.vision.options import Options, Spotter
from app.vision.pair import Pair
from app.vision.region import Box, Finding

# Beyond so many standard deviations a gaussian is 1.5e-8 of its peak: a longer kernel costs time and changes nothing.
TAIL = 6


def find(pair: Pair, options: Options) -> Finding:
    """Blur, SSIM of each channel, the brightest of the greatest loss, opened and dilated, the largest components.

    The evidence is 1 - SSIM of the worst channel, cut to [0, 1], in steps of 1/255; the mask holds the components that
    are kept. There is always a brightest part, so that noise alone has regions, too; but equal pictures have none.
    Raises ValueError where no pixel is valid.
    """
    if not pair.pixels:
        raise ValueError("no valid pixel to compare")
    settings = options.spotter
    loss = colour_loss(pair, settings)
    bright = loss > np.quantile(loss[pair.valid], settings.quantile)
    boxes, mask = _components(_cleaned(bright, settings) & pair.valid, settings)
    return finding(boxes, mask, np.asarray(cv2.convertScaleAbs(loss, alpha=255), np.uint8), "spotter")


def colour_loss(pair: Pair, settings: Spotter) -> Float32:
    """1 - SSIM of the blurred pictures in the channel where it is greatest: float32 (height, width), 0 to 2.

    It is 0 where not valid.
    """
    channels = (cv2.split(_blurred(picture, settings)) for picture in (pair.a, pair.b))
    loss = np.zeros(pair.valid.shape, np.float32)
    for a, b in zip(*channels, strict=True):
        np.maximum(loss, 1 - similarity(a, b), out=loss, where=pair.valid)
    return loss


def _blurred(picture: UInt8, settings: Spotter) -> UInt8:
    side = min(picture.shape[1] // settings.blur, 2 * math.ceil(TAIL * settings.sigma)) | 1
    return np.asarray(cv2.GaussianBlur(picture, (side, side), settings.sigma), np.uint8)


def _cleaned(bright: Mask, settings: Spotter) -> Mask:
    # As OpenCV repeats: all erosions first, then all dilations. An opening by itself changes nothing the second time.
    opened = cv2.morphologyEx(
        bright.view(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8), iterations=settings.openings
    )
    return cv2.dilate(opened, np.ones((5, 5), np.uint8), iterations=settings.dilations).view(np.bool_)


def _components(mask: Mask, settings: Spotter) -> tuple[list[Box], Mask]:
    """The boxes of the components with the most pixels among those that are not too long, and their pixels."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    longest = settings.longest * np.array(mask.shape[::-1])
    short = (stats[1:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]] <= longest).all(axis=1)  # all but the ground
    candidates = 1 + np.flatnonzero(short)
    largest = candidates[np.argsort(-stats[candidates, cv2.CC_STAT_AREA], kind="stable")][: settings.count]
    kept = np.zeros(len(stats), np.bool_)
    kept[largest] = True
    return [Box(*place) for place in stats[largest, : cv2.CC_STAT_AREA].tolist()], kept[labels]
