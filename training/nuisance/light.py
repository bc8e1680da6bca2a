"""Light on the scene: shadows, uneven light, haze, glare, night."""

import cv2
import numpy as np

from app.vision.arrays import Float32
from training.textures import field, grain


def shadow(picture: Float32, rng: np.random.Generator) -> Float32:
    """A cast shadow, or a patch of light: an ellipse, a polygon or a bar, with an edge from sharp to soft."""
    side = picture.shape[0]
    shade = np.zeros((side, side), np.float32)
    for _ in range(rng.integers(1, 4)):
        centre = rng.integers(-20, side + 20, 2)
        kind = rng.integers(3)
        if kind == 0:
            axes = rng.integers(12, side, 2).tolist()
            cv2.ellipse(shade, centre.tolist(), axes, rng.uniform(0, 180), 0, 360, 1, -1)
        elif kind == 1:
            points = centre + rng.normal(0, side / 3, (rng.integers(3, 8), 2))
            cv2.fillPoly(shade, [points.astype(np.int32)], 1)
        else:
            end = centre + rng.normal(0, side, 2)
            cv2.line(shade, centre.tolist(), end.astype(int).tolist(), 1, int(rng.integers(4, 60)))
    edge = np.exp(rng.uniform(np.log(0.4), np.log(12)))
    soft = cv2.GaussianBlur(shade, (0, 0), edge)[..., None]
    # Shadows are lit by the sky: a little bluer than the sunlit part.
    depth = rng.uniform(0.15, 0.65) * rng.uniform(0.85, 1.0, 3) * (1 if rng.random() < 0.85 else -0.7)
    return np.asarray(picture * (1 - soft * depth), np.float32)


def uneven_light(picture: Float32, rng: np.random.Generator) -> Float32:
    """Smooth patches of more and less light."""
    strength = rng.uniform(0.05, 0.4)
    return np.asarray(picture * (1 + strength * field(picture.shape[0], rng)[..., None]), np.float32)


def gradient_light(picture: Float32, rng: np.random.Generator) -> Float32:
    """Light that falls off evenly to one side, tinted a little."""
    ramp = _ramp(picture.shape[0], rng)[..., None]
    return np.asarray(picture * (1 + ramp * rng.uniform(0.2, 0.6) * rng.uniform(0.8, 1.0, 3)), np.float32)


def haze(picture: Float32, rng: np.random.Generator) -> Float32:
    """A veil of light, thicker to one side."""
    side = picture.shape[0]
    low, high = np.sort(rng.uniform(0, 0.55, 2))
    share = _ramp(side, rng) + 0.2 * field(side, rng, 4) * rng.integers(2)
    share = (low + (high - low) * np.clip(share + 0.5, 0, 1))[..., None]
    return np.asarray(picture * (1 - share) + rng.uniform(150, 245) * share, np.float32)


def vignette(picture: Float32, rng: np.random.Generator) -> Float32:
    """Corners that are darker than the middle."""
    side = picture.shape[0]
    steps = np.linspace(-1, 1, side, dtype=np.float32) ** 2
    distance = steps[:, None] + steps[None, :]
    return np.asarray(picture * (1 - rng.uniform(0.15, 0.45) * distance[..., None] / 2), np.float32)


def glare(picture: Float32, rng: np.random.Generator) -> Float32:
    """A soft bright blob or streak of reflected light, through which the scene is still seen."""
    side = picture.shape[0]
    angle, at = rng.uniform(0, np.pi), rng.uniform(0, side, 2)
    size = side * rng.uniform(0.08, 0.35, 2) * ((1, 5) if rng.random() < 0.3 else (1, 1))
    ys, xs = np.mgrid[0:side, 0:side].astype(np.float32)
    along = (xs - at[0]) * np.cos(angle) + (ys - at[1]) * np.sin(angle)
    across = (ys - at[1]) * np.cos(angle) - (xs - at[0]) * np.sin(angle)
    spot = np.exp(-0.5 * ((along / size[0]) ** 2 + (across / size[1]) ** 2))[..., None]
    return np.asarray(picture + (255 - 0.6 * picture) * spot * rng.uniform(0.2, 0.6), np.float32)


def night(picture: Float32, rng: np.random.Generator) -> Float32:
    """Little light: dark, with little contrast, lifted blacks and coarse noise in colour."""
    side = picture.shape[0]
    curve = (picture / 255) ** rng.uniform(1.0, 1.5) * rng.uniform(50, 140)
    tint = np.exp(rng.uniform(-0.15, 0.15, 3))
    speckle = np.stack([grain(side, rng, rng.uniform(1, 2.5))[..., 0] for _ in range(3)], axis=2)
    return np.asarray(curve * tint + rng.uniform(2, 22) + rng.uniform(1, 6) * speckle, np.float32)


def _ramp(side: int, rng: np.random.Generator) -> Float32:
    """Values that rise evenly from about -0.7 to 0.7 in a random direction: float32 (side, side)."""
    ramp = np.linspace(-0.7, 0.7, side, dtype=np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    return np.asarray(np.cos(angle) * ramp[None, :] + np.sin(angle) * ramp[:, None], np.float32)
