"""Things that appear, disappear, move or are replaced: cut out of photographs, or drawn. All uint8 BGRA."""

from collections.abc import Callable
from functools import lru_cache
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from app.vision.arrays import Float32, UInt8
from training.changes.places import place
from training.scenes.colours import colour
from training.scenes.photographs import cut
from training.scenes.text import face, put, word

# Photographs are reduced to at most this many pixels a side before a thing is cut out.
MAX_CUT = 200
# The share of a photograph that a thing may cover, the share of it that must be in one piece, and the share of the
# photograph's border that may belong to it.
MIN_SHARE, MAX_SHARE, MIN_PIECE, MAX_AT_BORDER = 0.06, 0.6, 0.85, 0.12
INSET = 0.06  # of each side: where a photograph shows background first
# Photographs are taken at this distance in the list first, since those beside one another show the same kind of thing.
SPREAD = 7
# Extent of a thing in pixels.
SMALLEST, LARGEST = 9, 80


def cut_out(photograph: UInt8) -> UInt8 | None:
    """A photograph, reduced, with the outline of the thing in its middle as alpha; None if that is not clear.

    C. Rother, V. Kolmogorov, A. Blake, "GrabCut", ACM Transactions on Graphics 23(3), 2004.
    """
    scale = min(1.0, MAX_CUT / max(photograph.shape[:2]))
    small = cv2.resize(photograph, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    height, width = small.shape[:2]
    inset_x, inset_y = max(2, int(width * INSET)), max(2, int(height * INSET))
    labels = np.zeros((height, width), np.uint8)
    rectangle = (inset_x, inset_y, width - 2 * inset_x, height - 2 * inset_y)
    try:
        cv2.grabCut(small, labels, rectangle, np.zeros((1, 65)), np.zeros((1, 65)), 3, cv2.GC_INIT_WITH_RECT)
    except cv2.error:  # a photograph of one colour
        return None
    mask = cv2.morphologyEx(labels & 1, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, pieces, stats, _ = cv2.connectedComponentsWithStats(mask)
    if count < 2:
        return None
    largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    piece = (pieces == largest).astype(np.uint8)
    border = np.concatenate([piece[0], piece[-1], piece[:, 0], piece[:, -1]]).mean()
    clear = MIN_SHARE < piece.mean() < MAX_SHARE and piece.sum() > MIN_PIECE * mask.sum() and border < MAX_AT_BORDER
    if not clear:
        return None
    return np.asarray(np.dstack([small, cv2.GaussianBlur(piece * 255, (0, 0), 0.7)]), np.uint8)


def save_cut_outs(paths: list[Path], folder: Path, most: int) -> list[Path]:
    """Cut things out of photographs into a folder, unless that was done before: the files, at most so many."""
    folder.mkdir(parents=True, exist_ok=True)
    done = folder / "done"
    if not done.exists():
        spread = (path for start in range(SPREAD) for path in paths[start::SPREAD])
        pictures = (cv2.imread(str(path), cv2.IMREAD_COLOR) for path in spread)
        found = (cut_out(np.asarray(picture, np.uint8)) for picture in pictures if picture is not None)
        for number, picture in enumerate(islice((each for each in found if each is not None), most)):
            cv2.imwrite(str(folder / f"{number:04d}.png"), picture)
        done.touch()
    return sorted(folder.glob("*.png"))


def thing(photographs: list[Path], cut_outs: list[Path], rng: np.random.Generator) -> UInt8:
    """A thing of SMALLEST to LARGEST pixels, with a soft or a hard edge."""
    extent = int(np.exp(rng.uniform(np.log(SMALLEST), np.log(LARGEST))))
    kind = rng.random()
    if kind < 0.5 and cut_outs:
        return _turned(_photographed(cut_outs, extent, rng), rng)
    if kind < 0.62:
        return _turned(_textured(photographs, extent, rng), rng)
    drawn = DRAWN[rng.choice(len(DRAWN), p=DRAWN_ODDS)](extent, rng)
    return _turned(drawn, rng) if rng.random() < 0.4 else drawn


def any_cut_out(cut_outs: list[Path], rng: np.random.Generator) -> UInt8:
    """One of the files of `save_cut_outs`."""
    return _read(cut_outs[rng.integers(len(cut_outs))])


@lru_cache(1000)
def _read(path: Path) -> UInt8:
    """Kept in memory, since decoding took a sixth of the time."""
    found = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if found is None:
        raise ValueError(f"{path} was cut out of a photograph, and is gone")
    return np.asarray(found, np.uint8)


def _photographed(cut_outs: list[Path], extent: int, rng: np.random.Generator) -> UInt8:
    found = any_cut_out(cut_outs, rng)
    x, y, w, h = cv2.boundingRect(np.ascontiguousarray(found[..., 3]))
    found = found[y : y + h, x : x + w]
    scale = extent / max(found.shape[:2])
    size = max(3, round(found.shape[1] * scale)), max(3, round(found.shape[0] * scale))
    small = cv2.resize(found, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    if rng.random() < 0.5:
        small = small[:, ::-1].copy()
    if rng.random() < 0.4:
        gains = np.exp(rng.uniform(-0.4, 0.4)) * np.exp(rng.uniform(-0.15, 0.15, 3))
        small[..., :3] = np.clip(small[..., :3] * gains, 0, 255)
    return np.asarray(small, np.uint8)


def _textured(photographs: list[Path], extent: int, rng: np.random.Generator) -> UInt8:
    """A piece of a photograph in the shape of a blob, an ellipse or a rectangle."""
    shape = _trimmed(place(112, rng))
    content = cut(photographs, max(shape.shape), rng)[: shape.shape[0], : shape.shape[1]]
    found = np.dstack([content, shape * 255]).astype(np.uint8)
    return np.asarray(cv2.resize(found, _size(shape, extent), interpolation=cv2.INTER_AREA), np.uint8)


def _trimmed(shape: Float32) -> Float32:
    ys, xs = np.nonzero(shape > 0.05)
    if not len(ys):
        return np.ones((9, 9), np.float32)
    return shape[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]


def _size(shape: Float32, extent: int) -> tuple[int, int]:
    scale = extent / max(shape.shape)
    return max(3, round(shape.shape[1] * scale)), max(3, round(shape.shape[0] * scale))


def _turned(picture: UInt8, rng: np.random.Generator, most: float = 30) -> UInt8:
    if rng.random() < 0.5:
        return picture
    return turned(picture, float(rng.uniform(-most, most)))


def turned(picture: UInt8, degrees: float, scale: float = 1.0) -> UInt8:
    """Turned about its middle and scaled, on ground as large as that needs."""
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, scale)
    cosine, sine = abs(matrix[0, 0]), abs(matrix[0, 1])
    w, h = max(3, int(width * cosine + height * sine)), max(3, int(width * sine + height * cosine))
    matrix[:, 2] += (w - width) / 2, (h - height) / 2
    return np.asarray(cv2.warpAffine(picture, matrix, (w, h), flags=cv2.INTER_LINEAR), np.uint8)


def solid(extent: int, rng: np.random.Generator) -> UInt8:
    """A filled shape: one colour, a gradient, or with an outline."""
    shape = _trimmed(place(112, rng))
    width, height = _size(shape, extent)
    alpha = cv2.resize(shape, (width, height), interpolation=cv2.INTER_AREA)
    first, second = np.array(colour(rng)), np.array(colour(rng))
    ramp = np.linspace(0, rng.choice([0.0, 0.4, 1.0]), width)[None, :, None] * np.ones((height, 1, 1))
    content = first * (1 - ramp) + second * ramp + rng.normal(0, rng.uniform(0, 4), (height, width, 1))
    if rng.random() < 0.4:
        rim = alpha - cv2.erode(alpha, np.ones((3, 3), np.uint8))
        content = content * (1 - rim[..., None]) + np.array(colour(rng)) * rim[..., None]
    return np.asarray(np.clip(np.dstack([content, alpha * 255]), 0, 255), np.uint8)


def compound(extent: int, rng: np.random.Generator) -> UInt8:
    """Two to five shapes on one another, as a toy, a face or an icon."""
    canvas = np.zeros((extent + 4, extent + 4, 4), np.uint8)
    middle = extent / 2 + 2
    for part in range(rng.integers(2, 6)):
        reach = extent / 2 * (0.7 if part == 0 else rng.uniform(0.15, 0.4))
        centre = np.full(2, middle) if part == 0 else rng.uniform(middle - extent / 3, middle + extent / 3, 2)
        axes = np.maximum(2, reach * rng.uniform(0.6, 1.2, 2)).astype(int)
        ink = (*colour(rng), 255)
        x, y = centre.astype(int).tolist()
        if rng.random() < 0.5:
            cv2.ellipse(canvas, (x, y), axes.tolist(), rng.uniform(0, 180), 0, 360, ink, -1, cv2.LINE_AA)
        else:
            cv2.rectangle(canvas, (x - int(axes[0]), y - int(axes[1])), (x + int(axes[0]), y + int(axes[1])), ink, -1)
    return canvas


def outlined(extent: int, rng: np.random.Generator) -> UInt8:
    """Strokes without a filling, as in a drawing."""
    canvas = np.zeros((extent + 6, extent + 6, 4), np.uint8)
    ink, thickness = (*colour(rng), 255), int(rng.integers(1, max(2, extent // 12) + 1))
    for _ in range(rng.integers(1, 4)):
        points = rng.uniform(3, extent + 3, (rng.integers(3, 7), 2)).astype(np.int32)
        cv2.polylines(canvas, [points], bool(rng.random() < 0.6), ink, thickness, cv2.LINE_AA)
    return canvas


def written(extent: int, rng: np.random.Generator) -> UInt8:
    """A word."""
    text = word(rng)
    height = max(8, extent // 3)
    canvas = np.zeros((height * 2, height * (len(text) + 2), 3), np.uint8)
    put(canvas, text, (height // 2, height * 3 // 2), height, (255, 255, 255), face(rng))
    alpha = canvas[..., 0]
    x, y, w, h = cv2.boundingRect(alpha)
    inked = np.broadcast_to(np.array(colour(rng), np.uint8), (max(h, 3), max(w, 3), 3))
    return np.asarray(np.dstack([inked, alpha[y : y + max(h, 3), x : x + max(w, 3)]]), np.uint8)


def labelled(extent: int, rng: np.random.Generator) -> UInt8:
    """A word on a plate, as on a sign."""
    text = written(extent, rng)
    height, width = text.shape[:2]
    margin = max(2, int(height * rng.uniform(0.25, 0.9)))
    plate = np.zeros((height + 2 * margin, width + 2 * margin, 4), np.uint8)
    plate[...] = (*colour(rng), 255)
    inner = plate[margin : margin + height, margin : margin + width, :3]
    alpha = text[..., 3:] / np.float32(255)
    inner[:] = inner + (text[..., :3] - inner.astype(np.float32)) * alpha
    return plate


DRAWN: list[Callable[[int, np.random.Generator], UInt8]] = [solid, compound, outlined, written, labelled]
DRAWN_ODDS = np.array([0.35, 0.33, 0.13, 0.09, 0.1])
