"""Icons and sprites: flat or shaded shapes on each other, one large icon or a sheet of small ones."""

from pathlib import Path

import cv2
import numpy as np

from app.vision.arrays import UInt8
from training.scenes.colours import bright, colour, gray, light
from training.scenes.text import face, put, word


def icons(side: int, _paths: list[Path], rng: np.random.Generator) -> UInt8:
    """A sheet of one to 64 icons on white, gray, colour or the squares that stand for transparency."""
    canvas = _ground(side, rng)
    count = int(rng.choice([1, 2, 3, 4, 6, 8]))
    step = side // count
    palette = [bright(rng), bright(rng), gray(int(rng.integers(256)))]
    for row in range(count):
        for column in range(count):
            view = canvas[row * step : (row + 1) * step, column * step : (column + 1) * step]
            if rng.random() < 0.9:
                _icon(view, palette, rng)
    return canvas


def _ground(side: int, rng: np.random.Generator) -> UInt8:
    canvas = np.empty((side, side, 3), np.uint8)
    canvas[:] = light(rng) if rng.random() < 0.6 else colour(rng)
    if rng.random() < 0.2:
        size = int(rng.integers(4, 12))
        ys, xs = np.mgrid[0:side, 0:side] // size
        canvas[:] = np.where((ys + xs) % 2, 255, 204)[..., None]
    return canvas


def _icon(view: UInt8, palette: list[tuple[int, int, int]], rng: np.random.Generator) -> None:
    """Two to five shapes about the middle of the view, shaded from top to bottom in a third of the icons."""
    extent = view.shape[0]
    before = view.copy()
    for _ in range(rng.integers(2, 6)):
        _shape(view, palette[rng.integers(len(palette))] if rng.random() < 0.8 else bright(rng), rng)
    if rng.random() < 0.33:
        drawn = (view != before).any(axis=2, keepdims=True)
        ramp = np.linspace(rng.uniform(1, 1.4), rng.uniform(0.5, 1), extent)[:, None, None]
        view[:] = np.where(drawn, np.clip(view * ramp, 0, 255), view)


def _shape(view: UInt8, tone: tuple[int, int, int], rng: np.random.Generator) -> None:
    extent = view.shape[0]
    middle = rng.uniform(0.3, 0.7, 2) * extent
    size = rng.uniform(0.08, 0.4, 2) * extent
    kind, thickness = rng.integers(6), -1 if rng.random() < 0.65 else max(1, extent // 16)
    x, y = middle.astype(int).tolist()
    if kind == 0:
        cv2.rectangle(view, (middle - size).astype(int).tolist(), (middle + size).astype(int).tolist(), tone, thickness)
    elif kind == 1:
        cv2.circle(view, (x, y), int(size[0]), tone, thickness, cv2.LINE_AA)
    elif kind == 2:
        cv2.ellipse(
            view, (x, y), size.astype(int).tolist(), 0, 0, rng.choice([180, 270, 360]), tone, thickness, cv2.LINE_AA
        )
    elif kind == 3:
        turn = np.linspace(0, 2 * np.pi, int(rng.integers(3, 11)), endpoint=False) + rng.uniform(0, 6)
        radii = size[0] * np.where(np.arange(len(turn)) % 2, rng.uniform(0.4, 1), 1)
        points = middle + np.column_stack([np.cos(turn), np.sin(turn)]) * radii[:, None]
        cv2.fillPoly(view, [points.astype(np.int32)], tone, cv2.LINE_AA)
    elif kind == 4:
        end = (middle + rng.normal(0, extent / 4, 2)).astype(int).tolist()
        cv2.arrowedLine(view, (x, y), end, tone, max(1, extent // 14), cv2.LINE_AA)
    else:
        put(view, word(rng)[:2], (extent // 4, extent * 2 // 3), extent * rng.uniform(0.2, 0.5), tone, face(rng))
