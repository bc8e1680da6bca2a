"""How a picture is stored or printed: JPEG, WebP, and reprints that were scanned."""

import cv2
import numpy as np

from app.vision.arrays import Float32

SAMPLINGS = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422]


def jpeg(picture: Float32, rng: np.random.Generator) -> Float32:
    """JPEG of quality 8 to 95, a third of it at 8 to 30, with colours at full, half or a quarter of the pixels."""
    quality = int(rng.integers(8, 31) if rng.random() < 0.35 else rng.integers(30, 96))
    sampling = SAMPLINGS[rng.integers(2)] if rng.random() < 0.75 else cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling]
    return _stored(picture, ".jpg", options)


def webp(picture: Float32, rng: np.random.Generator) -> Float32:
    """WebP of quality 5 to 80."""
    return _stored(picture, ".webp", [cv2.IMWRITE_WEBP_QUALITY, int(rng.integers(5, 81))])


def reprint(picture: Float32, rng: np.random.Generator) -> Float32:
    """Printed in dots and scanned again: a screen of dots at an angle, paper that is not white, blur."""
    side = picture.shape[0]
    angle, frequency = rng.uniform(0.2, 1.3), 2 * np.pi / rng.uniform(2.5, 4.5)
    steps = np.arange(side, dtype=np.float32) * np.float32(frequency)
    along = steps[None, :] * np.float32(np.cos(angle)) + steps[:, None] * np.float32(np.sin(angle))
    across = steps[:, None] * np.float32(np.cos(angle)) - steps[None, :] * np.float32(np.sin(angle))
    screen = (np.sin(along) * np.sin(across))[..., None]
    # Dots show in the middle tones, and not in white and black.
    middle = 1 - np.abs(picture / 127.5 - 1)
    printed = picture + rng.uniform(30, 90) * screen * middle
    scanned = cv2.GaussianBlur(np.asarray(printed, np.float32), (0, 0), rng.uniform(0.5, 1.1))
    paper, ink = np.array([rng.uniform(195, 245), rng.uniform(215, 250), rng.uniform(225, 253)]), rng.uniform(10, 45)
    return np.asarray(ink + scanned / 255 * (paper - ink), np.float32)


def _stored(picture: Float32, ending: str, options: list[int]) -> Float32:
    data = cv2.imencode(ending, np.asarray(picture, np.uint8), options)[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.float32)
