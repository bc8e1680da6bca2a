"""Pictures that tests draw."""

import io

import cv2
import numpy as np
from PIL import Image

from app.vision.arrays import UInt8


def scene(width: int = 240, height: int = 160) -> UInt8:
    """A textured picture with shapes on it, the same each time: uint8 RGB (height, width, 3)."""
    noise = np.random.default_rng(7).uniform(0, 255, (height, width, 3)).astype(np.float32)
    picture = cv2.GaussianBlur(noise, (0, 0), 4) * 1.5 - 60
    drawn: UInt8 = np.clip(picture, 0, 255).astype(np.uint8)
    for index, x in enumerate(range(width // 8, width, width // 4)):
        cv2.circle(drawn, (x, height // 3), height // 10, (250 - 50 * index, 40 * index, 90), -1, cv2.LINE_AA)
        cv2.rectangle(drawn, (x - 12, height * 2 // 3), (x + 12, height - 12), (30, 60 * index, 220), 2)
    return drawn


def changed_scene(width: int = 240, height: int = 160) -> UInt8:
    """The scene with one thing more on it: a disc left of the middle."""
    picture = scene(width, height)
    cv2.circle(picture, (width * 3 // 8 - 15, height // 2), height // 9, (255, 255, 0), -1, cv2.LINE_AA)
    return picture


def png(picture: UInt8) -> bytes:
    """An RGB, RGBA or gray array as a PNG file."""
    code = {3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}
    ordered = cv2.cvtColor(picture, code[picture.shape[2]]) if picture.ndim == 3 else picture
    return cv2.imencode(".png", ordered)[1].tobytes()


def jpeg(picture: UInt8, quality: int = 90) -> bytes:
    """An RGB array as a JPEG file."""
    ordered = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", ordered, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def read(data: bytes) -> UInt8:
    """A picture file as an RGB array."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def blurred(picture: UInt8, sigma: float) -> UInt8:
    """The picture out of focus."""
    return cv2.GaussianBlur(picture, (0, 0), sigma).astype(np.uint8)


def resized(picture: UInt8, width: int, height: int) -> UInt8:
    """The picture at another size."""
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8)
