"""Pictures to bytes, for a browser."""

from dataclasses import dataclass

import cv2
import numpy as np

from app.vision.arrays import UInt8

# Share of neighbours with equal colour from which on a picture is flat graphics: PNG is then both exact and small.
FLAT = 0.3
JPEG_QUALITY = 90
PNG = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_NONE]
JPEG_SIDE = 65_500  # pixels; the most that libjpeg writes

# To OpenCV's order of channels, by their number and whether the last is needed.
_ORDER = {
    (3, False): cv2.COLOR_RGB2BGR,
    (4, False): cv2.COLOR_RGBA2BGR,
    (4, True): cv2.COLOR_RGBA2BGRA,
}


@dataclass(frozen=True)
class Encoded:
    """A picture as a file."""

    data: bytes
    media_type: str


def encode(image: UInt8) -> Encoded:
    """Write uint8 RGB or RGBA (height, width, 3 or 4) or gray (height, width).

    As PNG where it is flat, partly transparent or too long for JPEG, else as JPEG. No side may exceed a million pixels.
    """
    transparent = image.ndim == 3 and image.shape[2] == 4 and bool((image[..., 3] < 255).any())
    pixels = (
        image if image.ndim == 2 else np.asarray(cv2.cvtColor(image, _ORDER[image.shape[2], transparent]), np.uint8)
    )
    if transparent or max(image.shape[:2]) > JPEG_SIDE or is_flat(pixels):
        # Level 1 takes a third of the time of the default for a few percent in size, and no filter, which is for what
        # is not flat, a third of that: on screenshots the files were 35 % smaller to 15 % larger without.
        return Encoded(_write(".png", pixels, PNG), "image/png")
    parameters = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, 0x111111]
    return Encoded(_write(".jpg", pixels, parameters), "image/jpeg")


def is_flat(image: UInt8) -> bool:
    """Whether most of a picture is of one colour with its right neighbour, as drawings and screenshots are.

    Judged on every eighth row: enough to tell, and it costs next to nothing.
    """
    rows = image[::8]
    if rows.shape[1] < 2:
        return True
    same = rows[:, 1:] == rows[:, :-1]
    return bool(np.mean(same.all(axis=2) if image.ndim == 3 else same) > FLAT)


def _write(extension: str, pixels: np.ndarray, parameters: list[int]) -> bytes:
    return cv2.imencode(extension, pixels, parameters)[1].tobytes()
