"""Scanned paper: printed text, handwriting, tables and stamps, on paper that is tinted, uneven or photocopied."""

from pathlib import Path

import cv2
import numpy as np

from app.vision.arrays import UInt8
from training.scenes.colours import Colour, bright, dark, light
from training.scenes.photographs import thumbnail
from training.scenes.text import face, paragraph, put, words
from training.textures import field, grain

# In so many documents the scan is black and white, and in so many the back of the sheet shows.
PHOTOCOPIED, BLEEDS_THROUGH = 0.2, 0.2


def document(side: int, paths: list[Path], rng: np.random.Generator) -> UInt8:
    """A sheet with blocks of text, lines, tables, figures and stamps, as a scanner sees it."""
    canvas = np.empty((side, side, 3), np.uint8)
    canvas[:] = light(rng) if rng.random() < 0.6 else np.array([190, 215, 228]) + rng.integers(-20, 21, 3)
    ink = dark(rng)
    y = int(rng.integers(-10, 20))
    while y < side:
        y += _block(canvas, y, ink, paths, rng) + int(rng.integers(3, 16))
    if rng.random() < 0.4:
        stamp(canvas, rng)
    if rng.random() < 0.3:
        handwriting(canvas, int(rng.integers(20, side)), rng)
    return scanned(canvas, rng)


def _block(canvas: UInt8, y: int, ink: Colour, paths: list[Path], rng: np.random.Generator) -> int:
    """One block from y down: returns its height."""
    side, kind = canvas.shape[0], rng.random()
    margin = int(rng.integers(2, 20))
    if kind < 0.55:
        height = float(rng.uniform(4.5, 12))
        return paragraph(canvas, (margin, y, int(rng.integers(1, 7))), height, ink, rng) - y
    if kind < 0.68:
        size = float(rng.uniform(11, 26))
        put(canvas, words(2, rng), (margin, y + int(size)), size, ink, face(rng))
        return int(size * 1.3)
    if kind < 0.78:
        handwriting(canvas, y + 10, rng)
        return 18
    if kind < 0.9:
        return _table(canvas, margin, y, ink, rng)
    extent = int(rng.integers(30, 80))
    view = canvas[max(0, y) : y + extent, margin : side - margin]
    if min(view.shape[:2]) > 8:
        view[:] = cv2.cvtColor(thumbnail(paths, view.shape[1], view.shape[0], rng), cv2.COLOR_BGR2GRAY)[..., None]
    return extent


def _table(canvas: UInt8, x: int, y: int, ink: Colour, rng: np.random.Generator) -> int:
    """Ruled cells with words and numbers: returns the height."""
    rows, columns, pitch = int(rng.integers(2, 7)), int(rng.integers(2, 6)), int(rng.integers(11, 22))
    width = canvas.shape[0] - 2 * x
    for row in range(rows + 1):
        cv2.line(canvas, (x, y + row * pitch), (x + width, y + row * pitch), ink, 1)
    for column in range(columns + 1):
        at = x + column * width // columns
        cv2.line(canvas, (at, y), (at, y + rows * pitch), ink, 1)
        for row in range(rows):
            if column < columns and rng.random() < 0.7:
                put(canvas, words(1, rng), (at + 3, y + (row + 1) * pitch - 4), pitch * 0.42, ink, 0)
    return rows * pitch


def handwriting(canvas: UInt8, y: int, rng: np.random.Generator) -> None:
    """A line of joined loops, a few words long."""
    x, size, ink = float(rng.integers(0, canvas.shape[0] // 2)), rng.uniform(3, 8), dark(rng)
    thickness, slant = 2 if rng.random() < 0.25 else 1, rng.uniform(0, 0.7)
    for _ in range(rng.integers(1, 6)):
        steps = np.linspace(0, 1, int(rng.integers(24, 60)))
        turns = 2 * np.pi * len(steps) / 9
        heights = size * np.sin(turns * steps + rng.uniform(0, 6)) * rng.uniform(0.4, 1.2, len(steps)).cumsum() ** 0.1
        along = x + steps * len(steps) * size * 0.22 + 0.5 * size * np.cos(turns * steps * 1.07)
        points = np.column_stack([along + slant * heights, y - heights])
        cv2.polylines(canvas, [points.astype(np.int32)], False, ink, thickness, cv2.LINE_AA)
        x = float(along[-1] + 2 * size)


def stamp(canvas: UInt8, rng: np.random.Generator) -> None:
    """A ring or a frame with words in it, turned, through which the paper shows."""
    side = canvas.shape[0]
    print_ = np.zeros((side, side, 3), np.uint8)
    x, y = rng.integers(20, side - 20, 2).tolist()
    radius = int(rng.integers(14, max(16, side // 5)))
    if rng.random() < 0.5:
        cv2.circle(print_, (x, y), radius, (255,) * 3, 2, cv2.LINE_AA)
        cv2.circle(print_, (x, y), radius * 2 // 3, (255,) * 3, 1, cv2.LINE_AA)
    else:
        cv2.rectangle(print_, (x - radius, y - radius // 2), (x + radius, y + radius // 2), (255,) * 3, 2)
    put(print_, words(1, rng), (x - radius * 2 // 3, y + radius // 6), radius / 3, (255,) * 3, face(rng))
    turn = cv2.getRotationMatrix2D((x, y), rng.uniform(-30, 30), 1)
    share = cv2.warpAffine(print_, turn, (side, side))[..., :1] / 255 * rng.uniform(0.4, 0.9)
    share = share * np.clip(0.9 + 0.5 * field(side, rng, 12)[..., None], 0, 1)
    canvas[:] = canvas * (1 - share) + np.array(bright(rng)) * share


def scanned(canvas: UInt8, rng: np.random.Generator) -> UInt8:
    """What paper, printing and scanning do to a clean page: ink that spreads, uneven paper, a turned sheet."""
    side = canvas.shape[0]
    if rng.random() < BLEEDS_THROUGH:
        back = cv2.GaussianBlur(np.roll(canvas[:, ::-1], side // 3, axis=0), (0, 0), 1.2).astype(np.float32)
        share = rng.uniform(0.08, 0.2)
        canvas = np.asarray(canvas * (1 - share + share * back / 255), np.uint8)
    if rng.random() < 0.3:  # ink that spread
        canvas = np.asarray(
            cv2.addWeighted(canvas, 0.5, cv2.erode(canvas, np.ones((2, 2), np.uint8)), 0.5, 0), np.uint8
        )
    if rng.random() < 0.5:
        turn = cv2.getRotationMatrix2D((side / 2, side / 2), rng.uniform(-4, 4), 1.05)
        canvas = np.asarray(cv2.warpAffine(canvas, turn, (side, side), borderMode=cv2.BORDER_REPLICATE), np.uint8)
    if rng.random() < PHOTOCOPIED:
        level = cv2.cvtColor(canvas, cv2.COLOR_BGR2GRAY) + rng.uniform(0, 20) * grain(side, rng, 1.5)[..., 0]
        return np.repeat(np.where(level > rng.uniform(120, 190), 255, 0).astype(np.uint8)[..., None], 3, axis=2)
    if rng.random() < 0.6:
        paper = 1 + rng.uniform(0, 0.08) * field(side, rng)[..., None] + rng.uniform(0, 0.02) * grain(side, rng, 2)
        canvas = np.asarray(np.clip(canvas * paper, 0, 255), np.uint8)
    return canvas
