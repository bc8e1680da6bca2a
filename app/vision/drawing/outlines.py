"""Outlines and maps on pictures. Every picture is uint8 RGB (height, width, 3); none is changed in place."""

import math
from collections.abc import Sequence

import cv2
import numpy as np

from app.vision.arrays import Float64, Mask, UInt8
from app.vision.geometry import Size, resize_matrix
from app.vision.region import Box, map_box

Frame = tuple[int, int, int, int]  # left, top, right, bottom, all inclusive

# A light line on a dark casing is visible on any picture. Yellow, since blue and orange denote A and B.
LINE, CASING = (255, 230, 70), (20, 20, 20)
# Relative to the shorter side, so that they look the same at every scale of a picture.
LINE_WIDTH, DIGIT_SIZE = 1 / 400, 1 / 35
MIN_DIGIT_SIZE = 12


def illustrate(canvas: UInt8, size: Size, boxes: Sequence[Box], numbers: bool = True) -> UInt8:
    """A picture that was reduced from `size`, (width, height), with outlines of boxes in that original size."""
    reduced = canvas.shape[1], canvas.shape[0]
    return outline(canvas, [map_box(box, resize_matrix(size, reduced), reduced) for box in boxes], numbers)


def outline(image: UInt8, boxes: Sequence[Box], numbers: bool = True) -> UInt8:
    """The picture with outlined boxes, numbered from 1 unless the picture is too small for readable numbers."""
    canvas = image.copy()
    frames = [_frame(box, canvas) for box in boxes]
    for colour, width in _strokes(canvas):
        for left, top, right, bottom in frames:
            cv2.rectangle(canvas, (left, top), (right, bottom), colour, width)
    size = max(MIN_DIGIT_SIZE, round(DIGIT_SIZE * _shorter_side(canvas)))
    if numbers and _shorter_side(canvas) >= 4 * size:
        taken = np.zeros(canvas.shape[:2], np.bool_)
        for number, frame in enumerate(frames, 1):
            _label(canvas, taken, str(number), frame, size)
    return canvas


def trace(image: UInt8, mask: Mask) -> UInt8:
    """The picture with the outer contours of a mask, bool (height, width)."""
    canvas = image.copy()
    contours, _ = cv2.findContours(mask.view(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    for colour, width in _strokes(canvas):
        cv2.drawContours(canvas, contours, -1, colour, width)
    return canvas


def polygon(image: UInt8, points: Float64) -> UInt8:
    """The picture with a closed polyline through points, float64 (n, 2), x before y, all of them inside the picture."""
    canvas = image.copy()
    edge = _line_width(canvas) // 2
    limits = canvas.shape[1] - 1 - edge, canvas.shape[0] - 1 - edge
    # A line along the border is moved inward, so that its full width is visible.
    inside = np.rint(np.minimum(np.maximum(points, edge), limits)).astype(np.int32)
    for colour, width in _strokes(canvas):
        cv2.polylines(canvas, [inside], True, colour, width, cv2.LINE_AA)
    return canvas


def heat(levels: UInt8) -> UInt8:
    """Levels of shape (height, width) as colours from dark (0) to bright (255).

    Cividis is perceptually uniform for every kind of colour vision. J. R. Nuñez, C. R. Anderton, R. S. Renslow,
    "Optimizing colormaps with consideration for color vision deficiency", PLOS ONE 13(7), 2018.
    """
    colours = cv2.applyColorMap(levels, cv2.COLORMAP_CIVIDIS)
    return np.asarray(cv2.cvtColor(colours, cv2.COLOR_BGR2RGB), np.uint8)


def _shorter_side(image: UInt8) -> int:
    return int(min(image.shape[:2]))


def _line_width(image: UInt8) -> int:
    return math.ceil(LINE_WIDTH * _shorter_side(image))


def _strokes(image: UInt8) -> list[tuple[tuple[int, int, int], int]]:
    """Colour and thickness of the casing, then of the line on top of it."""
    width = _line_width(image)
    return [(CASING, width + 2 * max(1, width // 2)), (LINE, width)]


def _frame(box: Box, image: UInt8) -> Frame:
    """The outline of a box, outside it so that it hides no pixel of the box; clipped to the picture."""
    height, width = image.shape[:2]
    gap = _line_width(image)
    edge = gap // 2
    return (
        max(box.x - gap, edge),
        max(box.y - gap, edge),
        min(box.x + box.width - 1 + gap, width - 1 - edge),
        min(box.y + box.height - 1 + gap, height - 1 - edge),
    )


def _label(canvas: UInt8, taken: Mask, text: str, frame: Frame, size: int) -> None:
    """Draw a number on a background of the line's colour, at a corner of the frame that no other label covers."""
    font = cv2.FontFace("sans")
    _, _, text_width, _ = cv2.getTextSize((0, 0), text, (0, 0), font, size, weight=600)
    margin = max(2, size // 5)
    # Digits are three quarters as tall as the font's size.
    digit_height = 3 * size // 4
    width, height = text_width + 2 * margin, digit_height + 2 * margin
    left, top = _label_position(taken, frame, width, height)
    background = Box(left, top, width, height).slices
    canvas[background], taken[background] = LINE, True
    cv2.putText(canvas, text, (left + margin, top + margin + digit_height), CASING, font, size, weight=600)


def _label_position(taken: Mask, frame: Frame, width: int, height: int) -> tuple[int, int]:
    """Left and top of a label: above the frame if it fits, else below it, else inside."""
    left, top, right, bottom = frame
    limit_x, limit_y = taken.shape[1] - width, taken.shape[0] - height
    positions = [
        (min(max(x, 0), limit_x), y)
        for y in (top - height, bottom, top)
        for x in (left, right - width)
        if 0 <= y <= limit_y
    ]
    free = (position for position in positions if not taken[Box(*position, width, height).slices].any())
    return next(free, positions[0])
