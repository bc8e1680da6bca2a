"""Text and signs that are edited or laid over the scene."""

import cv2
import numpy as np

from app.vision.arrays import Float32, UInt8
from training.changes.places import two_tones
from training.scenes.colours import colour, gray
from training.scenes.text import face, put, words


def edit_text(scene: UInt8, _shape: Float32, _other: UInt8, rng: np.random.Generator) -> UInt8:
    """A word is painted over with the background around it, and in most cases another one is written there."""
    height, width = int(rng.integers(7, 22)), int(rng.integers(14, 70))
    x, y = _busiest(scene, width, height, rng)
    after = scene.copy()
    view = after[y : y + height, x : x + width]
    is_light, dark, light = two_tones(view)
    ground, ink = (light, dark) if (is_light > 0).mean() > 0.5 else (dark, light)
    if np.abs(ground - ink).max() < 40:  # no text here: write in a colour that is seen
        ink = np.array(gray(20) if ground.mean() > 128 else gray(235), np.float32)
    view[:] = np.clip(ground + rng.normal(0, rng.uniform(0, 2), (1, 1, 3)), 0, 255)
    if rng.random() < 0.75:
        label = np.ascontiguousarray(view)
        tone = tuple(np.clip(ink, 0, 255).astype(int).tolist())
        put(label, words(2, rng), (1, height * 3 // 4), height * rng.uniform(0.5, 0.75), tone, face(rng))
        view[:] = label
    return after


def _busiest(scene: UInt8, width: int, height: int, rng: np.random.Generator) -> tuple[int, int]:
    """The corner of the rectangle of that size with the most contrast, among some random ones."""
    side = scene.shape[0]
    corners = np.column_stack([rng.integers(0, side - width, 8), rng.integers(0, side - height, 8)]).tolist()
    x, y = max(corners, key=lambda at: float(scene[at[1] : at[1] + height, at[0] : at[0] + width, 1].std()))
    return x, y


def watermark(scene: UInt8, _shape: Float32, _other: UInt8, rng: np.random.Generator) -> UInt8:
    """Words or a sign that the scene shines through, at any angle."""
    side = scene.shape[0]
    print_ = np.zeros((side, side, 3), np.uint8)
    x, y = rng.integers(side // 8, side - side // 8, 2).tolist()
    size = float(rng.uniform(8, 26))
    if rng.random() < 0.7:
        put(print_, words(int(rng.integers(1, 3)), rng), (x - int(2 * size), y), size, (255,) * 3, face(rng))
    else:
        cv2.circle(print_, (x, y), int(size), (255,) * 3, int(rng.integers(2, 6)), cv2.LINE_AA)
        cv2.line(print_, (x - int(size), y), (x + int(size), y), (255,) * 3, int(rng.integers(2, 6)), cv2.LINE_AA)
    turn = cv2.getRotationMatrix2D((x, y), rng.uniform(-45, 45), 1)
    share = cv2.warpAffine(print_, turn, (side, side))[..., :1] * (rng.uniform(0.15, 0.6) / 255)
    tone = gray(255 if rng.random() < 0.6 else 0) if rng.random() < 0.7 else colour(rng)
    return np.asarray(scene * (1 - share) + np.array(tone) * share + 0.5, np.uint8)
