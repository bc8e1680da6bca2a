"""Things that are gone: painted over from their surroundings, or covered with what is beside them."""

import cv2
import numpy as np

from app.vision.arrays import Float32, UInt8
from training.changes.places import around, blend, detail, soften, window


def remove(scene: UInt8, shape: Float32, _other: UInt8, rng: np.random.Generator) -> UInt8:
    """The thing is gone: painted over from its surroundings, with grain like theirs."""
    view = window(shape, 6)
    if view is None:
        return scene
    gone = (shape[view] > 0.05).view(np.uint8)
    scale = min(1.0, 32 / max(gone.shape))  # what is painted over is smooth anyway, and large places take long
    small = cv2.resize(scene[view], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    hole = cv2.resize(gone, (small.shape[1], small.shape[0]), interpolation=cv2.INTER_NEAREST)
    hole = cv2.dilate(hole, np.ones((3, 3), np.uint8))
    painted = cv2.inpaint(small, hole, 3, (cv2.INPAINT_TELEA, cv2.INPAINT_NS)[rng.integers(2)])
    painted = cv2.resize(painted, (gone.shape[1], gone.shape[0]), interpolation=cv2.INTER_LINEAR)
    grain = rng.normal(0, rng.uniform(0, 4), gone.shape)[..., None]
    after = scene.copy()
    after[view] = blend(scene[view], np.clip(painted + grain, 0, 255).astype(np.float32), shape[view])
    return after


def cover(scene: UInt8, shape: Float32, _other: UInt8, rng: np.random.Generator) -> UInt8:
    """The thing is gone: covered with the patch beside it, matched in tone, with blended edges."""
    view = window(shape)
    if view is None:
        return scene
    rows, columns = view
    angle = rng.uniform(0, 2 * np.pi)
    reach = 1.1 * max(rows.stop - rows.start, columns.stop - columns.start) + 4
    dy, dx = int(reach * np.sin(angle)), int(reach * np.cos(angle))
    patch = np.roll(scene, (dy, dx), (0, 1)).astype(np.float32)
    edge = soften(shape, rng.uniform(1.0, 2.5))
    rim = (edge > 0.02) & (edge < 0.3)
    if rim.any():  # the patch takes the tone that the scene has around the place
        patch += np.clip(scene[rim].astype(np.float32).mean(0) - patch[rim].mean(0), -30, 30)
    return blend(scene, np.clip(patch, 0, 255), edge)


def miss(scene: UInt8, _shape: Float32, other: UInt8, rng: np.random.Generator) -> UInt8:
    """Something small is missing: a pad, a dot, a letter, where the scene has detail."""
    after = scene
    for _ in range(rng.integers(1, 4)):
        x, y = detail(scene, rng)
        small = np.zeros(scene.shape[:2], np.float32)
        size = rng.integers(2, 8, 2).tolist()
        if rng.random() < 0.5:
            cv2.ellipse(small, (x, y), size, 0, 0, 360, 1, -1)
        else:
            cv2.rectangle(small, (x - size[0], y - size[1]), (x + size[0], y + size[1]), 1, -1)
        after = remove(after, small, other, rng) if rng.random() < 0.5 else _flat(after, small, (x, y), max(size))
    return after


def _flat(scene: UInt8, small: Float32, at: tuple[int, int], extent: int) -> UInt8:
    """Painted with the middle colour of the surroundings, which on a drawing is the background."""
    ground = np.median(around(scene, at, extent + 5).reshape(-1, 3), axis=0)
    return blend(scene, np.broadcast_to(ground.astype(np.float32), scene.shape), small)
