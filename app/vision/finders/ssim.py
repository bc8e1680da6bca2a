"""Changed regions where structural similarity is lost: the recipe of the tutorials."""

import cv2
import numpy as np

from app.vision.arrays import Mask, UInt8
from app.vision.finders.grouping import finding, outer_boxes
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.region import Finding

# Otsu's threshold splits any two things: where nothing changed, compression from noise. So it has a floor.
LEAST_LOSS = 0.35


def find(pair: Pair, _options: Options) -> Finding:
    """SSIM map, Otsu's threshold, outer contours, boxes. The evidence is 1 - SSIM, cut to [0, 1]."""
    loss = pair.structure.loss
    mask = structure_lost(loss, pair.valid)
    return finding(outer_boxes(mask), mask, loss, "ssim")


def structure_lost(loss: UInt8, valid: Mask) -> Mask:
    """Where the loss, as `Structure` has it, is over Otsu's threshold of the valid pixels: bool (height, width).

    N. Otsu, "A threshold selection method from gray-level histograms", IEEE TSMC 9(1), 1979.
    """
    otsu, _ = cv2.threshold(loss if valid.all() else loss[valid], 0, 255, cv2.THRESH_OTSU)
    return np.asarray(loss > max(otsu, LEAST_LOSS * 255), np.bool_)
