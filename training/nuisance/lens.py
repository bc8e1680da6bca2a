"""What lens and motion do to details: blur, sharpening, resampling, and the bend of a wide lens."""

import cv2
import numpy as np

from app.vision.arrays import Float32

BEND = 2.0
SMOOTH_METHODS = [cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4]


def defocus(picture: Float32, rng: np.random.Generator) -> Float32:
    """Blur of 0.4 to 3 pixels."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 3.0)), np.float32)


def motion_blur(picture: Float32, rng: np.random.Generator) -> Float32:
    """Smeared along a line of 3 to 9 pixels."""
    length, angle = int(rng.integers(3, 10)), rng.uniform(0, np.pi)
    kernel = np.zeros((11, 11), np.float32)
    reach = np.array([np.cos(angle), np.sin(angle)]) * length / 2
    cv2.line(kernel, (5 - reach).round().astype(int).tolist(), (5 + reach).round().astype(int).tolist(), 1)
    return np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REFLECT_101), np.float32)


def sharpen(picture: Float32, rng: np.random.Generator) -> Float32:
    """Sharper edges."""
    blurred = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.8, 2))
    return np.asarray(picture + rng.uniform(0.2, 1.0) * (picture - blurred), np.float32)


def halos(picture: Float32, rng: np.random.Generator) -> Float32:
    """Bright and dark seams of a few pixels along edges, as strong sharpening leaves them."""
    size = int(rng.choice([5, 7, 9]))
    return np.asarray(picture + rng.uniform(0.5, 1.2) * (picture - cv2.blur(picture, (size, size))), np.float32)


def resample(picture: Float32, rng: np.random.Generator) -> Float32:
    """Reduced to 40 to 100 % and enlarged again, by any of the usual methods."""
    side = picture.shape[0]
    small = max(8, int(side * rng.uniform(0.4, 1)))
    down = [cv2.INTER_AREA, cv2.INTER_AREA, *SMOOTH_METHODS][rng.integers(5)]
    shrunk = cv2.resize(picture, (small, small), interpolation=down)
    return np.asarray(cv2.resize(shrunk, (side, side), interpolation=SMOOTH_METHODS[rng.integers(3)]), np.float32)


def bend_of_lens(side: int, rng: np.random.Generator) -> Float32:
    """Where a lens with barrel or pincushion distortion shifts each pixel: float32 (side, side, 2), up to BEND."""
    steps = np.linspace(-1, 1, side, dtype=np.float32)
    x, y = np.meshgrid(steps, steps)
    strength = np.float32(rng.uniform(-BEND, BEND)) / 2
    return np.stack([x, y], axis=-1) * ((x * x + y * y) * strength)[..., None]
