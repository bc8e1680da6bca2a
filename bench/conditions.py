"""What a second picture goes through before somebody compares it: nothing in the scene changes, and yet the pixels do.

Pictures are uint8 BGR (height, width, 3), in OpenCV's order, for JPEG and white balance treat the channels unlike.
Every condition gives the same pixels each time; only `resized` changes the size.
"""

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from app.vision.arrays import Float32, Float64, UInt8
from app.vision.geometry import Size


def compress(image: UInt8, quality: int) -> UInt8:
    """As JPEG of this quality, and back."""
    data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def expose(image: UInt8, gain: float, offset: float, gamma: float) -> UInt8:
    """255 (v / 255)^gamma · gain + offset."""
    return _levels((image / np.float32(255)) ** gamma * 255 * gain + offset)


def add_noise(image: UInt8, sigma: float) -> UInt8:
    """Gaussian noise of this standard deviation, in levels."""
    return _levels(image + np.random.default_rng(7).normal(0, sigma, image.shape))


def turn(size: Size, degrees: float, scale: float, x: float, y: float) -> Float64:
    """3x3: turned anticlockwise and enlarged about the middle, then shifted by (x, y) pixels."""
    matrix = np.eye(3)
    matrix[:2] = cv2.getRotationMatrix2D((size[0] / 2, size[1] / 2), degrees, scale)
    matrix[:2, 2] += x, y
    return matrix


def tilt(size: Size, by: float) -> Float64:
    """3x3: each corner moves by up to `by` pixels, each another way, as before a camera held at an angle."""
    width, height = size
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moves = np.array([[-1, 0.5], [0.5, -1], [1, 0.5], [-0.5, -0.5]], np.float32)
    return np.asarray(cv2.getPerspectiveTransform(corners, corners + by * moves), np.float64)


# The conditions that move the picture: from its size to the 3x3 matrix that takes A's pixels to those of B.
MOTIONS: dict[str, Callable[[Size], Float64]] = {
    "shift": lambda size: turn(size, 0, 1, 9, -6),
    "rotate+scale": lambda size: turn(size, 3, 1.04, 4, 3),
    "phone": lambda size: tilt(size, 18),
}


def move(image: UInt8, name: str) -> UInt8:
    """Moved as MOTIONS[name] says, at the same size; the border is repeated outside."""
    size = image.shape[1], image.shape[0]
    moved = cv2.warpPerspective(
        image, MOTIONS[name](size), size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(moved, np.uint8)


def shrink(image: UInt8) -> UInt8:
    """To three quarters of each side, by area."""
    return np.asarray(cv2.resize(image, None, fx=0.75, fy=0.75, interpolation=cv2.INTER_AREA), np.uint8)


def photograph(image: UInt8) -> UInt8:
    """As a telephone would take it off a screen: at an angle, darker, noisy, compressed."""
    return compress(add_noise(expose(move(image, "phone"), 0.92, 8, 1.1), 4), 70)


def shade(image: UInt8) -> UInt8:
    """A soft-edged elliptical shadow right of the middle takes 40 % of the light."""
    height, width = image.shape[:2]
    shadow = np.zeros((height, width), np.float32)
    centre, axes = (int(width * 0.65), int(height * 0.55)), (int(width * 0.25), int(height * 0.45))
    cv2.ellipse(shadow, centre, axes, 30, 0, 360, 1, -1)
    return _levels(image * (1 - 0.4 * cv2.GaussianBlur(shadow, (0, 0), 5)[..., None]))


def light_unevenly(image: UInt8) -> UInt8:
    """Light that varies smoothly by up to about 25 %."""
    return _levels(image * (1 + 0.25 * smooth_field(image, 5, 13)[..., None]))


def bend(image: UInt8) -> UInt8:
    """Parallax: every part moves its own way, by up to about four pixels."""
    height, width = image.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    x, y = x + 4 * smooth_field(image, 4, 11), y + 4 * smooth_field(image, 4, 12)
    return np.asarray(cv2.remap(image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def veil(image: UInt8) -> UInt8:
    """Haze: light gray is mixed in, from 10 % at the left to 45 % at the right."""
    share = np.linspace(0.1, 0.45, image.shape[1], dtype=np.float32)[None, :, None]
    return _levels(image * (1 - share) + 215 * share)


def defocus(image: UInt8) -> UInt8:
    """Out of focus: a gaussian blur of two pixels."""
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 2), np.uint8)


def tint(image: UInt8) -> UInt8:
    """Another white balance: more blue, less red."""
    return _levels(image * np.array([1.15, 1, 0.8]))


def all_six(image: UInt8) -> UInt8:
    """All that light and lens do, one after the other on the way from the scene to the file."""
    return tint(defocus(bend(veil(light_unevenly(shade(image))))))


def smooth_field(image: UInt8, bumps: int, seed: int) -> Float32:
    """Random values in about [-1, 1] at bumps × bumps points, and cubic between them: float32 (height, width)."""
    coarse = np.random.default_rng(seed).uniform(-1, 1, (bumps, bumps)).astype(np.float32)
    size = image.shape[1], image.shape[0]
    return np.asarray(cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC), np.float32)


def _levels(values: npt.NDArray[np.floating]) -> UInt8:
    return np.asarray(np.clip(values, 0, 255), np.uint8)


# The first eight are what files, networks and hands do; the next six what light and lens do, which is harder.
CONDITIONS: dict[str, Callable[[UInt8], UInt8]] = {
    "as given": lambda image: image,
    "jpeg 40": lambda image: compress(image, 40),
    "exposure": lambda image: expose(image, 0.88, 14, 1.15),
    "noise": lambda image: add_noise(image, 8),
    "shift": lambda image: move(image, "shift"),
    "rotate+scale": lambda image: move(image, "rotate+scale"),
    "resized": shrink,
    "phone": photograph,
    "shadow": shade,
    "uneven light": light_unevenly,
    "parallax": bend,
    "defocus": defocus,
    "white balance": tint,
    "haze": veil,
    "all six": all_six,
}
