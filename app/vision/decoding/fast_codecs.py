"""Decoders that are faster than Pillow's, for plain files. Whatever they refuse is left to Pillow to judge.

Other threads run meanwhile, so that two pictures take hardly longer than one.
"""

import cv2
import imagecodecs
import numpy as np
from PIL.PngImagePlugin import PngImageFile

from app.vision.arrays import UInt8
from app.vision.decoding.stderr import suppress_stderr

OPAQUE = 255 << 24  # alpha is the highest of the four bytes


def with_opencv(data: bytes) -> UInt8 | None:
    """A JPEG, WebP or BMP as uint8 RGB (height, width, 3), not turned: Pillow's pixels in half the time, or None."""
    try:
        with suppress_stderr():  # libjpeg writes of damages to stderr; Pillow has it be quiet
            rgb = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error:
        return None
    return None if rgb is None else rgb.astype(np.uint8, copy=False)


def with_libpng(image: PngImageFile, data: bytes) -> tuple[UInt8 | None, UInt8 | None]:
    """A still PNG of 8-bit RGB or RGBA: colours (height, width, 3) and alpha (height, width), if it has one.

    In a third of the time of Pillow, whose zlib is slower. None, None where it is anything else, or damaged.
    image: the opened file, whose header tells. data: the whole file.
    """
    if image.mode not in ("RGB", "RGBA") or data[24] != 8 or image.is_animated or "transparency" in image.info:
        return None, None
    try:
        with suppress_stderr():  # libpng warns on stderr
            pixels = np.asarray(imagecodecs.png_decode(data), np.uint8)
    except Exception:  # its own PngError, and others for sizes
        return None, None
    if image.mode == "RGB":
        return pixels, None
    rgb = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGBA2RGB), np.uint8)
    if pixels.view("<u4").min() >= OPAQUE:  # as of most screenshots: no plane of it is needed
        return rgb, np.broadcast_to(np.uint8(255), rgb.shape[:2])
    return rgb, np.asarray(cv2.extractChannel(pixels, 3), np.uint8)
