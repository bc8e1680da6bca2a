"""Pages of programs and web sites: panels, cards, buttons, tables, pictures and text, on light or dark."""

from pathlib import Path

import cv2
import numpy as np

from app.vision.arrays import UInt8
from training.scenes.colours import Colour, bright, colour, gray, light, shifted
from training.scenes.photographs import thumbnail
from training.scenes.text import face, paragraph, put, words, write


def page(side: int, paths: list[Path], rng: np.random.Generator) -> UInt8:
    """A laid-out page in two thirds of the cases, else elements anywhere."""
    return laid_out(side, paths, rng) if rng.random() < 0.67 else screenshot(side, rng)


def screenshot(side: int, rng: np.random.Generator) -> UInt8:
    """Panels, lines, text, discs and gradients, anywhere."""
    canvas = np.empty((side, side, 3), np.uint8)
    canvas[:] = rng.integers(225, 256) if rng.random() < 0.7 else rng.integers(0, 50)
    for _ in range(rng.integers(2, 14)):
        draw_element(canvas, rng)
    return canvas


def draw_element(canvas: UInt8, rng: np.random.Generator) -> None:
    """One element of a screenshot, anywhere."""
    side = canvas.shape[0]
    x, y, width = rng.integers((0, 0, 6), side).tolist()
    height = int(rng.integers(4, side // 2))
    kind = rng.integers(6)
    if kind == 0:
        cv2.rectangle(canvas, (x, y), (x + width, y + height), colour(rng), -1 if rng.random() < 0.6 else 1)
    elif kind == 1:
        end = (x + width, y) if rng.random() < 0.7 else (x + width, y + height)
        cv2.line(canvas, (x, y), end, colour(rng), int(rng.integers(1, 3)), cv2.LINE_AA)
    elif kind == 2:
        cv2.circle(canvas, (x, y), int(rng.integers(3, 20)), colour(rng), -1 if rng.random() < 0.6 else 1, cv2.LINE_AA)
    elif kind == 3:
        ramp = np.linspace(0, 1, min(width, side - x))[None, :, None]
        canvas[y : y + height, x : x + width] = ramp * colour(rng) + (1 - ramp) * colour(rng)
    else:
        write(canvas, rng)


def laid_out(side: int, paths: list[Path], rng: np.random.Generator) -> UInt8:
    """A bar above, perhaps a menu at the left, and blocks below each other in one to three columns."""
    dark_mode = rng.random() < 0.35
    ground = shifted(gray(int(rng.integers(10, 50))), 6, rng) if dark_mode else light(rng)
    ink = gray(int(rng.integers(190, 256) if dark_mode else rng.integers(0, 80)))
    canvas = np.empty((side, side, 3), np.uint8)
    canvas[:] = ground
    accent, left, top = bright(rng), 0, 0
    if rng.random() < 0.6:
        top = int(rng.integers(14, 34))
        cv2.rectangle(canvas, (0, 0), (side, top), accent if rng.random() < 0.5 else shifted(ground, 25, rng), -1)
        put(canvas, words(3, rng), (6, top - top // 3), top / 3, ink, face(rng))
    if rng.random() < 0.4:
        left = int(rng.integers(30, max(31, side // 3)))
        cv2.rectangle(canvas, (0, top), (left, side), shifted(ground, 20, rng), -1)
        menu(canvas[top:, :left], ink, rng)
    columns = int(rng.integers(1, 4))
    width = (side - left) // columns
    for column in range(columns):
        x = left + column * width
        fill_column(canvas[top:, x : x + width], paths, (ground, ink, accent), rng)
    return canvas


def menu(view: UInt8, ink: Colour, rng: np.random.Generator) -> None:
    """Entries below each other, each with a small icon."""
    pitch = int(rng.integers(12, 26))
    for y in range(pitch, view.shape[0], pitch):
        cv2.circle(view, (8, y - 3), 3, ink if rng.random() < 0.7 else bright(rng), -1, cv2.LINE_AA)
        put(view, words(1, rng), (15, y), pitch * 0.4, ink, 0)


def fill_column(view: UInt8, paths: list[Path], tones: tuple[Colour, Colour, Colour], rng: np.random.Generator) -> None:
    """Blocks below each other until the column is full."""
    y = int(rng.integers(2, 10))
    while y < view.shape[0] - 12:
        height = int(rng.integers(18, 90))
        block = view[y : y + height, 4:-4]
        if block.shape[0] >= 10 and block.shape[1] >= 16:
            BLOCKS[rng.integers(len(BLOCKS))](block, paths, tones, rng)
        y += height + int(rng.integers(3, 12))


def text_block(view: UInt8, _p: list[Path], tones: tuple[Colour, Colour, Colour], rng: np.random.Generator) -> None:
    """A heading and some lines."""
    height = float(rng.uniform(5, 11))
    lines = max(1, int(view.shape[0] / (height * 1.7 + 1)) - 1)
    put(view, words(2, rng), (0, int(height * 1.5)), height * 1.3, tones[rng.integers(1, 3)], face(rng))
    paragraph(view, (0, int(height * 1.5), lines), height, tones[1], rng)


def card(view: UInt8, paths: list[Path], tones: tuple[Colour, Colour, Colour], rng: np.random.Generator) -> None:
    """A frame with a picture at the left, a title, a line and a button."""
    height, width = view.shape[:2]
    cv2.rectangle(view, (0, 0), (width - 1, height - 1), shifted(tones[0], 30, rng), -1 if rng.random() < 0.5 else 1)
    if min(height, width) > 40:
        extent = min(height - 8, width // 3)
        view[4 : 4 + extent, 4 : 4 + extent] = thumbnail(paths, extent, extent, rng)
    put(view, words(2, rng), (width // 3 + 8, height // 3), max(5.0, height / 7), tones[1], face(rng))
    button(view[height // 2 : height - 4, width // 2 : width - 6], paths, tones, rng)


def button(view: UInt8, _p: list[Path], tones: tuple[Colour, Colour, Colour], rng: np.random.Generator) -> None:
    """A filled rectangle with one word in it."""
    height, width = min(view.shape[0], 22), min(view.shape[1], 70)
    if min(height, width) < 8:
        return
    tone = tones[2] if rng.random() < 0.6 else colour(rng)
    cv2.rectangle(view, (0, 0), (width - 1, height - 1), tone, -1)
    ink = gray(255) if sum(tone) < 400 else gray(20)
    put(view, words(1, rng), (width // 6, height * 2 // 3), height * 0.4, ink, face(rng))


def table(view: UInt8, _p: list[Path], tones: tuple[Colour, Colour, Colour], rng: np.random.Generator) -> None:
    """Rows of cells with a word each, a tinted row of headings, and lines between."""
    height, width = view.shape[:2]
    pitch, columns = int(rng.integers(11, 20)), int(rng.integers(2, 6))
    cv2.rectangle(view, (0, 0), (width, pitch), shifted(tones[0], 40, rng), -1)
    step = max(1, width // columns)
    for y in range(pitch, height + 1, pitch):
        cv2.line(view, (0, y), (width, y), shifted(tones[0], 60, rng), 1)
        for x in range(0, width, step):
            put(view, words(1, rng), (x + 2, y - 3), pitch * 0.42, tones[1], 0)


def picture(view: UInt8, paths: list[Path], _tones: tuple[Colour, Colour, Colour], rng: np.random.Generator) -> None:
    """A photograph that fills the block."""
    view[:] = thumbnail(paths, view.shape[1], view.shape[0], rng)


BLOCKS = [text_block, text_block, card, button, table, picture]
