"""Charts: bars, lines, pies and scattered points, with axes, a grid, labels and a legend."""

from pathlib import Path

import cv2
import numpy as np

from app.vision.arrays import UInt8
from training.scenes.colours import Colour, bright, gray, light
from training.scenes.text import face, put, word, words


def chart(side: int, _paths: list[Path], rng: np.random.Generator) -> UInt8:
    """One chart with a title."""
    dark_mode = rng.random() < 0.2
    canvas = np.empty((side, side, 3), np.uint8)
    canvas[:] = gray(int(rng.integers(15, 50))) if dark_mode else light(rng)
    ink = gray(210 if dark_mode else 40)
    palette = [bright(rng) for _ in range(5)]
    CHARTS[rng.integers(len(CHARTS))](canvas, palette, ink, rng)
    put(canvas, words(3, rng), (side // 5, side // 12), side / 22, ink, face(rng))
    return canvas


def axes(canvas: UInt8, ink: Colour, rng: np.random.Generator) -> tuple[int, int, int, int]:
    """Axes with ticks, numbers and perhaps a grid: returns left, top, right and bottom of the plot."""
    side = canvas.shape[0]
    left, top, right, bottom = int(side * 0.12), int(side * 0.12), int(side * 0.95), int(side * 0.88)
    grid, pitch = rng.random() < 0.6, int(side * rng.uniform(0.08, 0.2))
    shade = np.where(np.array(ink) > 128, 80, 205).tolist()
    for y in range(bottom - pitch, top, -pitch):
        if grid:
            cv2.line(canvas, (left, y), (right, y), shade, 1)
        put(canvas, str(rng.integers(1000)), (2, y + 3), max(5, side / 40), ink, 0)
    for x in range(left + pitch, right, pitch):
        if grid and rng.random() < 0.5:
            cv2.line(canvas, (x, top), (x, bottom), shade, 1)
        put(canvas, word(rng)[:4], (x - pitch // 2, bottom + side // 16), max(5, side / 40), ink, 0)
    cv2.line(canvas, (left, top), (left, bottom), ink, 1)
    cv2.line(canvas, (left, bottom), (right, bottom), ink, 1)
    return left, top, right, bottom


def bars(canvas: UInt8, palette: list[Colour], ink: Colour, rng: np.random.Generator) -> None:
    """Columns beside each other, in one colour or several."""
    left, top, right, bottom = axes(canvas, ink, rng)
    step, several = int((right - left) / rng.integers(4, 14)), rng.random() < 0.4
    for i, x in enumerate(range(left + step // 4, right - step // 2, step)):
        tone = palette[i % len(palette)] if several else palette[0]
        cv2.rectangle(canvas, (x, int(rng.integers(top, bottom))), (x + step * 2 // 3, bottom - 1), tone, -1)


def lines(canvas: UInt8, palette: list[Colour], ink: Colour, rng: np.random.Generator) -> None:
    """One to four curves, with markers in some."""
    left, top, right, bottom = axes(canvas, ink, rng)
    for tone in palette[: rng.integers(1, 5)]:
        x = np.linspace(left, right, int(rng.integers(6, 40)))
        walk = np.cumsum(rng.normal(0, (bottom - top) / 12, len(x))) + rng.uniform(top, bottom)
        points = np.column_stack([x, np.clip(walk, top, bottom)]).astype(np.int32)
        cv2.polylines(canvas, [points], False, tone, int(rng.integers(1, 4)), cv2.LINE_AA)
        if rng.random() < 0.4:
            for point in points.tolist():
                cv2.circle(canvas, point, 3, tone, -1, cv2.LINE_AA)


def pie(canvas: UInt8, palette: list[Colour], ink: Colour, rng: np.random.Generator) -> None:
    """Sectors or a ring, with a legend."""
    side = canvas.shape[0]
    middle, radius, angle = (side // 2, side // 2), int(side * rng.uniform(0.2, 0.38)), rng.uniform(0, 360)
    for tone, share in zip(palette, rng.dirichlet([2] * len(palette)).tolist(), strict=True):
        cv2.ellipse(canvas, middle, (radius, radius), 0, angle, angle + 360 * share, tone, -1, cv2.LINE_AA)
        angle += 360 * share
    if rng.random() < 0.4:
        cv2.circle(canvas, middle, radius // 2, canvas[0, 0].tolist(), -1, cv2.LINE_AA)
    for i, tone in enumerate(palette):
        y = side // 6 + i * side // 18
        cv2.rectangle(canvas, (4, y - 6), (10, y), tone, -1)
        put(canvas, word(rng), (14, y), max(5, side / 40), ink, 0)


def scatter(canvas: UInt8, palette: list[Colour], ink: Colour, rng: np.random.Generator) -> None:
    """Points in one to three clouds."""
    left, top, right, bottom = axes(canvas, ink, rng)
    size = int(rng.integers(1, 6))
    for tone in palette[: rng.integers(1, 4)]:
        middle, spread = rng.uniform((left, top), (right, bottom)), (right - left) * rng.uniform(0.05, 0.3)
        for point in rng.normal(middle, spread, (int(rng.integers(8, 70)), 2)).astype(int).tolist():
            if left < point[0] < right and top < point[1] < bottom:
                cv2.circle(canvas, point, size, tone, -1, cv2.LINE_AA)


CHARTS = [bars, lines, pie, scatter]
