"""Parts of a scene painted over, paler or in other colours, and parts that have about one colour.

Scenes are uint8 BGR (side, side, 3), shapes float32 (side, side) in [0, 1].
"""

import cv2
import numpy as np

from app.vision.arrays import Float32, UInt8
from training.changes.places import blend, place


def retouch(scene: UInt8, shape: Float32, rng: np.random.Generator) -> UInt8:
    """The shape painted over from its surroundings, or covered with ground from beside it."""
    reach = np.ones((int(rng.integers(1, 8)),) * 2, np.uint8)
    solid = np.asarray(cv2.dilate((shape > 0.05).astype(np.uint8), reach), np.uint8)
    x, y, width, height = cv2.boundingRect(solid)
    if not width:
        return scene
    side = scene.shape[0]
    if rng.random() < 0.4:
        shift = (width if x + width / 2 < side / 2 else -width, 0)
        if rng.random() < 0.5:
            shift = (0, height if y + height / 2 < side / 2 else -height)
        content = np.asarray(np.roll(scene, (-shift[1], -shift[0]), (0, 1)), np.float32)
    else:
        content = _inpainted(scene, solid, rng)
    soft = cv2.GaussianBlur(solid.astype(np.float32), (0, 0), rng.uniform(0.5, 2.5))
    return blend(scene, content, np.asarray(soft, np.float32))


def _inpainted(scene: UInt8, hole: UInt8, rng: np.random.Generator) -> Float32:
    small = cv2.resize(scene, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    coarse = cv2.resize(hole.astype(np.uint8), (small.shape[1], small.shape[0]), interpolation=cv2.INTER_NEAREST)
    coarse = cv2.dilate(coarse, np.ones((3, 3), np.uint8))
    painted = cv2.inpaint(small, coarse, 3, (cv2.INPAINT_TELEA, cv2.INPAINT_NS)[rng.integers(2)])
    large = cv2.resize(painted, scene.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(large + rng.normal(0, rng.uniform(0, 5), scene.shape[:2])[..., None], np.float32)


def segment(scene: UInt8, rng: np.random.Generator) -> Float32:
    """A part of the scene of about one colour, or a blob if there is none: float32 (side, side)."""
    side = scene.shape[0]
    for _ in range(4):
        x, y = rng.integers(side // 8, side - side // 8, 2).tolist()
        mask = np.zeros((side + 2, side + 2), np.uint8)
        step = (int(rng.integers(3, 22)),) * 3
        cv2.floodFill(scene.copy(), mask, (x, y), 0, step, step, 8 | cv2.FLOODFILL_MASK_ONLY | (1 << 8))
        found = cv2.morphologyEx(mask[1:-1, 1:-1], cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
        if 60 < found.sum() < 0.3 * side * side:
            return np.asarray(cv2.GaussianBlur(found.astype(np.float32), (0, 0), 0.7), np.float32)
    return place(side, rng)


def contrast(picture: UInt8, shape: Float32) -> float:
    """How far the inside of a shape is from what is around it on average, in levels of the channel with most."""
    inside = shape > 0.5
    around = (cv2.dilate(shape, np.ones((9, 9), np.uint8)) > 0.05) & (shape < 0.05)
    if not inside.any() or not around.any():
        return 0.0
    return float(np.abs(picture[inside].mean(axis=0) - picture[around].mean(axis=0)).max())


def pale(scene: UInt8, shape: Float32, rng: np.random.Generator) -> UInt8:
    """The scene with what is inside the shape in almost the colours around it: a white cup on a white table."""
    around = cv2.dilate(shape, np.ones((15, 15), np.uint8)) - shape > 0.5
    if not around.any():
        return scene
    share = rng.uniform(0.1, 0.35)
    return blend(scene, np.asarray(scene * share + scene[around].mean(axis=0) * (1 - share), np.float32), shape)


def tinted(scene: UInt8, shape: Float32, rng: np.random.Generator) -> Float32:
    """The scene in other colours: hue, one hue over all, channels exchanged, gains, darker or lighter, less colour."""
    kind = rng.integers(6)
    if kind == 0:
        hsv = cv2.cvtColor(scene, cv2.COLOR_BGR2HSV).astype(np.int32)
        hsv[..., 0] = (hsv[..., 0] + rng.integers(15, 165)) % 180
        hsv[..., 1] = np.clip(hsv[..., 1] * rng.uniform(0.7, 1.5) + rng.integers(0, 60), 0, 255)
        return cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2BGR).astype(np.float32)
    if kind == 1:
        gray = cv2.cvtColor(scene, cv2.COLOR_BGR2GRAY).astype(np.float32)[..., None]
        ink = rng.uniform(20, 255, 3)
        return np.asarray(gray * ink / max(ink.max() * 0.8, 1), np.float32)
    if kind == 2:
        return scene[..., rng.permutation(3)].astype(np.float32)
    if kind == 3:
        return np.asarray(scene * rng.uniform(0.45, 1.7, 3), np.float32)
    if kind == 4:
        ink, share = rng.uniform(0, 255, 3), rng.uniform(0.25, 0.75)
        return np.asarray(scene * (1 - share) + ink * share, np.float32)
    inside = scene[shape > 0.5]
    dark = inside.mean() < 110 if len(inside) else True
    gain = np.exp(rng.uniform(0.25, 0.8)) if dark else np.exp(-rng.uniform(0.25, 0.9))
    return np.asarray(scene * gain + (rng.uniform(0, 40) if dark else 0), np.float32)
