"""Outlines and maps on pictures. Every picture is uint8 RGB (height, width, 3); none is changed in place."""

import math
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from app.vision.arrays import Float64, Mask, UInt8
from app.vision.geometry import Size, resizing
from app.vision.region import Box, map_box
from app.vision.resize import Sample, reduce_to_show

Frame = tuple[int, int, int, int]  # left, top, right, bottom, all inclusive

# A light line on a dark casing is seen on any picture. Yellow, as blue and orange stand for A and B.
LINE, CASING = (255, 230, 70), (20, 20, 20)
# Relative to the shorter side, so that they look alike however far a picture is scaled.
LINE_WIDTH, DIGIT_SIZE = 1 / 400, 1 / 35
MIN_DIGIT_SIZE = 12
SCREEN = 4_000_000  # pixels; more than that a screen cannot show
CANVAS = 2_000_000  # pixels of an illustration


def illustrate(canvas: UInt8, size: Size, boxes: Sequence[Box], numbers: bool = True) -> UInt8:
    """A picture that was reduced from `size`, (width, height), with a line round each box in the pixels of before."""
    reduced = canvas.shape[1], canvas.shape[0]
    return outline(canvas, [map_box(box, resizing(size, reduced), reduced) for box in boxes], numbers)


def outline(image: UInt8, boxes: Sequence[Box], numbers: bool = True) -> UInt8:
    """The picture with a line round each box, numbered from 1 unless the picture is too small to read a number in."""
    canvas = image.copy()
    frames = [_frame(box, canvas) for box in boxes]
    for colour, width in _strokes(canvas):
        for left, top, right, bottom in frames:
            cv2.rectangle(canvas, (left, top), (right, bottom), colour, width)
    size = max(MIN_DIGIT_SIZE, round(DIGIT_SIZE * _shorter_side(canvas)))
    if numbers and _shorter_side(canvas) >= 4 * size:
        taken = np.zeros(canvas.shape[:2], np.bool_)
        for number, frame in enumerate(frames, 1):
            _tag(canvas, taken, str(number), frame, size)
    return canvas


