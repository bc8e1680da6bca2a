"""Pictures that tests draw."""

import cv2
import numpy as np

from app.vision.arrays import UInt8


def scene(width: int = 240, height: int = 160) -> UInt8:
    """A textured picture with shapes on it, the same each time: uint8 RGB (height, width, 3)."""
    noise = np.random.default_rng(7).uniform(0, 255, (height, width, 3)).astype(np.float32)
    picture = cv2.GaussianBlur(noise, (0, 0), 4) * 1.5 - 60
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    for index, x in enumerate(range(width // 8, width, width // 4)):
        cv2.circle(picture, (x, height // 3), height // 10, (250 - 50 * index, 40 * index, 90), -1, cv2.LINE_AA)
        cv2.rectangle(picture, (x - 12, height * 2 // 3), (x + 12, height - 12), (30, 60 * index, 220), 2)
    return picture


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
