"""Draw the example pair of the front page: a harbour, and the same harbour with five things changed.

python -m docs.draw_example      writes the two files to static/example
"""

from pathlib import Path

import cv2
import numpy as np

from app.vision.arrays import UInt8

FOLDER = Path(__file__).resolve().parent.parent / "static" / "example"
FILES = {"harbour-before.jpg": False, "harbour-after.jpg": True}  # whether changed
QUALITY = 90  # of JPEG: with the grain of film, 210 kB each

WIDTH, HEIGHT = 1280, 800
HORIZON = 430

Colour = tuple[int, int, int]


def harbour(changed: bool) -> UInt8:
    """One of the two pictures: uint8 BGR (800, 1280, 3)."""
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    picture[:HORIZON] = gradient((226, 190, 150), (214, 224, 246), HORIZON)
    picture[HORIZON:] = gradient((150, 120, 62), (104, 72, 30), HEIGHT - HORIZON)
    cv2.circle(picture, (1010, 130), 52, (150, 214, 255), -1, cv2.LINE_AA)
    hills(picture)
    houses(picture, lit=changed)
    if not changed:
        gull(picture, 520, 120)
    gull(picture, 610, 165)
    waves(picture)
    boat(picture, 300, 600, 1.25, sail=(242, 242, 246), hull=(60, 60, 190))
    boat(picture, 1000 if changed else 840, 520, 0.7, sail=(90, 170, 245), hull=(95, 75, 60))
    buoy(picture, 620, 640, (60, 190, 80) if changed else (40, 60, 220))
    if changed:
        buoy(picture, 1120, 690, (40, 200, 250))
    return grain(picture)


def gradient(top: Colour, bottom: Colour, rows: int) -> UInt8:
    """A column of colours from top to bottom: (rows, 1, 3)."""
    share = np.linspace(0, 1, rows)[:, None, None]
    return np.asarray(np.array(top) * (1 - share) + np.array(bottom) * share, np.uint8)


def hills(picture: UInt8) -> None:
    """Two ranges behind the water."""
    x = np.arange(WIDTH + 1)
    for base, height, length, colour in ((330, 60, 250, (190, 170, 140)), (385, 38, 160, (140, 134, 96))):
        y = base + height * np.sin(x / length) * np.cos(x / length / 2.7 + 1)
        ridge = np.stack([x, y], 1).astype(np.int32)
        cv2.fillPoly(picture, [np.vstack([ridge, [[WIDTH, HORIZON], [0, HORIZON]]])], colour, cv2.LINE_AA)


def houses(picture: UInt8, lit: bool) -> None:
    """A row of houses on the shore; one window of the fifth may be lit."""
    walls = [(176, 205, 232), (150, 180, 235), (205, 215, 190), (160, 200, 240), (222, 206, 196), (140, 165, 215)]
    for index, wall in enumerate(walls):
        x, width, top = 640 + index * 98, 88, 322 - (index * 37) % 50
        cv2.rectangle(picture, (x, top), (x + width, HORIZON), wall, -1)
        roof = np.array([[x - 7, top], [x + width // 2, top - 42], [x + width + 7, top]])
        cv2.fillPoly(picture, [roof], (64, 72, 150 - 9 * index), cv2.LINE_AA)
        for row, column in np.ndindex(2, 2):
            window = (120, 225, 255) if lit and (index, row, column) == (4, 0, 1) else (112, 92, 74)
            corner = (x + 16 + column * 34, top + 18 + row * 42)
            cv2.rectangle(picture, corner, (corner[0] + 20, corner[1] + 26), window, -1)


def boat(picture: UInt8, x: int, y: int, scale: float, sail: Colour, hull: Colour) -> None:
    """A sailing boat whose mast stands at x on the waterline y."""

    def polygon(*points: tuple[int, int]) -> list[np.ndarray]:
        return [np.array([(x + scale * dx, y + scale * dy) for dx, dy in points]).astype(np.int32)]

    cv2.fillPoly(picture, polygon((-90, -6), (96, -6), (66, 32), (-64, 32)), hull, cv2.LINE_AA)
    cv2.fillPoly(picture, polygon((-3, -6), (-3, -190), (3, -190), (3, -6)), (60, 66, 80), cv2.LINE_AA)
    cv2.fillPoly(picture, polygon((8, -182), (82, -24), (8, -24)), sail, cv2.LINE_AA)
    cv2.fillPoly(picture, polygon((-8, -160), (-62, -24), (-8, -24)), sail, cv2.LINE_AA)


def buoy(picture: UInt8, x: int, y: int, colour: Colour) -> None:
    """A buoy afloat at (x, y)."""
    cv2.ellipse(picture, (x, y), (24, 9), 0, 0, 360, (120, 92, 50), -1, cv2.LINE_AA)
    cv2.fillPoly(picture, [np.array([[x - 15, y], [x - 6, y - 44], [x + 6, y - 44], [x + 15, y]])], colour, cv2.LINE_AA)


def gull(picture: UInt8, x: int, y: int) -> None:
    """A gull far off."""
    for side in (-1, 1):
        cv2.ellipse(picture, (x + side * 15, y), (15, 9), 0, 180, 360, (70, 66, 60), 3, cv2.LINE_AA)


def waves(picture: UInt8) -> None:
    """Short light strokes on the water, larger towards the viewer."""
    random = np.random.default_rng(5)
    for y in np.sort(random.integers(HORIZON + 8, HEIGHT, 240)):
        x, length = int(random.integers(0, WIDTH)), int((y - HORIZON) / 9) + 6
        cv2.line(picture, (x, int(y)), (x + length, int(y)), (168, 146, 96), 1 + int(y - HORIZON) // 160, cv2.LINE_AA)


def grain(picture: UInt8) -> UInt8:
    """The grain of film, the same on both pictures."""
    noise = np.random.default_rng(9).normal(0, 5, picture.shape)
    return np.asarray(np.clip(picture + noise, 0, 255), np.uint8)


if __name__ == "__main__":
    for name, changed in FILES.items():
        cv2.imwrite(str(FOLDER / name), harbour(changed), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
