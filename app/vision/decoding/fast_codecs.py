"""Decoders that are faster than Pillow's, for common files. Files that they refuse are left to Pillow.

They release the interpreter lock, so decoding two pictures takes hardly longer than one.
"""

import cv2
import imagecodecs
import numpy as np
from PIL.PngImagePlugin import PngImageFile

from app.vision.arrays import UInt8
from app.vision.decoding.stderr import suppress_stderr

OPAQUE = 255 << 24  # alpha is the highest of the four bytes


def with_opencv(data: bytes) -> UInt8 | None:
    """A JPEG, WebP or BMP as uint8 RGB (height, width, 3), before EXIF orientation; None if it cannot be decoded.

    The pixels are those of Pillow, in half the time.
    """
    try:
        with suppress_stderr():  # libjpeg reports damage on stderr; Pillow disables that
            rgb = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error:
        return None
    return None if rgb is None else rgb.astype(np.uint8, copy=False)


def with_libpng(image: PngImageFile, data: bytes) -> tuple[UInt8 | None, UInt8 | None]:
    """A still PNG of 8-bit RGB or RGBA: colours (height, width, 3) and alpha (height, width) or None, both uint8.

    None, None for any other or a damaged file. It takes a third of the time of Pillow, whose zlib is slower.
    image: the opened file, for its header. data: the whole file.
    """
    if image.mode not in ("RGB", "RGBA") or data[24] != 8 or image.is_animated or "transparency" in image.info:
        return None, None
    try:
        with suppress_stderr():  # libpng warns on stderr
            pixels = np.asarray(imagecodecs.png_decode(data), np.uint8)
    except Exception:  # PngError, and other types for invalid sizes
        return None, None
    if image.mode == "RGB":
        return pixels, None
    rgb = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGBA2RGB), np.uint8)
    if pixels.view("<u4").min() >= OPAQUE:  # as in most screenshots: saves the memory of an alpha plane
        return rgb, np.broadcast_to(np.uint8(255), rgb.shape[:2])
    return rgb, np.asarray(cv2.extractChannel(pixels, 3), np.uint8)
