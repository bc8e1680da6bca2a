"""The usual recipe for telling what changed between two pictures, as tutorials have it; what the service is held to.

    python -m bench.recipe A B

Gray pictures, the map of scikit-image's SSIM, Otsu's threshold on it, contours, their boxes.
"""

import sys
import time
from pathlib import Path

import cv2
import cv2.typing
import numpy as np
from skimage.metrics import structural_similarity

Box = tuple[int, int, int, int]


class NotComparable(Exception):
    """A picture cannot be read, or the two differ in size, for which the recipe knows no help; the text says which."""


def changed_boxes(a: Path, b: Path) -> list[Box]:
    """Each changed place as x, y, width and height. Raises NotComparable."""
    gray_a, gray_b = _gray(a), _gray(b)
    if gray_a.shape != gray_b.shape:
        raise NotComparable("the pictures differ in size")
    _, similarity = structural_similarity(gray_a, gray_b, full=True)
    levels = (np.clip(similarity, 0, 1) * 255).astype(np.uint8)
    _, changed = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    contours, _ = cv2.findContours(changed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return [(x, y, width, height) for x, y, width, height in map(cv2.boundingRect, contours)]


def _gray(path: Path) -> cv2.typing.MatLike:
    picture = cv2.imread(str(path))
    if picture is None:
        raise NotComparable(f"{path.name} cannot be read")
    return cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)


def timed(a: Path, b: Path) -> float:
    """The seconds that it takes in a process that has loaded everything."""
    began = time.perf_counter()
    changed_boxes(a, b)
    return time.perf_counter() - began


if __name__ == "__main__":
    print(f"{len(changed_boxes(*map(Path, sys.argv[1:3])))} places")
