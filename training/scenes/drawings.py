"""Line drawings: floor plans, schematics, parts with hatching and dimensions, and freehand sketches."""

from pathlib import Path

import cv2
import numpy as np

from app.vision.arrays import UInt8
from training.scenes.colours import Colour, dark, gray, light, shifted
from training.scenes.text import face, put, word
from training.textures import field

Point = tuple[int, int]


def drawing(side: int, _paths: list[Path], rng: np.random.Generator) -> UInt8:
    """A drawing in dark lines on paper, or in light lines on blue or black."""
    canvas = np.empty((side, side, 3), np.uint8)
    inverted = rng.random() < 0.2
    canvas[:] = shifted((110, 60, 20), 30, rng) if inverted else light(rng)
    ink = gray(int(rng.integers(190, 256))) if inverted else dark(rng)
    DRAWINGS[rng.integers(len(DRAWINGS))](canvas, ink, rng)
    return canvas


def floor_plan(canvas: UInt8, ink: Colour, rng: np.random.Generator) -> None:
    """Rooms with thick walls, doors with their arcs, windows, names and dimensions."""
    side = canvas.shape[0]
    margin = int(rng.integers(0, side // 6))
    wall = int(rng.integers(2, 6))
    _rooms(canvas, (margin, margin, side - margin, side - margin), (ink, wall), rng)
    cv2.rectangle(canvas, (margin, margin), (side - margin, side - margin), ink, wall)
    if margin > 14:
        dimension(canvas, (margin, margin - 8), (side - margin, margin - 8), ink, rng)


def _rooms(canvas: UInt8, box: tuple[int, int, int, int], pen: tuple[Colour, int], rng: np.random.Generator) -> None:
    """Divide the box by a wall with a door until the rooms are small."""
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    if max(width, height) < 50 or (max(width, height) < 110 and rng.random() < 0.3):
        _furnish(canvas, box, pen[0], rng)
        return
    if width > height:
        x = left + int(width * rng.uniform(0.35, 0.65))
        cv2.line(canvas, (x, top), (x, bottom), *pen)
        _door(canvas, (x, top + int(height * rng.uniform(0.1, 0.6))), False, pen, rng)
        halves = (left, top, x, bottom), (x, top, right, bottom)
    else:
        y = top + int(height * rng.uniform(0.35, 0.65))
        cv2.line(canvas, (left, y), (right, y), *pen)
        _door(canvas, (left + int(width * rng.uniform(0.1, 0.6)), y), True, pen, rng)
        halves = (left, top, right, y), (left, y, right, bottom)
    for half in halves:
        _rooms(canvas, half, pen, rng)


def _door(canvas: UInt8, at: Point, along_x: bool, pen: tuple[Colour, int], rng: np.random.Generator) -> None:
    """An opening in the wall, a thin leaf and its arc."""
    ink, wall = pen
    width = int(rng.integers(9, 18))
    end = (at[0] + width, at[1]) if along_x else (at[0], at[1] + width)
    cv2.line(canvas, at, end, canvas[0, 0].tolist(), wall + 1)
    start = 0 if along_x else 90
    cv2.ellipse(canvas, at, (width, width), 0, start, start + 90 * (-1) ** int(rng.integers(2)), ink, 1, cv2.LINE_AA)
    leaf = (at[0], at[1] + width) if along_x else (at[0] + width, at[1])
    cv2.line(canvas, at, leaf, ink, 1, cv2.LINE_AA)


def _furnish(canvas: UInt8, box: tuple[int, int, int, int], ink: Colour, rng: np.random.Generator) -> None:
    left, top, right, bottom = box
    if rng.random() < 0.6:
        put(canvas, word(rng), (left + 8, (top + bottom) // 2), 6, ink, face(rng))
    if rng.random() < 0.6 and min(right - left, bottom - top) > 24:
        x, y = int(rng.integers(left + 6, right - 16)), int(rng.integers(top + 6, bottom - 16))
        cv2.rectangle(canvas, (x, y), (x + int(rng.integers(5, 12)), y + int(rng.integers(5, 12))), ink, 1)
    if rng.random() < 0.15:
        hatch(canvas, (left + 3, top + 3, right - 3, bottom - 3), ink, rng)


def hatch(canvas: UInt8, box: tuple[int, int, int, int], ink: Colour, rng: np.random.Generator) -> None:
    """Thin parallel lines across the box."""
    left, top, right, bottom = box
    view = canvas[max(0, top) : bottom, max(0, left) : right]
    if not view.size:
        return
    pitch, height = int(rng.integers(4, 10)), view.shape[0]
    for x in range(-height, view.shape[1], pitch):
        cv2.line(view, (x, height), (x + height, 0), ink, 1, cv2.LINE_AA)


def dimension(canvas: UInt8, start: Point, end: Point, ink: Colour, rng: np.random.Generator) -> None:
    """A thin line with arrows at both ends and a number."""
    cv2.arrowedLine(canvas, start, end, ink, 1, cv2.LINE_AA, tipLength=0.05)
    cv2.arrowedLine(canvas, end, start, ink, 1, cv2.LINE_AA, tipLength=0.05)
    middle = (start[0] + end[0]) // 2 + 2, (start[1] + end[1]) // 2 - 2
    put(canvas, str(rng.integers(10, 5000)), middle, 6, ink, face(rng))


def schematic(canvas: UInt8, ink: Colour, rng: np.random.Generator) -> None:
    """Components on a grid, wires at right angles, dots where they meet, and labels."""
    side, pitch = canvas.shape[0], int(rng.integers(28, 56))
    for y in range(pitch // 2, side, pitch):
        for x in range(pitch // 2, side, pitch):
            if rng.random() < 0.75:
                _component(canvas, (x, y), pitch, ink, rng)
            if rng.random() < 0.5:
                cv2.line(canvas, (x, y), (x, y + pitch), ink, 1)
                cv2.circle(canvas, (x, y), 2, ink, -1)


def _component(canvas: UInt8, at: Point, pitch: int, ink: Colour, rng: np.random.Generator) -> None:
    """A resistor, a capacitor, a chip, a diode or a source between two wires from `at` to the right."""
    x, y, kind = at[0], at[1], rng.integers(6)
    near, far, half = x + pitch // 4, x + 3 * pitch // 4, pitch // 8
    if kind < 5:
        cv2.line(canvas, (x, y), (near, y), ink, 1)
        cv2.line(canvas, (far, y), (x + pitch, y), ink, 1)
    if kind == 0:
        zigzag = [(near + i * (far - near) // 8, y + (half if i % 2 else -half) * (0 < i < 8)) for i in range(9)]
        cv2.polylines(canvas, [np.array(zigzag, np.int32)], False, ink, 1, cv2.LINE_AA)
    elif kind == 1:
        cv2.rectangle(canvas, (near, y - half), (far, y + half), ink, 1)
    elif kind == 2:
        for at_x in (x + pitch // 2 - 2, x + pitch // 2 + 2):
            cv2.line(canvas, (at_x, y - half - 2), (at_x, y + half + 2), ink, 2)
    elif kind == 3:
        cv2.fillPoly(canvas, [np.array([(near, y - half), (near, y + half), (far, y)], np.int32)], ink, cv2.LINE_AA)
    elif kind == 4:
        cv2.circle(canvas, (x + pitch // 2, y), pitch // 4, ink, 1, cv2.LINE_AA)
    else:
        cv2.line(canvas, (x, y), (x + pitch, y), ink, 1)
    if kind < 5 and rng.random() < 0.7:
        put(canvas, f"{'RCLDU'[rng.integers(5)]}{rng.integers(1, 99)}", (near, y - half - 3), 5.5, ink, 0)


def part(canvas: UInt8, ink: Colour, rng: np.random.Generator) -> None:
    """Outlines of a machined part: plates, holes with centre lines, hatched sections and dimensions."""
    side = canvas.shape[0]
    for _ in range(rng.integers(2, 6)):
        x, y = rng.integers(0, side - 30, 2).tolist()
        width, height = rng.integers(25, side // 2, 2).tolist()
        cv2.rectangle(canvas, (x, y), (x + width, y + height), ink, int(rng.integers(1, 3)))
        if rng.random() < 0.4:
            hatch(canvas, (x, y, x + width, y + height // 2), ink, rng)
        dimension(canvas, (x, y + height + 8), (x + width, y + height + 8), ink, rng)
        middle, radius = (x + width // 2, y + height // 2), int(rng.integers(4, 24))
        cv2.circle(canvas, middle, radius, ink, int(rng.integers(1, 3)), cv2.LINE_AA)
        reach = radius + 6
        cv2.line(canvas, (middle[0] - reach, middle[1]), (middle[0] + reach, middle[1]), ink, 1)
        cv2.line(canvas, (middle[0], middle[1] - reach), (middle[0], middle[1] + reach), ink, 1)


def sketch(canvas: UInt8, ink: Colour, rng: np.random.Generator) -> None:
    """Smooth closed outlines inside each other, with shading strokes."""
    side = canvas.shape[0]
    turn = np.linspace(0, 2 * np.pi, 80)
    for _ in range(rng.integers(3, 10)):
        radius = rng.uniform(0.05, 0.4) * side
        wave = 1 + sum(rng.uniform(0, 0.3) * np.sin(k * turn + rng.uniform(0, 6)) for k in (1, 2, 3))
        points = rng.uniform(0, side, 2) + np.column_stack([np.cos(turn), np.sin(turn)]) * (radius * wave)[:, None]
        cv2.polylines(canvas, [points.astype(np.int32)], False, ink, int(rng.integers(1, 4)), cv2.LINE_AA)
    shade = field(side, rng)
    for y, x in rng.integers(0, side, (60, 2)).tolist():
        if shade[y, x] > 0.2:
            cv2.line(canvas, (x, y), (x + 12, y - 9), ink, 1, cv2.LINE_AA)


DRAWINGS = [floor_plan, schematic, part, sketch]
