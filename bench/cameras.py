"""Harder conditions: another time of day, camera, file format or framing; see bench/conditions.py for the easier ones.

Pictures are uint8 BGR (height, width, 3). No network was trained with this code.
"""

from collections.abc import Callable

import cv2
import numpy as np

from app.vision.arrays import UInt8
from bench.conditions import add_noise, compress, expose, tilt, turn


def darken(image: UInt8) -> UInt8:
    """Night: gamma 1.8, a third of the light, photon noise, noise of the sensor, JPEG."""
    rng = np.random.default_rng(3)
    dark = (image / np.float32(255)) ** 1.8 * 0.35 * 255
    photons = rng.poisson(np.clip(dark, 0, 255) * 0.6) / 0.6
    return compress(_levels(photons + rng.normal(0, 3, image.shape)), 80)


def map_tones(image: UInt8) -> UInt8:
    """Local tone mapping: lightness equalised within 6 x 6 tiles, with limited contrast."""
    lab = cv2.cvtColor(image, cv2.COLOR_BGR2LAB)
    lab[..., 0] = cv2.createCLAHE(3, (6, 6)).apply(np.ascontiguousarray(lab[..., 0]))
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2BGR), np.uint8)


def shake(image: UInt8) -> UInt8:
    """Motion blur of nine pixels."""
    kernel = np.zeros((9, 9), np.float32)
    cv2.line(kernel, (0, 6), (8, 2), 1)
    return np.asarray(cv2.filter2D(image, -1, kernel / kernel.sum()), np.uint8)


def bend_radially(image: UInt8, amount: float) -> UInt8:
    """Each point at r half diagonals from the middle shows what was at r (1 + amount r^2): a barrel above zero."""
    height, width = image.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    radius = np.hypot(width, height) / 2
    u, v = (x - width / 2) / radius, (y - height / 2) / radius
    factor = 1 + amount * (u * u + v * v)
    x, y = (np.asarray(middle + at * factor * radius, np.float32) for middle, at in ((width / 2, u), (height / 2, v)))
    return np.asarray(cv2.remap(image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def photograph_again(image: UInt8) -> UInt8:
    """A second photograph by hand: tilted, turned, nearer, through another lens, in other light, a little soft."""
    size = image.shape[1], image.shape[0]
    matrix = tilt(size, 11) @ turn(size, -4, 1.06, -12, 8)
    moved = cv2.warpPerspective(image, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    bent = bend_radially(np.asarray(moved, np.uint8), -0.03)
    lit = cv2.GaussianBlur(expose(bent, 1.08, -6, 0.95), (0, 0), 0.7)
    return compress(add_noise(np.asarray(lit, np.uint8), 3), 85)


def gray(image: UInt8) -> UInt8:
    """Black and white."""
    return np.asarray(cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR), np.uint8)


def sepia(image: UInt8) -> UInt8:
    """Brown tones."""
    return _levels(gray(image) * np.array([0.72, 0.9, 1.08]))


def photograph_screen(image: UInt8) -> UInt8:
    """Moiré: two faint gratings finer than four pixels."""
    height, width = image.shape[:2]
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    first, second = np.sin(2 * np.pi * (x * 0.31 + y * 0.05)), np.sin(2 * np.pi * (y * 0.27 - x * 0.03))
    return compress(_levels(image * (1 + 0.06 * first + 0.05 * second)[..., None]), 80)


def zoom(image: UInt8) -> UInt8:
    """A fourteenth is cropped from each side, and the rest enlarged to the old size."""
    height, width = image.shape[:2]
    inner = image[height // 14 : height - height // 14, width // 14 : width - width // 14]
    return compress(np.asarray(cv2.resize(inner, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8), 85)


def vignette(image: UInt8) -> UInt8:
    """The corners have 45 % less light than the middle."""
    height, width = image.shape[:2]
    x, y = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    return _levels(image * (1 - 0.45 * (x * x + y * y) / 2)[..., None])


def webp(image: UInt8) -> UInt8:
    """As WebP of quality 25, and back."""
    data = cv2.imencode(".webp", image, [cv2.IMWRITE_WEBP_QUALITY, 25])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def sharpen(image: UInt8) -> UInt8:
    """Unsharp masking that leaves halos."""
    return _levels(image + 1.2 * (image.astype(np.float32) - cv2.GaussianBlur(image, (0, 0), 1.5)))


def _levels(values: np.ndarray) -> UInt8:
    return np.asarray(np.clip(values, 0, 255), np.uint8)


CAMERAS: dict[str, Callable[[UInt8], UInt8]] = {
    "night": darken,
    "tone mapping": map_tones,
    "jpeg 15": lambda image: compress(image, 15),
    "webp 25": webp,
    "motion blur": shake,
    "sharpened": sharpen,
    "barrel": lambda image: bend_radially(image, 0.06),
    "pincushion": lambda image: bend_radially(image, -0.08),
    "second photograph": photograph_again,
    "gray": gray,
    "sepia": sepia,
    "moiré": photograph_screen,
    "vignette": vignette,
    "mirrored": lambda image: compress(np.ascontiguousarray(image[:, ::-1]), 88),
    "quarter turn": lambda image: compress(np.ascontiguousarray(np.rot90(image)), 90),
    "cropped and enlarged": zoom,
}
