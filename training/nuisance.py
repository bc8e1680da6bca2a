"""What happens to a picture without anything happening in the scene: light, lens, sensor, compression, motion.

Pictures are float32 BGR (side, side, 3) in levels 0 to 255 while they pass through here.
"""

from collections.abc import Callable

import cv2
import numpy as np

from app.vision.arrays import Float32, UInt8

# The level that three per cent of a picture exceed at most, unless the scene itself is so bright.
BRIGHTEST = 250.0
# In so many pictures of bad conditions everything is so much likelier, up to UTMOST: there, five things happen at once.
BAD, WORSE, UTMOST = 0.3, 3.0, 0.8

Nuisance = Callable[[Float32, np.random.Generator], Float32]


def augment(scene: UInt8, rng: np.random.Generator) -> UInt8:
    """The scene after some of what may befall a picture, in the order of nature: light, lens, sensor, file."""
    picture = scene.astype(np.float32)
    more = WORSE if rng.random() < BAD else 1.0
    for odds, happen in AUGMENTATIONS:
        if rng.random() < min(UTMOST, odds * more):
            picture = np.clip(_metered(happen(picture, rng)), 0, 255)
    return np.asarray(picture + 0.5, np.uint8)


def _metered(picture: Float32) -> Float32:
    """As a camera would take it: where all is white, what is gone cannot be reported from what is burnt out."""
    bright = float(np.quantile(picture[::8, ::8], 0.97))
    return np.asarray(picture * (BRIGHTEST / bright), np.float32) if bright > BRIGHTEST else picture


def field(side: int, rng: np.random.Generator, most: int = 6) -> Float32:
    """Smooth random values in about [-1, 1]: float32 (side, side)."""
    bumps = rng.integers(2, most + 1)
    coarse = rng.uniform(-1, 1, (bumps, bumps)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC), np.float32)


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
    strength = rng.uniform(0.05, 0.4)
    return np.asarray(picture * (1 + strength * field(picture.shape[0], rng)[..., None]), np.float32)


def haze(picture: Float32, rng: np.random.Generator) -> Float32:
    side = picture.shape[0]
    low, high = np.sort(rng.uniform(0, 0.55, 2))
    ramp = np.linspace(-0.7, 0.7, side)
    angle = rng.uniform(0, 2 * np.pi)
    share = np.cos(angle) * ramp[None, :] + np.sin(angle) * ramp[:, None] + 0.2 * field(side, rng, 4) * rng.integers(2)
    share = (low + (high - low) * np.clip(share + 0.5, 0, 1))[..., None]
    return np.asarray(picture * (1 - share) + rng.uniform(150, 245) * share, np.float32)


def exposure(picture: Float32, rng: np.random.Generator) -> Float32:
    gamma = np.exp(rng.uniform(-0.35, 0.35))
    return np.asarray((picture / 255) ** gamma * 255 * rng.uniform(0.7, 1.3) + rng.uniform(-10, 25), np.float32)


def white_balance(picture: Float32, rng: np.random.Generator) -> Float32:
    return np.asarray(picture * np.exp(rng.uniform(-0.3, 0.3, 3)), np.float32)


def saturation(picture: Float32, rng: np.random.Generator) -> Float32:
    gray = picture.mean(axis=2, keepdims=True)
    return np.asarray(gray + (picture - gray) * rng.uniform(0.5, 1.5), np.float32)


def defocus(picture: Float32, rng: np.random.Generator) -> Float32:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 3.0)), np.float32)


def motion_blur(picture: Float32, rng: np.random.Generator) -> Float32:
    length, angle = int(rng.integers(3, 10)), rng.uniform(0, np.pi)
    kernel = np.zeros((11, 11), np.float32)
    reach = np.array([np.cos(angle), np.sin(angle)]) * length / 2
    cv2.line(kernel, (5 - reach).round().astype(int).tolist(), (5 + reach).round().astype(int).tolist(), 1)
    return np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REFLECT_101), np.float32)


def sharpen(picture: Float32, rng: np.random.Generator) -> Float32:
    blurred = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.8, 2))
    return np.asarray(picture + rng.uniform(0.2, 1.0) * (picture - blurred), np.float32)


def resize(picture: Float32, rng: np.random.Generator) -> Float32:
    side = picture.shape[0]
    small = max(8, int(side * rng.uniform(0.4, 1)))
    shrunk = cv2.resize(picture, (small, small), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(shrunk, (side, side), interpolation=cv2.INTER_LINEAR), np.float32)


def noise(picture: Float32, rng: np.random.Generator) -> Float32:
    sigma = rng.uniform(1, 12)
    grain = rng.standard_normal(picture.shape, np.float32)
    if rng.random() < 0.3:  # what is left of noise after a camera has smoothed it
        grain = np.asarray(cv2.GaussianBlur(grain, (0, 0), 0.8) * 2, np.float32)
    return np.asarray(picture + sigma * grain, np.float32)


def jpeg(picture: Float32, rng: np.random.Generator) -> Float32:
    quality = int(rng.integers(20, 96))
    data = cv2.imencode(".jpg", np.asarray(picture, np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.float32)


AUGMENTATIONS: list[tuple[float, Nuisance]] = [
    (0.22, shadow),
    (0.22, uneven_light),
    (0.15, haze),
    (0.2, defocus),
    (0.05, motion_blur),
    (0.25, exposure),
    (0.2, white_balance),
    (0.08, saturation),
    (0.1, sharpen),
    (0.12, resize),
    (0.3, noise),
    (0.4, jpeg),
]
