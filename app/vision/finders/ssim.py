"""Changed regions by a threshold on the SSIM map, as tutorials do it."""

import numpy as np

from app.vision.arrays import Mask, UInt8
from app.vision.finders.detection.grouping import finding, outer_boxes
from app.vision.histogram import counts, otsu
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.region import Finding

NAME = "ssim"
TITLE = "SSIM"
DESCRIPTION = "Marks where local structure is lost."
DETAILS = (
    "Thresholds the SSIM map by Otsu’s method. Sees what the eye sees of shapes, but not a change of hue; noise "
    "and compression break its regions into hundreds of pieces."
)

# Lower bound of the threshold: if nothing changed, Otsu's method would separate compression artefacts from noise.
MIN_LOSS = 0.35


def find(pair: Pair, _options: Options) -> Finding:
    """SSIM map, Otsu's threshold, outer contours, boxes. The evidence is 1 - SSIM, clipped to [0, 1]."""
    loss = pair.ssim_result.loss
    mask = structure_lost(loss, pair.valid)
    return finding(outer_boxes(mask), mask, loss, "ssim")


def structure_lost(loss: UInt8, valid: Mask) -> Mask:
    """Pixels whose loss, uint8 (height, width), exceeds Otsu's threshold of the valid pixels: bool (height, width)."""
    return np.asarray(loss > max(otsu(counts(loss, 256, valid)), MIN_LOSS * 255), np.bool_)
