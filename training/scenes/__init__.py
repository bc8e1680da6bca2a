"""The scenes that training pairs show: pieces of photographs, and drawings made here. All uint8 BGR (side, side, 3)."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from app.vision.arrays import UInt8
from training.scenes.boards import board
from training.scenes.charts import chart
from training.scenes.documents import document
from training.scenes.drawings import drawing
from training.scenes.icons import icons
from training.scenes.maps import map_scene
from training.scenes.pages import page
from training.scenes.photographs import photograph, photographs

__all__ = ["DRAWN", "draw_scene", "photographs", "scene"]

# What is drawn takes the side, the photographs and the generator; each has its share of all scenes.
Drawing = Callable[[int, list[Path], np.random.Generator], UInt8]
DRAWN: list[tuple[float, Drawing]] = [
    (0.10, page),
    (0.08, document),
    (0.065, drawing),
    (0.07, board),
    (0.06, map_scene),
    (0.03, chart),
    (0.025, icons),
]
# Drawings are made larger or smaller by up to these factors and resized, so that the width of lines varies.
ZOOM = 0.75, 1.7


def scene(paths: list[Path], side: int, rng: np.random.Generator) -> UInt8:
    """A scene of a random kind: a photograph in 57 of 100 cases, otherwise a drawing."""
    chosen = rng.random()
    for share, kind in DRAWN:
        if chosen < share:
            return draw_scene(kind, paths, side, rng)
        chosen -= share
    return photograph(paths, side, rng)


def draw_scene(kind: Drawing, paths: list[Path], side: int, rng: np.random.Generator) -> UInt8:
    """A drawing of one kind at a random scale."""
    drawn_side = side if rng.random() < 0.4 else int(side * np.exp(rng.uniform(*np.log(ZOOM))))
    drawn = kind(drawn_side, paths, rng)
    if drawn_side == side:
        return np.ascontiguousarray(drawn)
    method = cv2.INTER_AREA if drawn_side > side else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(drawn, (side, side), interpolation=method), np.uint8)
