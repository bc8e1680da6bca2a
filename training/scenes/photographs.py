"""Scenes from photographs: one piece, several side by side or on each other, or a gray one on black."""

from pathlib import Path

import cv2
import numpy as np

from app.vision.arrays import Float32, UInt8
from training.textures import field

ENDINGS = {".jpg", ".jpeg", ".png", ".webp"}
# One photograph in so many is never trained on.
HELD_OUT = 10
# Photographs are cut to at least so many pixels and enlarged: large pictures are smooth at the scale of a pixel.
SMALLEST_CUT = 72


def photographs(folder: Path) -> tuple[list[Path], list[Path]]:
    """The pictures under a folder, in a fixed order: those to train on, and those held out.

    Raises ValueError where there are fewer than HELD_OUT.
    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS)
    if len(paths) < HELD_OUT:
        raise ValueError(f"{folder} has {len(paths)} photographs; at least {HELD_OUT} are needed, better thousands")
    return [p for i, p in enumerate(paths) if i % HELD_OUT], paths[::HELD_OUT]


def photograph(paths: list[Path], side: int, rng: np.random.Generator) -> UInt8:
    """One piece of a photograph mostly, else a scene composed of several, or a gray one on black."""
    kind = rng.random()
    if kind < 0.68:
        return cut(paths, side, rng)
    if kind < 0.78:
        return side_by_side(paths, side, rng)
    return crowded(paths, side, rng) if kind < 0.93 else radiograph(paths, side, rng)


def cut(paths: list[Path], side: int, rng: np.random.Generator) -> UInt8:
    """A square piece of a photograph, scaled and perhaps mirrored."""
    picture = _read(paths, rng)
    shortest = min(picture.shape[:2])
    extent = int(np.exp(rng.uniform(np.log(SMALLEST_CUT), np.log(shortest))))
    return _piece(picture, extent, (side, side), rng)


def side_by_side(paths: list[Path], side: int, rng: np.random.Generator) -> UInt8:
    """Two to four photographs that meet at straight edges, sometimes with a gap between them."""
    canvas = np.full((side, side, 3), rng.integers(256), np.uint8)
    middle, gap = int(side * rng.uniform(0.3, 0.7)), int(rng.integers(0, 5))
    for columns in (slice(0, middle - gap), slice(middle, side)):
        across = int(side * rng.uniform(0.3, 0.7)) if rng.random() < 0.5 else side
        for rows in (slice(0, across), slice(across + gap, side)):
            view = canvas[rows, columns]
            if min(view.shape[:2]) > 8:
                view[:] = thumbnail(paths, view.shape[1], view.shape[0], rng)
    return canvas if rng.random() < 0.5 else np.ascontiguousarray(canvas.transpose(1, 0, 2))


def crowded(paths: list[Path], side: int, rng: np.random.Generator) -> UInt8:
    """A photograph on which pieces of others lie, whole or with rounded outlines: many things in one scene."""
    canvas = cut(paths, side, rng)
    picture = _read(paths, rng)
    for _ in range(rng.integers(3, 9)):
        width, height = rng.integers(side // 10, side // 3, 2).tolist()
        x, y = int(rng.integers(side - width)), int(rng.integers(side - height))
        piece = _piece(picture, int(rng.integers(40, 73)), (width, height), rng)
        view = canvas[y : y + height, x : x + width]
        view[:] = view + (piece - view.astype(np.float32)) * _outline(width, height, rng)[..., None]
        if rng.random() < 0.4:
            picture = _read(paths, rng)
    return canvas


def radiograph(paths: list[Path], side: int, rng: np.random.Generator) -> UInt8:
    """Gray tones that fade to black around the middle, as in radiographs, scans of tissue and microscopy."""
    level = cv2.cvtColor(cut(paths, side, rng), cv2.COLOR_BGR2GRAY).astype(np.float32)
    if rng.random() < 0.5:
        level = 255 - level
    soft = np.asarray(cv2.GaussianBlur(level, (0, 0), rng.uniform(0.6, 1.8)), np.float32)
    ys, xs = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    distance = np.hypot(xs / rng.uniform(0.7, 1.3), ys / rng.uniform(0.7, 1.3)) + 0.2 * field(side, rng)
    body = np.clip((rng.uniform(0.75, 1.1) - distance) * rng.uniform(3, 20), 0, 1)
    toned = (soft / 255) ** rng.uniform(0.8, 1.8) * rng.uniform(150, 250) * body + rng.uniform(0, 12)
    return np.repeat(np.asarray(np.clip(toned, 0, 255), np.uint8)[..., None], 3, axis=2)


def thumbnail(paths: list[Path], width: int, height: int, rng: np.random.Generator) -> UInt8:
    """A piece of a photograph for a place of that size: uint8 BGR (height, width, 3)."""
    picture = _read(paths, rng)
    extent = int(rng.integers(SMALLEST_CUT, min(picture.shape[:2]) + 1))
    return _piece(picture, extent, (width, height), rng)


def _read(paths: list[Path], rng: np.random.Generator) -> UInt8:
    """Any photograph; a file that cannot be read gives way to another."""
    for _ in range(20):
        picture = cv2.imread(str(paths[rng.integers(len(paths))]), cv2.IMREAD_COLOR)
        if picture is not None and min(picture.shape[:2]) >= SMALLEST_CUT:
            return np.asarray(picture, np.uint8)
    raise ValueError("twenty photographs in a row could not be read or are too small")


def _piece(picture: UInt8, extent: int, size: tuple[int, int], rng: np.random.Generator) -> UInt8:
    """A square of `extent` pixels from anywhere, resized to (width, height)."""
    height, width = picture.shape[:2]
    x, y = rng.integers(width - extent + 1), rng.integers(height - extent + 1)
    piece = picture[y : y + extent, x : x + extent]
    if rng.random() < 0.5:
        piece = piece[:, ::-1]
    method = cv2.INTER_AREA if extent > max(size) else (cv2.INTER_LINEAR, cv2.INTER_CUBIC)[rng.integers(2)]
    return np.asarray(cv2.resize(piece, size, interpolation=method), np.uint8)


def _outline(width: int, height: int, rng: np.random.Generator) -> Float32:
    """1 inside a rectangle, an ellipse or a blob, with a soft edge: float32 (height, width)."""
    kind = rng.integers(3)
    if kind == 0:
        return np.ones((height, width), np.float32)
    ys, xs = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    radius = np.hypot(xs, ys)
    if kind == 1:
        radius = radius + 0.15 * np.sin(np.arctan2(ys, xs) * rng.integers(2, 6) + rng.uniform(0, 6))
    return np.asarray(np.clip((0.85 - radius) * min(width, height) / 2, 0, 1), np.float32)
