"""Pages of text, drawn line by line."""

from collections.abc import Sequence

import cv2
import numpy as np

from app.vision.arrays import UInt8

WORDS = ["the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "dog", "while", "seven", "wizards", "box"]
SENTENCE = "and a sentence more"
NEW_LINE = "this line is new here"
PITCH, TOP = 22, 40
SPACING = (0, 1, 0, -1, 2, 0, -2, 0, 1, -1, 3, 0, -3, 1, 0)  # pixels added to the pitch of each line


def lines(count: int = 20) -> list[str]:
    return [f"{n} " + " ".join(WORDS[(n * 5 + word) % len(WORDS)] for word in range(5)) for n in range(count)]


def document(text: Sequence[str], spacing: Sequence[int] = (), size: tuple[int, int] = (480, 520)) -> UInt8:
    """A white page with these lines, of `size`, (width, height).

    spacing: the pixels by which each line is further from the next, in turn.
    """
    drawn = np.full((size[1], size[0], 3), 255, np.uint8)
    y = TOP
    for number, line in enumerate(text):
        cv2.putText(drawn, line, (20, y), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (30, 34, 40), 1, cv2.LINE_AA)
        y += PITCH + (spacing[number % len(spacing)] if spacing else 0)
    return drawn
