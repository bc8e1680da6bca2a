"""Smooth random fields and grain, which scenes, changes and nuisances share."""

import cv2
import numpy as np

from app.vision.arrays import Float32


def field(side: int, rng: np.random.Generator, most: int = 6) -> Float32:
    """Smooth random values in about [-1, 1]: float32 (side, side)."""
    bumps = rng.integers(2, most + 1)
    coarse = rng.uniform(-1, 1, (bumps, bumps)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC), np.float32)


def grain(side: int, rng: np.random.Generator, size: float = 1.0) -> Float32:
    """Random values of deviation about 1 in grains of `size` pixels: float32 (side, side, 1)."""
    small = max(4, round(side / size))
    values = rng.standard_normal((small, small), np.float32)
    return np.asarray(cv2.resize(values, (side, side), interpolation=cv2.INTER_LINEAR), np.float32)[..., None]
