"""Things that arrive, leave for elsewhere, or take another pose or size."""

import cv2
import numpy as np

from app.vision.arrays import Float32, UInt8
from training.changes.places import blend, soften, window
from training.changes.removals import remove
from training.changes.truth import PLAIN


def paste(scene: UInt8, shape: Float32, other: UInt8, rng: np.random.Generator) -> UInt8:
    """Something from another scene, sometimes in tones like those around."""
    content = np.roll(other, rng.integers(0, other.shape[0], 2), (0, 1))
    return blend(scene, toned(content, scene, shape) if rng.random() < 0.4 else content, shape)


def put_down(scene: UInt8, shape: Float32, other: UInt8, rng: np.random.Generator) -> UInt8:
    """A thing cut from another scene along its own outline, with a soft edge, in tones like those around or not."""
    content = np.roll(other, rng.integers(0, other.shape[0], 2), (0, 1))
    shape = soften(silhouette(content, shape), rng.uniform(0.5, 1.5))
    return blend(scene, toned(content, scene, shape) if rng.random() < 0.6 else content, shape)


def silhouette(content: UInt8, shape: Float32) -> Float32:
    """The part of the shape whose colour differs from that of the rim; all of it where little would be left."""
    view = window(shape, 2)
    if view is None:
        return shape
    inside = shape[view] > 0.5
    rim = inside & ~cv2.erode(inside.view(np.uint8), np.ones((3, 3), np.uint8)).view(np.bool_)
    if not rim.any():
        return shape
    apart = np.abs(content[view].astype(np.float32) - content[view][rim].mean(axis=0)).max(axis=2)
    smooth = np.asarray(np.clip(cv2.GaussianBlur(apart, (0, 0), 1.5), 0, 255), np.uint8)
    level, _ = cv2.threshold(smooth, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    kept = np.asarray((smooth > max(level, PLAIN)) & inside, np.float32)
    if kept.sum() < 0.2 * inside.sum():
        return shape
    outline = np.zeros_like(shape)
    outline[view] = kept
    return outline


def toned(content: UInt8, scene: UInt8, shape: Float32) -> Float32:
    """The content with the mean and the contrast that the scene has inside the shape."""
    inside = shape > 0.1
    if not inside.any():
        return content.astype(np.float32)
    of, to = content[inside].astype(np.float32), scene[inside].astype(np.float32)
    gain = np.clip((to.std(0) + 4) / (of.std(0) + 4), 0.5, 2)
    return np.asarray(np.clip((content - of.mean(0)) * gain + to.mean(0), 0, 255), np.float32)


def clone(scene: UInt8, shape: Float32, _other: UInt8, rng: np.random.Generator) -> UInt8:
    """Covered with another part of the same scene, as a forger would."""
    side = scene.shape[0]
    shift = rng.integers(side // 8, side - side // 8, 2)
    return blend(scene, np.roll(scene, shift, (0, 1)), shape)


def mirror(scene: UInt8, shape: Float32, _other: UInt8, rng: np.random.Generator) -> UInt8:
    """Flipped or turned about the middle of the place."""
    middle = _middle(shape)
    if middle is None:
        return scene
    x, y = middle
    if rng.random() < 0.5:
        matrix = np.array([[-1.0, 0, 2 * x], [0, 1, 0]])
    else:
        matrix = cv2.getRotationMatrix2D((x, y), rng.uniform(25, 335), rng.uniform(0.7, 1.4))
    return blend(scene, _warped(scene, matrix), shape)


def resize_thing(scene: UInt8, shape: Float32, other: UInt8, rng: np.random.Generator) -> UInt8:
    """The thing in its place is larger or smaller."""
    middle = _middle(shape)
    if middle is None:
        return scene
    larger = rng.random() < 0.5
    matrix = cv2.getRotationMatrix2D(middle, 0, rng.uniform(1.25, 1.8) if larger else rng.uniform(0.45, 0.8))
    ground = scene if larger else remove(scene, shape, other, rng)
    side = scene.shape[0]
    return blend(ground, _warped(scene, matrix), np.asarray(cv2.warpAffine(shape, matrix, (side, side)), np.float32))


def move(scene: UInt8, shape: Float32, other: UInt8, rng: np.random.Generator) -> UInt8:
    """The thing is gone from here and stands elsewhere."""
    side = scene.shape[0]
    dx, dy = rng.integers(-side // 3, side // 3, 2).tolist()
    matrix = np.array([[1.0, 0, dx], [0, 1, dy]])
    where = np.asarray(cv2.warpAffine(shape, matrix, (side, side)), np.float32)
    return blend(remove(scene, shape, other, rng), _warped(scene, matrix), where)


def _middle(shape: Float32) -> tuple[float, float] | None:
    view = window(shape)
    if view is None:
        return None
    rows, columns = view
    return (columns.start + columns.stop - 1) / 2, (rows.start + rows.stop - 1) / 2


def _warped(scene: UInt8, matrix: np.ndarray) -> UInt8:
    size = scene.shape[1], scene.shape[0]
    return np.asarray(cv2.warpAffine(scene, matrix, size, borderMode=cv2.BORDER_REFLECT_101), np.uint8)
