"""How a camera or a program renders tones: exposure, white balance, local contrast, gray copies, few colours."""

import cv2
import numpy as np

from app.vision.arrays import Float32


def exposure(picture: Float32, rng: np.random.Generator) -> Float32:
    """Another exposure and tone curve, and lifted or cut blacks."""
    gamma = np.exp(rng.uniform(-0.35, 0.35))
    return np.asarray((picture / 255) ** gamma * 255 * rng.uniform(0.7, 1.3) + rng.uniform(-10, 25), np.float32)


def strong_tone(picture: Float32, rng: np.random.Generator) -> Float32:
    """A strong tone curve: an S or its inverse, or a gamma far from one."""
    share = np.clip(picture / 255, 0, 1)
    if rng.random() < 0.5:
        bent = share + rng.uniform(-0.13, 0.13) * np.sin(2 * np.pi * share)
    else:
        bent = share ** np.exp(rng.uniform(0.3, 0.7) * rng.choice([-1, 1]))
    return np.asarray(bent * 255, np.float32)


def white_balance(picture: Float32, rng: np.random.Generator) -> Float32:
    """Another gain for each channel."""
    return np.asarray(picture * np.exp(rng.uniform(-0.3, 0.3, 3)), np.float32)


def saturation(picture: Float32, rng: np.random.Generator) -> Float32:
    """Colours that are paler or stronger."""
    gray = picture.mean(axis=2, keepdims=True)
    return np.asarray(gray + (picture - gray) * rng.uniform(0.5, 1.5), np.float32)


def local_tone(picture: Float32, rng: np.random.Generator) -> Float32:
    """Tone mapping: large differences of light are compressed, and local contrast is kept or raised."""
    side = picture.shape[0]
    light = np.log1p(picture.mean(axis=2))
    few = max(3, int(side / rng.uniform(15, 50)))
    coarse = cv2.resize(light, (few, few), interpolation=cv2.INTER_AREA)
    base = cv2.resize(cv2.GaussianBlur(coarse, (0, 0), 0.8), (side, side), interpolation=cv2.INTER_CUBIC)
    squeezed = base.mean() + (base - base.mean()) * rng.uniform(0.3, 0.85)
    gain = np.exp(squeezed + (light - base) * rng.uniform(0.9, 1.25) - light)
    return np.asarray(picture * np.clip(gain, 0.2, 4)[..., None], np.float32)


def gray_copy(picture: Float32, rng: np.random.Generator) -> Float32:
    """All colours as grays, weighted in one of the usual ways."""
    weights = np.array([(0.114, 0.587, 0.299), (1 / 3, 1 / 3, 1 / 3), (0.0, 1.0, 0.0)][rng.integers(3)], np.float32)
    return np.repeat(np.asarray(picture @ weights, np.float32)[..., None], 3, axis=2)


def sepia(picture: Float32, rng: np.random.Generator) -> Float32:
    """Grays in the brown tint of old prints, or in blue."""
    tint = np.array([0.72, 0.9, 1.05] if rng.random() < 0.8 else [1.08, 0.98, 0.85])
    return np.asarray(gray_copy(picture, rng) * (1 + (tint - 1) * rng.uniform(0.5, 1.2)), np.float32)


def few_colours(picture: Float32, rng: np.random.Generator) -> Float32:
    """Each channel in 6 to 40 levels, sometimes dithered, as in GIF pictures and old screens."""
    step = 255 / int(rng.integers(6, 41))
    spread = rng.uniform(-0.5, 0.5, picture.shape).astype(np.float32) if rng.random() < 0.4 else np.float32(0)
    return np.asarray(np.round(picture / step + spread) * step, np.float32)
