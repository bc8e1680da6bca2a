"""Where something changes: shapes, float32 (side, side) in [0, 1] with 1 inside, and spots where there is detail."""

import cv2
import numpy as np

from app.vision.arrays import Float32, UInt8

# Half the extent of a changed place in pixels: from a speck to a large thing.
SMALLEST, LARGEST = 3, 45


def place(side: int, rng: np.random.Generator) -> Float32:
    """A blob, an ellipse, or a rectangle, with an edge that is hard or soft."""
    shape = np.zeros((side, side), np.float32)
    half = np.exp(rng.uniform(np.log(SMALLEST), np.log(LARGEST)))
    centre = rng.uniform(8, side - 8, 2)
    axes = half * np.exp(rng.uniform(-0.6, 0.3, 2))
    kind = rng.integers(4)
    if kind == 0:
        corner, far = (centre - axes).astype(int).tolist(), (centre + axes).astype(int).tolist()
        cv2.rectangle(shape, corner, far, 1, -1)
    elif kind == 1:
        cv2.ellipse(shape, (centre.astype(int).tolist()), axes.astype(int).tolist(), rng.uniform(0, 180), 0, 360, 1, -1)
    else:
        turn = np.linspace(0, 2 * np.pi, rng.integers(5, 14), endpoint=False)
        radii = rng.uniform(0.5, 1.2, len(turn))
        points = centre + axes * np.column_stack([np.cos(turn), np.sin(turn)]) * radii[:, None]
        cv2.fillPoly(shape, [points.astype(np.int32)], 1)
    return soften(shape, rng.uniform(0.3, 2.0)) if rng.random() < 0.7 else shape


def soften(shape: Float32, width: float) -> Float32:
    """The shape with an edge blurred by so many pixels."""
    return np.asarray(cv2.GaussianBlur(shape, (0, 0), width), np.float32)


def blend(scene: UInt8, content: UInt8 | Float32, shape: Float32) -> UInt8:
    """The content inside the shape, the scene elsewhere."""
    share = shape[..., None]
    return np.asarray(np.clip(scene * (1 - share) + content * share + 0.5, 0, 255), np.uint8)


def window(shape: Float32, room: int = 0) -> tuple[slice, slice] | None:
    """The rows and columns that the shape covers, and `room` pixels around; None if it covers nothing."""
    inside = shape > 0.05
    ys, xs = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if not len(ys):
        return None
    return slice(max(ys[0] - room, 0), ys[-1] + 1 + room), slice(max(xs[0] - room, 0), xs[-1] + 1 + room)


def detail(scene: UInt8, rng: np.random.Generator, extent: int = 12, tries: int = 8) -> tuple[int, int]:
    """The (x, y) with the most contrast around it among some random ones, at least `extent` pixels from the edge."""
    spots = rng.integers(extent, scene.shape[0] - extent, (tries, 2)).tolist()
    x, y = max(spots, key=lambda at: float(around(scene, at, extent)[..., 1].std()))
    return x, y


def around(scene: UInt8, at: tuple[int, int], extent: int) -> UInt8:
    """The square of the scene within `extent` pixels of (x, y): a view."""
    x, y = at
    return scene[max(0, y - extent) : y + extent + 1, max(0, x - extent) : x + extent + 1]


def two_tones(view: UInt8) -> tuple[UInt8, Float32, Float32]:
    """What is light and what is dark in a view: 255 where it is light, the median dark and the median light colour."""
    level = np.ascontiguousarray(view[..., 1])
    _, is_light = cv2.threshold(level, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    parts = [part if len(part) else view.reshape(-1, 3) for part in (view[is_light == 0], view[is_light > 0])]
    ends = [np.median(part, axis=0) for part in parts]
    return np.asarray(is_light, np.uint8), np.asarray(ends[0], np.float32), np.asarray(ends[1], np.float32)
