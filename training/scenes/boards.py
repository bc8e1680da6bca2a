"""Circuit boards: copper in two tones, assembled boards in colour, and radiographs of them."""

from pathlib import Path

import cv2
import numpy as np

from app.vision.arrays import UInt8
from training.scenes.colours import Colour, gray, shifted
from training.scenes.text import put
from training.textures import field, grain

# Solder masks, as BGR: green, blue, black, red, white.
MASKS: list[Colour] = [(50, 105, 25), (40, 80, 10), (120, 60, 20), (35, 32, 30), (40, 30, 130), (215, 220, 220)]


def board(side: int, _paths: list[Path], rng: np.random.Generator) -> UInt8:
    """Copper alone in a third of the cases, an assembled board in half, a radiograph in the rest."""
    kind = rng.random()
    if kind < 0.33:
        return copper(side, rng)
    assembled_board = assembled(side, rng)
    return assembled_board if kind < 0.85 else radiograph(assembled_board, rng)


def copper(side: int, rng: np.random.Generator) -> UInt8:
    """Traces and pads in two tones."""
    canvas = np.empty((side, side, 3), np.uint8)
    ground, tone = ((0, 255), (255, 0), (40, 190))[rng.integers(3)]
    canvas[:] = ground
    _traces(canvas, gray(tone), int(rng.integers(3, 10)), rng)
    return canvas if rng.random() < 0.5 else np.ascontiguousarray(canvas.transpose(1, 0, 2))