def trace(image: UInt8, mask: Mask) -> UInt8:
    """The picture with the outer contours of a mask, bool (height, width)."""
    canvas = image.copy()
    contours, _ = cv2.findContours(mask.view(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    for colour, width in _strokes(canvas):
        cv2.drawContours(canvas, contours, -1, colour, width)
    return canvas


def polygon(image: UInt8, points: Float64) -> UInt8:
    """The picture with a closed line through points (n, 2), x before y, none of them farther out than its corners."""
    canvas = image.copy()
    edge = _line_width(canvas) // 2
    limits = canvas.shape[1] - 1 - edge, canvas.shape[0] - 1 - edge
    # A line along the border is moved inward, so that its whole width shows.
    inside = np.rint(np.minimum(np.maximum(points, edge), limits)).astype(np.int32)
    for colour, width in _strokes(canvas):
        cv2.polylines(canvas, [inside], True, colour, width, cv2.LINE_AA)
    return canvas


def heat(levels: UInt8) -> UInt8:
    """Levels of shape (height, width) as colours from dark (0) to bright (255).

    Cividis is even to the eye and reads alike with any colour vision. J. R. Nuñez, C. R. Anderton, R. S. Renslow,
    "Optimizing colormaps with consideration for color vision deficiency", PLOS ONE 13(7), 2018.
    """
    colours = cv2.applyColorMap(levels, cv2.COLORMAP_CIVIDIS)
    return np.asarray(cv2.cvtColor(colours, cv2.COLOR_BGR2RGB), np.uint8)


def shrink_to(image: npt.NDArray[Sample], max_pixels: int) -> npt.NDArray[Sample]:
    """The picture scaled down, for the eye, to at most `max_pixels`, or as it is where it has no more.

    Gray or RGB of any type, or uint8 RGBA with straight alpha, of which only what is seen counts.
    """
    whole = image.shape[1], image.shape[0]
    size = fitting(whole, max_pixels)
    if size == whole:
        return image
    if image.shape[2:] == (4,):
        return np.asarray(_reduce_transparent(np.asarray(image, np.uint8), size), image.dtype)
    return reduce_to_show(image, size)


def fitting(size: Size, max_pixels: int) -> Size:
    """The size scaled down to at most `max_pixels`, or as it is where it has no more."""
    width, height = size
    scale = min(1.0, (max_pixels / (width * height)) ** 0.5)
    # A ribbon keeps at least one pixel across, so its length needs a limit of its own.
    return min(max(1, int(width * scale)), max_pixels), min(max(1, int(height * scale)), max_pixels)


def _reduce_transparent(image: UInt8, size: Size) -> UInt8:
    """Means of colours weighted by alpha: else what lies under the fully transparent would fringe the edges.

    That is, reduced while premultiplied: T. Porter, T. Duff, "Compositing digital images", SIGGRAPH 1984.
    """
    alpha = cv2.extractChannel(image, 3)

    def weighted(plane: UInt8) -> npt.NDArray[np.uint16]:
        # A product of two bytes fits 16 bits exactly; floats would take twice the memory, which is that of a plane.
        premultiplied = cv2.multiply(plane, alpha, dtype=cv2.CV_16U)
        return reduce_to_show(np.asarray(premultiplied, np.uint16), size)

    weight = weighted(np.full_like(alpha, 255))
    gain = 255 / np.maximum(weight, np.float32(1))
    colours = [np.rint(weighted(np.asarray(cv2.extractChannel(image, c), np.uint8)) * gain) for c in range(3)]
    return np.dstack([*colours, np.rint(weight / np.float32(255))]).astype(np.uint8)


def _shorter_side(image: UInt8) -> int:
    return int(min(image.shape[:2]))


def _line_width(image: UInt8) -> int:
    return math.ceil(LINE_WIDTH * _shorter_side(image))


def _strokes(image: UInt8) -> list[tuple[tuple[int, int, int], int]]:
    """Colour and thickness of the casing, then of the line upon it."""
    width = _line_width(image)
    return [(CASING, width + 2 * max(1, width // 2)), (LINE, width)]


def _frame(box: Box, image: UInt8) -> Frame:
    """A line round the box, so that it hides none of it; kept inside the picture."""
    height, width = image.shape[:2]
    gap = _line_width(image)
    edge = gap // 2
    return (
        max(box.x - gap, edge),
        max(box.y - gap, edge),
        min(box.x + box.width - 1 + gap, width - 1 - edge),
        min(box.y + box.height - 1 + gap, height - 1 - edge),
    )


def _tag(canvas: UInt8, taken: Mask, text: str, frame: Frame, size: int) -> None:
    """A number on a plate of the line's colour, at a corner of the frame where no other number lies yet."""
    font = cv2.FontFace("sans")
    _, _, text_width, _ = cv2.getTextSize((0, 0), text, (0, 0), font, size, weight=600)
    margin = max(2, size // 5)
    # Digits are three quarters as tall as the font's size.
    digit_height = 3 * size // 4
    width, height = text_width + 2 * margin, digit_height + 2 * margin
    left, top = _place(taken, frame, width, height)
    plate = Box(left, top, width, height).slices
    canvas[plate], taken[plate] = LINE, True
    cv2.putText(canvas, text, (left + margin, top + margin + digit_height), CASING, font, size, weight=600)


def _place(taken: Mask, frame: Frame, width: int, height: int) -> tuple[int, int]:
    """Left and top of a plate: above the frame if there is room, else below it, else within."""
    left, top, right, bottom = frame
    limit_x, limit_y = taken.shape[1] - width, taken.shape[0] - height
    places = [
        (min(max(x, 0), limit_x), y)
        for y in (top - height, bottom, top)
        for x in (left, right - width)
        if 0 <= y <= limit_y
    ]
    free = (place for place in places if not taken[Box(*place, width, height).slices].any())
    return next(free, places[0])
