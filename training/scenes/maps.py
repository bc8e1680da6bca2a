"""Maps and aerial pictures: streets, contour lines, and land from above."""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from app.vision.arrays import Float32, UInt8
from training.scenes.colours import Colour, bright, dark, gray, light, shifted
from training.scenes.text import face, put, words
from training.textures import field, grain

Int32 = npt.NDArray[np.int32]


def map_scene(side: int, _paths: list[Path], rng: np.random.Generator) -> UInt8:
    """A street map, a map with contour lines, or land from above."""
    kind = rng.random()
    if kind < 0.35:
        return street_map(side, rng)
    return contour_map(side, rng) if kind < 0.5 else aerial(side, rng)


def street_map(side: int, rng: np.random.Generator) -> UInt8:
    """Areas of water and park, blocks of houses, roads with borders, labels and markers."""
    canvas = np.empty((side, side, 3), np.uint8)
    canvas[:] = light(rng) if rng.random() < 0.8 else gray(int(rng.integers(25, 60)))
    for tone in ((225, 195, 160), (175, 225, 195), (200, 215, 225)):
        if rng.random() < 0.7:
            canvas[field(side, rng, 5) > rng.uniform(0.1, 0.6)] = shifted(tone, 15, rng)
    for _ in range(rng.integers(0, 40)):
        x, y = rng.integers(0, side, 2).tolist()
        width, height = rng.integers(5, 16, 2).tolist()
        cv2.rectangle(canvas, (x, y), (x + width, y + height), (190, 200, 205), -1)
    for path, width in roads(side, rng):
        cv2.polylines(canvas, [path], False, gray(150), width + 2, cv2.LINE_AA)
        tone = (110, 190, 250) if width > 6 else gray(255)
        cv2.polylines(canvas, [path], False, tone, width, cv2.LINE_AA)
    for _ in range(rng.integers(2, 9)):
        x, y = rng.integers(0, side, 2).tolist()
        put(canvas, words(2, rng), (x - 20, y), float(rng.uniform(5, 10)), dark(rng), face(rng))
        if rng.random() < 0.5:
            cv2.circle(canvas, (x - 26, y - 3), 4, bright(rng), -1, cv2.LINE_AA)
    return canvas


def roads(side: int, rng: np.random.Generator) -> list[tuple[Int32, int]]:
    """Paths across the scene, small ones first, with their widths in pixels."""
    found = []
    angle = rng.uniform(0, np.pi)
    for width in sorted(rng.integers(2, 10, rng.integers(3, 10)).tolist()):
        way = angle + (np.pi / 2 if rng.random() < 0.5 else 0) + rng.normal(0, 0.1)
        along = np.linspace(-side, side, 9)[:, None] * [np.cos(way), np.sin(way)]
        across = np.cumsum(rng.normal(0, side / 40, 9))[:, None] * [-np.sin(way), np.cos(way)]
        found.append(((rng.uniform(0, side, 2) + along + across).astype(np.int32), int(width)))
    return found


