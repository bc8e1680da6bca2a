"""Encode pictures as PNG or JPEG for a browser."""

from dataclasses import dataclass

import cv2
import numpy as np

from app.vision.arrays import UInt8

# Pictures with a larger share of equal neighbouring pixels are flat graphics, for which PNG is lossless and small.
MIN_FLAT_SHARE = 0.3
JPEG_QUALITY = 90
PNG_PARAMETERS = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_NONE]
MAX_JPEG_SIDE = 65_500  # pixels; the limit of libjpeg

# Conversions to OpenCV's order of channels, by the number of channels and whether alpha is needed.
_CONVERSIONS = {
    (3, False): cv2.COLOR_RGB2BGR,
    (4, False): cv2.COLOR_RGBA2BGR,
    (4, True): cv2.COLOR_RGBA2BGRA,
}


@dataclass(frozen=True)
class Encoded:
    """An encoded picture and its media type."""

    data: bytes
    media_type: str


def encode(image: UInt8) -> Encoded:
    """Encode uint8 RGB or RGBA (height, width, 3 or 4) or gray (height, width).

    PNG is used for flat graphics, for partly transparent pictures and beyond JPEG's size limit, otherwise JPEG. No
    side may exceed a million pixels.
    """
    transparent = image.ndim == 3 and image.shape[2] == 4 and bool((image[..., 3] < 255).any())
    conversion = None if image.ndim == 2 else _CONVERSIONS[image.shape[2], transparent]
    pixels = image if conversion is None else np.asarray(cv2.cvtColor(image, conversion), np.uint8)
    if transparent or max(image.shape[:2]) > MAX_JPEG_SIDE or is_flat(pixels):
        # Level 1 takes a third of the time of the default level for files a few percent larger. Without filters, which
        # help only on pictures that are not flat, encoding takes another third of that: files of screenshots came out
        # between 35 % smaller and 15 % larger.
        return Encoded(to_bytes(".png", pixels, PNG_PARAMETERS), "image/png")
    parameters = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, 0x111111]
    return Encoded(to_bytes(".jpg", pixels, parameters), "image/jpeg")


def is_flat(image: UInt8) -> bool:
    """Whether many pixels equal their right neighbour, as in drawings and screenshots. Samples every eighth row."""
    rows = image[::8]
    if rows.shape[1] < 2:
        return True
    equal = rows[:, 1:] == rows[:, :-1]
    return bool(np.mean(equal.all(axis=2) if image.ndim == 3 else equal) > MIN_FLAT_SHARE)


def to_bytes(extension: str, pixels: UInt8, parameters: list[int]) -> bytes:
    """Encode pixels in OpenCV's channel order in the format of a file extension, such as ".png"."""
    return cv2.imencode(extension, pixels, parameters)[1].tobytes()


def from_bytes(data: bytes) -> UInt8:
    """Decode a file that this project encoded: uint8 gray (height, width), BGR or BGRA (height, width, 3 or 4)."""
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED), np.uint8)