def _traces(canvas: UInt8, tone: Colour, thickness: int, rng: np.random.Generator) -> None:
    """Parallel traces, each with a bend of 45 degrees, half of them with a pad."""
    side, pitch = canvas.shape[0], int(rng.integers(14, 34))
    for track in range(0, side + pitch, pitch):
        bend, shift = int(rng.integers(0, side)), int(rng.integers(-side // 3, side // 3))
        path = [(track, 0), (track, bend), (track + shift, bend + abs(shift)), (track + shift, 2 * side)]
        cv2.polylines(canvas, [np.array(path, np.int32)], False, tone, thickness)
        if rng.random() < 0.5:
            cv2.circle(canvas, (track, int(rng.integers(side))), thickness + 3, tone, -1)


def assembled(side: int, rng: np.random.Generator) -> UInt8:
    """Solder mask over traces, vias, pads with solder, chips, resistors and silk screen."""
    base = MASKS[rng.integers(len(MASKS))]
    canvas = np.empty((side, side, 3), np.uint8)
    canvas[:] = base
    for _ in range(rng.integers(1, 3)):
        lighter = np.clip(np.array(base) * rng.uniform(1.15, 1.5) + 6, 0, 255).astype(int).tolist()
        _traces(canvas, tuple(lighter), int(rng.integers(2, 6)), rng)
        canvas = np.ascontiguousarray(canvas.transpose(1, 0, 2))
    metal = shifted((185, 190, 195) if rng.random() < 0.6 else (90, 180, 220), 15, rng)
    for x, y in rng.integers(0, side, (int(rng.integers(6, 30)), 2)).tolist():
        via(canvas, (x, y), metal, rng)
    silk = gray(int(rng.integers(205, 256))) if sum(base) < 500 else gray(30)
    for _ in range(rng.integers(6, 26)):
        PARTS[rng.integers(len(PARTS))](canvas, metal, silk, rng)
    light = 1 + rng.uniform(0, 0.15) * field(side, rng)[..., None] + rng.uniform(0, 0.04) * grain(side, rng, 1.4)
    return np.asarray(np.clip(canvas * light, 0, 255), np.uint8)


def via(canvas: UInt8, at: tuple[int, int], metal: Colour, rng: np.random.Generator) -> None:
    """A ring of metal around a dark hole."""
    radius = int(rng.integers(2, 5))
    cv2.circle(canvas, at, radius, metal, -1, cv2.LINE_AA)
    cv2.circle(canvas, at, max(1, radius // 2), gray(20), -1, cv2.LINE_AA)


def solder(canvas: UInt8, box: tuple[int, int, int, int], metal: Colour, rng: np.random.Generator) -> None:
    """A pad (left, top, width, height) with solder that has a bright glint and a darker edge."""
    x, y, width, height = box
    cv2.rectangle(canvas, (x, y), (x + width, y + height), metal, -1)
    middle = x + width // 2, y + height // 2
    shade = tuple(int(level * 0.7) for level in metal)
    axes = max(1, width // 2 - 1), max(1, height // 2 - 1)
    cv2.ellipse(canvas, middle, axes, 0, 0, 360, shade, -1, cv2.LINE_AA)
    glint = middle[0] + int(rng.integers(-1, 2)), middle[1] + int(rng.integers(-1, 2))
    cv2.circle(canvas, glint, max(1, min(width, height) // 4), gray(250), -1, cv2.LINE_AA)


def chip(canvas: UInt8, metal: Colour, silk: Colour, rng: np.random.Generator) -> None:
    """A black body with pins at two sides, a dot, and a label."""
    side = canvas.shape[0]
    x, y = rng.integers(-10, side - 10, 2).tolist()
    width, pins, pitch = int(rng.integers(18, 50)), int(rng.integers(2, 9)), int(rng.integers(5, 9))
    height = pins * pitch + 4
    for pin in range(pins):
        at = y + 3 + pin * pitch
        solder(canvas, (x - 6, at, 6, max(2, pitch - 4)), metal, rng)
        solder(canvas, (x + width, at, 6, max(2, pitch - 4)), metal, rng)
    cv2.rectangle(canvas, (x, y), (x + width, y + height), gray(int(rng.integers(20, 60))), -1)
    cv2.circle(canvas, (x + 5, y + 5), 2, gray(120), -1, cv2.LINE_AA)
    put(canvas, f"{chr(65 + int(rng.integers(26)))}{rng.integers(10, 9999)}", (x + 4, y + height // 2), 6, gray(170), 0)
    put(canvas, f"U{rng.integers(1, 40)}", (x, y - 4), 7, silk, 0)


def passive(canvas: UInt8, metal: Colour, silk: Colour, rng: np.random.Generator) -> None:
    """A resistor or a capacitor with its two pads and label, lying or standing."""
    x, y = rng.integers(0, canvas.shape[0] - 8, 2).tolist()
    long, wide = int(rng.integers(8, 22)), int(rng.integers(5, 11))
    body = gray(int(rng.integers(20, 60))) if rng.random() < 0.5 else shifted((90, 140, 180), 25, rng)
    lying = rng.random() < 0.5
    width, height = (long, wide) if lying else (wide, long)
    cv2.rectangle(canvas, (x, y), (x + width, y + height), body, -1)
    end = max(3, long // 4)
    first = (x - 1, y, end, wide) if lying else (x, y - 1, wide, end)
    last = (x + long - end, y, end, wide) if lying else (x, y + long - end, wide, end)
    solder(canvas, first, metal, rng)
    solder(canvas, last, metal, rng)
    put(canvas, f"{'RC'[rng.integers(2)]}{rng.integers(1, 99)}", (x, y - 4), 6, silk, 0)


def row_of_pads(canvas: UInt8, metal: Colour, silk: Colour, rng: np.random.Generator) -> None:
    """A connector: round joints in a row inside a printed frame."""
    x, y = rng.integers(4, canvas.shape[0] - 8, 2).tolist()
    count, pitch = int(rng.integers(2, 9)), int(rng.integers(9, 15))
    cv2.rectangle(canvas, (x - pitch, y - pitch), (x + count * pitch, y + pitch), silk, 1)
    for i in range(count):
        radius = pitch // 3
        solder(canvas, (x + i * pitch - radius, y - radius, 2 * radius, 2 * radius), metal, rng)


def silk_text(canvas: UInt8, _metal: Colour, silk: Colour, rng: np.random.Generator) -> None:
    """A printed label, sometimes underlined."""
    x, y = rng.integers(0, canvas.shape[0], 2).tolist()
    put(canvas, f"{'JTPVQ'[rng.integers(5)]}{rng.integers(1, 400)}", (x, y), float(rng.uniform(6, 12)), silk, 0)
    if rng.random() < 0.3:
        cv2.line(canvas, (x, y + 4), (x + 30, y + 4), silk, 1)


def radiograph(assembled_board: UInt8, rng: np.random.Generator) -> UInt8:
    """The board in soft grays, metal dark."""
    level = 255 - cv2.cvtColor(assembled_board, cv2.COLOR_BGR2GRAY).astype(np.float32)
    soft = cv2.GaussianBlur(level, (0, 0), rng.uniform(0.5, 1.3)) * rng.uniform(0.6, 0.95)
    noisy = soft + rng.uniform(0, 5) * grain(len(soft), rng)[..., 0]
    return np.repeat(np.clip(noisy, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


PARTS = [chip, passive, passive, passive, row_of_pads, silk_text]
