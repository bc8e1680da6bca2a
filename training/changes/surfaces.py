"""Surfaces that take another colour: recoloured, filled, stained, shaded."""

import cv2
import numpy as np

from app.vision.arrays import Float32, UInt8
from training.changes.places import blend, soften
from training.scenes.colours import colour


def recolour(scene: UInt8, shape: Float32, _other: UInt8, rng: np.random.Generator) -> UInt8:
    """Another hue, saturation or lightness, with the texture kept."""
    kind = rng.integers(3)
    if kind == 0:
        hsv = cv2.cvtColor(scene, cv2.COLOR_BGR2HSV).astype(np.int32)
        hsv[..., 0] = (hsv[..., 0] + rng.integers(25, 155)) % 180
        hsv[..., 1] = np.clip(hsv[..., 1] + rng.integers(0, 90), 0, 255)
        return blend(scene, np.asarray(cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2BGR), np.uint8), shape)
    if kind == 1:
        return blend(scene, scene[..., rng.permutation(3)], shape)
    gains = rng.uniform(0.4, 1.7, 3)
    return blend(scene, np.clip(scene * gains + rng.uniform(-40, 40, 3), 0, 255).astype(np.float32), shape)


def fill(scene: UInt8, shape: Float32, _other: UInt8, rng: np.random.Generator) -> UInt8:
    """One colour: any, or one of the scene, as dirt, holes, bridges and stains have it."""
    y, x = rng.integers(0, scene.shape[0], 2)
    ink = scene[y, x] if rng.random() < 0.6 else np.array(colour(rng))
    grain = rng.normal(0, rng.uniform(0, 5), scene.shape)
    return blend(scene, np.clip(ink + grain, 0, 255).astype(np.float32), shape)


def stain(scene: UInt8, _shape: Float32, _other: UInt8, rng: np.random.Generator) -> UInt8:
    """A soft blot that takes part of the light, tinted, sometimes with a darker rim: coffee, rust, water, grease."""
    side = scene.shape[0]
    blot = np.zeros((side, side), np.float32)
    middle, reach = rng.uniform(10, side - 10, 2), rng.uniform(4, 24)
    for _ in range(rng.integers(1, 6)):
        at = (middle + rng.normal(0, reach / 2, 2)).astype(int).tolist()
        axes = np.maximum(2, reach * rng.uniform(0.4, 1, 2)).astype(int).tolist()
        cv2.ellipse(blot, at, axes, rng.uniform(0, 180), 0, 360, 1, -1)
    soft = soften(blot, rng.uniform(0.8, 3.0))
    if rng.random() < 0.4:  # it dried from the outside in
        soft = soft * (0.5 + 2 * (1 - soft)).clip(0, 1.2)
    taken = rng.uniform(0.12, 0.55) * rng.uniform(0.5, 1.0, 3)
    light = 1 - soft[..., None] * taken
    # On dark ground a stain is seen as a veil.
    veil = soft[..., None] * rng.uniform(20, 60) if scene[blot > 0].mean() < 60 else 0.0
    return np.asarray(np.clip(scene * light + veil + 0.5, 0, 255), np.uint8)


def shadow_beneath(scene: UInt8, shape: Float32, rng: np.random.Generator) -> UInt8:
    """The shadow that a thing in the place casts beside it."""
    side = scene.shape[0]
    dx, dy = rng.integers(-7, 8, 2).tolist()
    moved = cv2.warpAffine(shape, np.array([[1.0, 0, dx], [0, 1, dy]]), (side, side))
    soft = soften(np.asarray(moved, np.float32), rng.uniform(1.0, 3.5))[..., None]
    return np.asarray(scene * (1 - rng.uniform(0.25, 0.6) * soft) + 0.5, np.uint8)
