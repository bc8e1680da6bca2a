"""Text on a canvas: made-up words and numbers, in the stroke fonts of OpenCV and the outline font of Pillow."""

from functools import cache

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from app.vision.arrays import UInt8
from training.scenes.colours import Colour, colour

WORDS = [
    "Save", "Open", "12:45", "Total", "File", "Edit", "1,024", "Next", "Error", "Price", "OK", "37%", "R12", "GND",
    "the", "of", "and", "Street", "Room", "C3", "10k", "Figure", "2026", "North", "No.", "kg", "A4", "Date", "Name",
]  # fmt: skip
SYLLABLES = ["an", "be", "con", "de", "el", "for", "ga", "hi", "in", "ko", "la", "men", "no", "or", "pre", "ri", "st"]
STROKE_FONTS = [
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_COMPLEX_SMALL,
    cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
]
OUTLINE_FONT = len(STROKE_FONTS)
# Hershey letters of scale 1 are about so many pixels high.
STROKE_HEIGHT = 22


def word(rng: np.random.Generator) -> str:
    """A word of a page, a made-up one, or a number."""
    kind = rng.random()
    if kind < 0.4:
        return WORDS[rng.integers(len(WORDS))]
    if kind < 0.8:
        made_up = "".join(SYLLABLES[i] for i in rng.integers(0, len(SYLLABLES), rng.integers(1, 4)))
        return made_up.capitalize() if rng.random() < 0.2 else made_up
    return str(rng.integers(10 ** rng.integers(1, 5)))


def words(count: int, rng: np.random.Generator) -> str:
    """So many words, with spaces between."""
    return " ".join(word(rng) for _ in range(count))


def face(rng: np.random.Generator) -> int:
    """A font: the outline font in half of the cases."""
    return OUTLINE_FONT if rng.random() < 0.5 else int(rng.integers(len(STROKE_FONTS)))


def put(canvas: UInt8, text: str, at: tuple[int, int], height: float, ink: Colour, font: int) -> None:
    """Write one line, with the left end of its base line at `at`; capitals are about `height` pixels high."""
    if font == OUTLINE_FONT:
        _put_outline(canvas, text, at, height, ink)
        return
    thickness = 2 if height > 16 else 1
    cv2.putText(canvas, text, at, STROKE_FONTS[font], height / STROKE_HEIGHT, ink, thickness, cv2.LINE_AA)


def paragraph(canvas: UInt8, box: tuple[int, int, int], height: float, ink: Colour, rng: np.random.Generator) -> int:
    """Lines of text from (left, top) of the box to its bottom, (x, y, lines): returns the y below them."""
    x, y, lines = box
    font, count = face(rng), int(rng.integers(2, 8))
    for _ in range(lines):
        y += int(height * 1.7) + 1
        put(canvas, words(count, rng), (x, y), height, ink, font)
    return y + int(height)


def write(canvas: UInt8, rng: np.random.Generator) -> None:
    """Some words anywhere, on one line or several."""
    side = canvas.shape[0]
    height = float(np.exp(rng.uniform(np.log(5), np.log(24))))
    at = int(rng.integers(-10, side)), int(rng.integers(0, side)), int(rng.integers(1, 5))
    paragraph(canvas, at, height, colour(rng), rng)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _put_outline(canvas: UInt8, text: str, at: tuple[int, int], height: float, ink: Colour) -> None:
    font = _font(max(6, round(height * 1.4)))
    left, top, right, bottom = (int(edge) for edge in font.getbbox(text, anchor="ls"))
    x, y = at[0] + left, at[1] + top
    image = Image.new("L", (max(1, right - left), max(1, bottom - top)))
    ImageDraw.Draw(image).text((-left, -top), text, fill=255, font=font, anchor="ls")
    visible = canvas[max(0, y) : max(0, y + image.height), max(0, x) : max(0, x + image.width)]
    if visible.size:
        share = np.asarray(image, np.float32)[max(0, -y) :, max(0, -x) :][: visible.shape[0], : visible.shape[1]]
        alpha = share[..., None] / 255
        visible[:] = visible * (1 - alpha) + np.array(ink, np.float32) * alpha + 0.5