def contour_map(side: int, rng: np.random.Generator) -> UInt8:
    """Lines of equal height, every fifth one thicker, over a tint by height, with names."""
    height = field(side, rng, 7) + 0.4 * field(side, rng, 14)
    low, high = (np.array(light(rng)), np.array(shifted((170, 215, 190), 40, rng)))
    share = ((height - height.min()) / np.ptp(height))[..., None]
    canvas = np.asarray(low * share + high * (1 - share), np.uint8)
    ink, levels = shifted((60, 100, 150), 40, rng), rng.integers(8, 26)
    for i, level in enumerate(np.linspace(height.min(), height.max(), levels)[1:-1]):
        above = (height > level).view(np.uint8)
        outlines, _ = cv2.findContours(above, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
        cv2.drawContours(canvas, outlines, -1, ink, 2 if i % 5 == 0 else 1, cv2.LINE_AA)
    for _ in range(rng.integers(1, 5)):
        x, y = rng.integers(0, side, 2).tolist()
        put(canvas, words(1, rng), (x, y), float(rng.uniform(6, 10)), dark(rng), face(rng))
    return canvas


def aerial(side: int, rng: np.random.Generator) -> UInt8:
    """Fields or a town from above: parcels with texture, roads, roofs with shadows, trees."""
    parcels = _parcels(side, rng)
    ground = np.clip(
        parcels * (1 + 0.12 * grain(side, rng, rng.uniform(1, 3)) + 0.1 * field(side, rng)[..., None]), 0, 255
    )
    canvas = np.asarray(ground, np.uint8)
    for path, width in roads(side, rng)[-int(rng.integers(1, 5)) :]:
        cv2.polylines(canvas, [path], False, gray(int(rng.integers(120, 190))), width + 3, cv2.LINE_AA)
    angle = rng.uniform(0, np.pi / 2)
    for _ in range(rng.integers(0, 30)):
        roof(canvas, angle, rng)
    for x, y in rng.integers(0, side, (int(rng.integers(0, 70)), 2)).tolist():
        radius = int(rng.integers(2, 8))
        cv2.circle(canvas, (x + radius // 2 + 1, y + radius // 2 + 1), radius, gray(25), -1, cv2.LINE_AA)
        cv2.circle(canvas, (x, y), radius, shifted((40, 80, 50), 25, rng), -1, cv2.LINE_AA)
    soft = cv2.GaussianBlur(canvas, (0, 0), rng.uniform(0.4, 1.0)) + rng.uniform(1, 6) * grain(side, rng)
    return np.asarray(np.clip(soft, 0, 255), np.uint8)


def _parcels(side: int, rng: np.random.Generator) -> Float32:
    """Quadrangles of earth and crops, some with rows, turned by a random angle."""
    large = int(side * 1.5)
    canvas = np.zeros((large, large, 3), np.float32)
    left = 0
    while left < large:
        width, top = int(rng.integers(side // 8, side // 2)), 0
        while top < large:
            height = int(rng.integers(side // 8, side // 2))
            view = canvas[top : top + height, left : left + width]
            view[:] = shifted((70, 115, 105), 45, rng)
            if rng.random() < 0.4:  # rows
                rows = 1 + rng.uniform(0.05, 0.2) * np.sin(np.arange(view.shape[1]) * 2 * np.pi / rng.uniform(3, 9))
                view *= rows.astype(np.float32)[None, :, None]
            top += height
        left += width
    turn = cv2.getRotationMatrix2D((large / 2, large / 2), rng.uniform(0, 90), 1)
    turn = turn - [[0, 0, (large - side) / 2]] * 2
    return np.asarray(cv2.warpAffine(canvas, turn, (side, side), borderMode=cv2.BORDER_REFLECT), np.float32)


def roof(canvas: UInt8, angle: float, rng: np.random.Generator) -> None:
    """A house from above: its shadow, and two sides of the roof."""
    middle, size = rng.uniform(0, canvas.shape[0], 2), rng.uniform(5, 24, 2)
    along = np.array([np.cos(angle), np.sin(angle)]) * size[0]
    across = np.array([-np.sin(angle), np.cos(angle)]) * size[1]
    outline = np.array(
        [middle - along - across, middle + along - across, middle + along + across, middle - along + across]
    )
    cv2.fillPoly(canvas, [(outline + rng.uniform(2, 5)).astype(np.int32)], gray(35), cv2.LINE_AA)
    tone: Colour = shifted((70, 85, 150) if rng.random() < 0.6 else (150, 150, 150), 35, rng)
    cv2.fillPoly(canvas, [outline.astype(np.int32)], tone, cv2.LINE_AA)
    side_in_shade = np.array([middle - along, middle + along, outline[2], outline[3]])
    darker = tuple(int(level * 0.75) for level in tone)
    cv2.fillPoly(canvas, [side_in_shade.astype(np.int32)], darker, cv2.LINE_AA)
