"""What a sensor adds: noise, rows of their own brightness, and patterns of a photographed screen."""

import cv2
import numpy as np

from app.vision.arrays import Float32


def noise(picture: Float32, rng: np.random.Generator) -> Float32:
    """Grain in colour or in gray, fine or as a camera leaves it after smoothing."""
    channels = 1 if rng.random() < 0.3 else 3
    grain = rng.standard_normal((*picture.shape[:2], channels), np.float32)
    if rng.random() < 0.3:
        grain = np.asarray(cv2.GaussianBlur(grain, (0, 0), 0.8) * 2, np.float32).reshape(grain.shape)
    return np.asarray(picture + rng.uniform(1, 12) * grain, np.float32)


def row_noise(picture: Float32, rng: np.random.Generator) -> Float32:
    """Rows or columns that are a little brighter or darker, one by one or in slow bands."""
    side = picture.shape[0]
    if rng.random() < 0.5:
        offsets = rng.normal(0, rng.uniform(1, 5), side)
    else:
        offsets = rng.uniform(2, 10) * np.sin(np.arange(side) * 2 * np.pi / rng.uniform(8, 80) + rng.uniform(0, 6))
    column = np.asarray(offsets, np.float32)[:, None, None]
    return np.asarray(picture + (column if rng.random() < 0.7 else column.transpose(1, 0, 2)), np.float32)


def moire(picture: Float32, rng: np.random.Generator) -> Float32:
    """The faint waves of a photographed screen: its grid of pixels, sampled on another grid."""
    side = picture.shape[0]
    fine = np.arange(side, dtype=np.float32)
    angle, pitch = rng.uniform(-0.15, 0.15), rng.uniform(1.6, 2.6)
    across = fine[None, :] * np.float32(np.cos(angle)) + fine[:, None] * np.float32(np.sin(angle))
    # The phase bends a little, as the camera was not parallel to the screen.
    across = across + np.float32(rng.uniform(0, 0.002)) * fine[:, None] ** 2
    colours = [np.sin(2 * np.pi / pitch * across + phase) for phase in rng.uniform(0, 2, 3)]
    waves = np.stack(colours, axis=2) * rng.uniform(0.05, 0.2)
    screened = np.asarray(picture * (1 + waves), np.float32)
    small = int(side * rng.uniform(0.6, 0.95))
    sampled = cv2.resize(screened, (small, small), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.resize(sampled, (side, side), interpolation=cv2.INTER_LINEAR), np.float32)
