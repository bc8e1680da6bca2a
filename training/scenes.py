"""What the pictures of a pair show: a piece of a photograph, or a drawing made here. All uint8 BGR (side, side, 3)."""

from pathlib import Path

import cv2
import numpy as np

from app.vision.arrays import UInt8

ENDINGS = {".jpg", ".jpeg", ".png", ".webp"}
# One photograph in so many is never trained on.
HELD_OUT = 10
# Photographs are cut to at least so many pixels and enlarged: large pictures are smooth at the scale of a pixel.
SMALLEST_CUT = 72
DRAWN = 0.14
WORDS = ["Save", "Open", "12:45", "Total", "File", "Edit", "1,024", "Next", "Error", "Price", "OK", "37%", "R12", "GND"]


def photographs(folder: Path) -> tuple[list[Path], list[Path]]:
    """The pictures under a folder, in a fixed order: those to train on, and those held out.

    Raises ValueError where there are fewer than HELD_OUT.
    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS)
    if len(paths) < HELD_OUT:
        raise ValueError(f"{folder} has {len(paths)} photographs; at least {HELD_OUT} are needed, better thousands")
    return [p for i, p in enumerate(paths) if i % HELD_OUT], paths[::HELD_OUT]


def scene(paths: list[Path], side: int, rng: np.random.Generator) -> UInt8:
    """A photograph mostly, else a drawing."""
    if rng.random() < DRAWN:
        return board(side, rng) if rng.random() < 0.35 else screenshot(side, rng)
    return cut(paths, side, rng)


def cut(paths: list[Path], side: int, rng: np.random.Generator) -> UInt8:
    """A square piece of a photograph, scaled and perhaps mirrored; a file that cannot be read gives way to another."""
    for _ in range(20):
        picture = cv2.imread(str(paths[rng.integers(len(paths))]), cv2.IMREAD_COLOR)
        if picture is not None and min(picture.shape[:2]) >= SMALLEST_CUT:
            break
    else:
        raise ValueError("twenty photographs in a row could not be read or are too small")
    height, width = picture.shape[:2]
    extent = int(np.exp(rng.uniform(np.log(SMALLEST_CUT), np.log(min(height, width)))))
    x, y = rng.integers(width - extent + 1), rng.integers(height - extent + 1)
    piece = picture[y : y + extent, x : x + extent]
    if rng.random() < 0.5:
        piece = piece[:, ::-1]
    how = cv2.INTER_AREA if extent > side else (cv2.INTER_LINEAR, cv2.INTER_CUBIC)[rng.integers(2)]
    return np.asarray(cv2.resize(piece, (side, side), interpolation=how), np.uint8)


def colour(rng: np.random.Generator) -> tuple[int, int, int]:
    """Any colour, grays more often than chance would have them."""
    if rng.random() < 0.4:
        return (int(rng.integers(256)),) * 3
    blue, green, red = rng.integers(0, 256, 3).tolist()
    return blue, green, red


def screenshot(side: int, rng: np.random.Generator) -> UInt8:
    """Panels, lines, text, discs and gradients."""
    canvas = np.empty((side, side, 3), np.uint8)
    light = rng.random() < 0.7
    canvas[:] = rng.integers(225, 256) if light else rng.integers(0, 50)
    for _ in range(rng.integers(2, 14)):
        draw_element(canvas, rng)
    return canvas


def draw_element(canvas: UInt8, rng: np.random.Generator) -> None:
    """One thing of a screenshot, anywhere."""
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


def write(canvas: UInt8, rng: np.random.Generator) -> None:
    """Some words, one line or several."""
    side = canvas.shape[0]
    x, y, size, ink = rng.integers(-10, side), rng.integers(8, side), rng.uniform(0.3, 0.9), colour(rng)
    for line in range(rng.integers(1, 5)):
        text = " ".join(rng.choice(WORDS, rng.integers(1, 5)))
        face = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX)[rng.integers(3)]
        cv2.putText(canvas, text, (int(x), int(y + line * 34 * size)), face, size, ink, 1, cv2.LINE_AA)


def board(side: int, rng: np.random.Generator) -> UInt8:
    """Traces and pads of a circuit board, two tones."""
    canvas = np.empty((side, side, 3), np.uint8)
    ground, copper = ((0, 255), (255, 0), (40, 190))[rng.integers(3)]
    canvas[:] = ground
    pitch, thickness = int(rng.integers(14, 34)), int(rng.integers(3, 10))
    for track in range(0, side + pitch, pitch):
        bend, shift = int(rng.integers(0, side)), int(rng.integers(-side // 3, side // 3))
        path = [(track, 0), (track, bend), (track + shift, bend + abs(shift)), (track + shift, 2 * side)]
        cv2.polylines(canvas, [np.array(path, np.int32)], False, (copper,) * 3, thickness)
        if rng.random() < 0.5:
            cv2.circle(canvas, (track, int(rng.integers(side))), thickness + 3, (copper,) * 3, -1)
    return canvas if rng.random() < 0.5 else np.ascontiguousarray(canvas.transpose(1, 0, 2))
