"""Marks on a scene: elements of a page, scratches and cracks, specks, faults of traces."""

import cv2
import numpy as np

from app.vision.arrays import Float32, UInt8
from training.changes.places import around, detail, two_tones
from training.changes.truth import plain_change
from training.scenes.colours import Colour, colour
from training.scenes.pages import draw_element


def draw(scene: UInt8, _shape: Float32, _other: UInt8, rng: np.random.Generator) -> UInt8:
    """Text, a line, a disc, a panel."""
    after = scene.copy()
    draw_element(after, rng)
    # Half of them are large: too much of a scene would be new.
    return after if plain_change(scene, after).mean() < 0.25 else scene


def ink_on(scene: UInt8, at: tuple[int, int], rng: np.random.Generator) -> Colour:
    """A colour for a mark: any, one of the scene, or one 20 to 60 levels from what is around the place."""
    kind = rng.random()
    if kind < 0.25:
        return colour(rng)
    if kind < 0.45:
        y, x = rng.integers(0, scene.shape[0], 2)
        blue, green, red = scene[y, x].tolist()
        return blue, green, red
    ground = np.median(around(scene, at, 6).reshape(-1, 3), axis=0)
    step = rng.uniform(20, 60) * (1 if ground.mean() < rng.uniform(70, 185) else -1)
    blue, green, red = np.clip(ground + step, 0, 255).astype(int).tolist()
    return blue, green, red


def scratch(scene: UInt8, _shape: Float32, _other: UInt8, rng: np.random.Generator) -> UInt8:
    """A thin line with few bends: a scratch, a hair, a wire, a trace."""
    after = scene.copy()
    start, bends = rng.integers(8, scene.shape[0] - 8, 2), rng.integers(2, 5)
    path = start + np.cumsum(rng.normal(0, rng.uniform(4, 30), (bends, 2)), axis=0)
    ink = ink_on(scene, (int(start[0]), int(start[1])), rng)
    cv2.polylines(after, [path.astype(np.int32)], False, ink, int(rng.integers(1, 4)), cv2.LINE_AA)
    return after


def crack(scene: UInt8, _shape: Float32, _other: UInt8, rng: np.random.Generator) -> UInt8:
    """A jagged line that branches, one to three pixels wide."""
    after = scene.copy()
    start = rng.uniform(10, scene.shape[0] - 10, 2)
    ink, angle = ink_on(scene, (int(start[0]), int(start[1])), rng), rng.uniform(0, 2 * np.pi)
    width = int(rng.integers(1, 4))
    for branch in range(rng.integers(1, 4)):
        turns = angle + np.cumsum(rng.normal(0, 0.5, int(rng.integers(4, 16))))
        steps = np.column_stack([np.cos(turns), np.sin(turns)]) * rng.uniform(3, 8, (len(turns), 1))
        path = start + np.cumsum(steps, axis=0)
        cv2.polylines(after, [path.astype(np.int32)], False, ink, max(1, width - branch), cv2.LINE_AA)
        start, angle = path[len(path) // 2], angle + rng.choice([-0.8, 0.8])
    return after


def specks(scene: UInt8, _shape: Float32, _other: UInt8, rng: np.random.Generator) -> UInt8:
    """One to six dots of 3 to 10 pixels: dirt, solder balls, holes, bright pixels."""
    after = scene.copy()
    middle, spread = rng.uniform(10, scene.shape[0] - 10, 2), rng.uniform(3, 60)
    for _ in range(rng.integers(1, 7)):
        x, y = np.clip(middle + rng.normal(0, spread, 2), 5, scene.shape[0] - 6).astype(int).tolist()
        axes = rng.integers(1, 6, 2).tolist()
        cv2.ellipse(after, (x, y), axes, rng.uniform(0, 180), 0, 360, ink_on(scene, (x, y), rng), -1, cv2.LINE_AA)
    return after


def break_trace(scene: UInt8, _shape: Float32, _other: UInt8, rng: np.random.Generator) -> UInt8:
    """A gap of 2 to 6 pixels in what is dark or what is light where the scene has detail: an open trace."""
    after = scene.copy()
    at = detail(scene, rng)
    view = around(after, at, 12)
    is_light, dark, light = two_tones(view)
    gap = np.zeros(view.shape[:2], np.uint8)
    angle, reach = rng.uniform(0, np.pi), int(rng.integers(6, 12))
    across = int(reach * np.cos(angle)), int(reach * np.sin(angle))
    cv2.line(gap, (12 - across[0], 12 - across[1]), (12 + across[0], 12 + across[1]), 1, int(rng.integers(2, 7)))
    of_light = rng.random() < 0.5
    cut = (gap > 0) & ((is_light > 0) == of_light)
    view[cut] = np.clip(dark if of_light else light, 0, 255).astype(np.uint8)
    return after


def bridge(scene: UInt8, _shape: Float32, _other: UInt8, rng: np.random.Generator) -> UInt8:
    """A line of 2 to 5 pixels between two parts of the same tone: a short between traces."""
    after = scene.copy()
    at = detail(scene, rng)
    view = around(after, at, 14)
    is_light, dark, light = two_tones(view)
    joins_light = rng.random() < 0.5
    ys, xs = np.nonzero((is_light > 0) == joins_light)
    if len(ys) < 8:
        return scene
    first, second = rng.integers(0, len(ys), 2)
    ink = np.clip(light if joins_light else dark, 0, 255).astype(int).tolist()
    start, end = (int(xs[first]), int(ys[first])), (int(xs[second]), int(ys[second]))
    patch = np.ascontiguousarray(view)
    cv2.line(patch, start, end, ink, int(rng.integers(2, 6)), cv2.LINE_AA)
    view[:] = patch
    return after
