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
    evidence = structure_loss(pair)
    mask = structure_lost(pair)
    return finding(outer_boxes(mask), mask, evidence, "ssim")


def structure_loss(pair: Pair) -> UInt8:
    """1 - SSIM of the gray pictures in steps of 1/255: uint8 (height, width), 0 where not valid."""
    loss = cv2.convertScaleAbs(np.minimum(pair.structure.similarity, 1), alpha=-255, beta=255)
    return np.asarray(np.where(pair.valid, loss, 0), np.uint8)


def structure_lost(pair: Pair) -> Mask:
    """Where 1 - SSIM is over Otsu's threshold: bool (height, width).

    N. Otsu, "A threshold selection method from gray-level histograms", IEEE TSMC 9(1), 1979.
    """
    loss = structure_loss(pair)
    otsu, _ = cv2.threshold(loss[pair.valid], 0, 255, cv2.THRESH_OTSU)
    return np.asarray(loss > max(otsu, LEAST_LOSS * 255), np.bool_)
