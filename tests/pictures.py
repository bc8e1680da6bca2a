"""Pictures that tests draw."""

import io
from collections.abc import Sequence
from functools import cache

import cv2
import numpy as np
from PIL import Image

from app.vision.arrays import Float32, Float64, Mask, UInt8
from app.vision.pair import Pair


def scene(width: int = 240, height: int = 160) -> UInt8:
    """A textured picture with shapes on it, the same each time: uint8 RGB (height, width, 3)."""
    noise = np.random.default_rng(7).uniform(0, 255, (height, width, 3)).astype(np.float32)
    picture = cv2.GaussianBlur(noise, (0, 0), 4) * 1.5 - 60
    drawn: UInt8 = np.clip(picture, 0, 255).astype(np.uint8)
    for index, x in enumerate(range(width // 8, width, width // 4)):
        cv2.circle(drawn, (x, height // 3), height // 10, (250 - 50 * index, 40 * index, 90), -1, cv2.LINE_AA)
        cv2.rectangle(drawn, (x - 12, height * 2 // 3), (x + 12, height - 12), (30, 60 * index, 220), 2)
    return drawn


def changed_scene(width: int = 240, height: int = 160) -> UInt8:
    """The scene with one thing more on it: a disc left of the middle."""
    picture = scene(width, height)
    cv2.circle(picture, (width * 3 // 8 - 15, height // 2), height // 9, (255, 255, 0), -1, cv2.LINE_AA)
    return picture


def textured(width: int = 640, height: int = 480) -> UInt8:
    """Detail of every size, as a photograph has, and every level equally often: uint8 RGB (height, width, 3)."""
    return _textured(width, height).copy()


@cache
def _textured(width: int, height: int) -> UInt8:
    random = np.random.default_rng(3)

    def octave(sigma: float, amplitude: float, channels: int) -> Float32:
        noise = random.normal(0, amplitude * sigma, (height, width, channels)).astype(np.float32)
        return np.asarray(cv2.GaussianBlur(noise, (0, 0), sigma), np.float32).reshape(height, width, channels)

    detail = octave(1.2, 60, 1) + octave(4, 60, 1) + octave(16, 60, 3)
    levels = ((detail - detail.min()) * (255 / np.ptp(detail))).astype(np.uint8)
    return np.dstack([cv2.equalizeHist(levels[..., channel]) for channel in range(3)])


def smoothed_lines() -> tuple[UInt8, UInt8]:
    """A fan of fine lines with smoothed edges, and the same with one line more: uint8 RGB (60, 80, 3)."""
    a = np.full((60, 80, 3), 250, np.uint8)
    for end in range(0, 80, 9):
        cv2.line(a, (5, 3), (end, 57), (20, 30, 40), 1, cv2.LINE_AA)
    b = a.copy()
    cv2.line(b, (70, 2), (44, 50), (20, 30, 40), 2, cv2.LINE_AA)
    return a, b


def animation(frames: Sequence[UInt8], kind: str = "PNG", **options: object) -> bytes:
    """Frames, uint8 RGB (height, width, 3), as one file: an animation or a TIFF. Encoders join equal frames."""
    file = io.BytesIO()
    first, *rest = map(Image.fromarray, frames)
    first.save(file, kind, save_all=True, append_images=rest, **options)
    return file.getvalue()


def paired(a: UInt8, b: UInt8, valid: Mask | None = None) -> Pair:
    """RGB or RGBA pictures of one size as a pair. Outside `valid` B is A, as in all pairs."""
    valid = np.ones(a.shape[:2], np.bool_) if valid is None else valid
    alpha_a, alpha_b = (p[..., 3].copy() if p.shape[2] == 4 else None for p in (a, b))
    rgb_b = np.where(valid[..., None], b[..., :3], a[..., :3])
    return Pair(a[..., :3].copy(), rgb_b, alpha_a, alpha_b, valid)


def png(picture: UInt8) -> bytes:
    """An RGB, RGBA or gray array as a PNG file."""
    code = {3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}
    ordered = cv2.cvtColor(picture, code[picture.shape[2]]) if picture.ndim == 3 else picture
    return cv2.imencode(".png", ordered)[1].tobytes()


def jpeg(picture: UInt8, quality: int = 90) -> bytes:
    """An RGB array as a JPEG file."""
    ordered = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", ordered, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def read(data: bytes) -> UInt8:
    """A picture file as an RGB array."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def blurred(picture: UInt8, sigma: float) -> UInt8:
    """The picture out of focus."""
    return cv2.GaussianBlur(picture, (0, 0), sigma).astype(np.uint8)


def noisy(picture: UInt8, sigma: float = 8) -> UInt8:
    """The picture with grain."""
    grain = np.random.default_rng(5).normal(0, sigma, picture.shape)
    return np.clip(picture + grain, 0, 255).round().astype(np.uint8)


def shifted(picture: UInt8, x: Float64 | float, y: Float64 | float) -> UInt8:
    """What the picture shows so many pixels away from each pixel, the same everywhere or float64 (height, width)."""
    rows, columns = np.indices(picture.shape[:2], np.float32)
    there = np.add(columns, x, dtype=np.float32), np.add(rows, y, dtype=np.float32)
    return np.asarray(cv2.remap(picture, *there, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def resized(picture: UInt8, width: int, height: int) -> UInt8:
    """The picture at another size."""
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8)
