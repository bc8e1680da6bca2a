"""The small pictures of the gallery, as WebP."""

import cv2
import numpy as np

from app.batch.folders.row import Shown
from app.batch.offline import Outcome
from app.vision.arrays import UInt8
from app.vision.decoding.decode import decode
from app.vision.drawing.outlines import outline, shrink_to
from app.vision.pair import on_white
from app.vision.region import Box, map_box

PIXELS = 34_000  # such as 213 × 160: sharp also where a screen has one and a half pixels to each of CSS
LONGEST = 2  # times the other side
QUALITY = 75


def of_comparison(outcome: Outcome) -> dict[Shown, bytes]:
    """A, B as it lies on A, and where something changed, A with the places outlined.

    An outline is seen at any size; a map of the difference, made so small, loses what is a few pixels large. Of a page
    too long to be seen in a thumbnail, all show the part round the largest change, or its beginning.
    """
    report, pictures = outcome.report, outcome.pictures
    a = _decoded(pictures["a"].data)
    b = _decoded(pictures.get("b_aligned", pictures["b"]).data)
    height, width = a.shape[:2]
    reduced = np.diag([width / report.a.width, height / report.a.height, 1.0])
    regions = report.regions if report.verdict.kind == "changed" else []
    boxes = [map_box(region.box, reduced, (width, height)) for region in regions]
    part = _part(width, height, max(boxes, key=lambda box: box.width * box.height, default=None))
    shown: dict[Shown, bytes] = {"before": _written(a[part.slices]), "after": _written(b[part.slices])}
    if boxes:
        shown["changes"] = _written(_outlined(a, boxes, part))
    return shown


def _part(width: int, height: int, change: Box | None) -> Box:
    """What is shown of a picture of this size: all, unless that is longer than LONGEST times its other side."""
    shown_width, shown_height = min(width, LONGEST * height), min(height, LONGEST * width)
    if change is None:
        return Box(0, 0, shown_width, shown_height)
    left = change.x + (change.width - shown_width) // 2
    top = change.y + (change.height - shown_height) // 2
    x, y = (min(max(place, 0), limit) for place, limit in ((left, width - shown_width), (top, height - shown_height)))
    return Box(x, y, shown_width, shown_height)


def _outlined(picture: UInt8, boxes: list[Box], part: Box) -> UInt8:
    """The part of a picture at its final size, with those of the boxes that lie in it."""
    canvas = shrink_to(picture[part.slices], PIXELS)
    size = canvas.shape[1], canvas.shape[0]
    scale_x, scale_y = size[0] / part.width, size[1] / part.height
    moved = np.array([[scale_x, 0, -part.x * scale_x], [0, scale_y, -part.y * scale_y], [0, 0, 1]])
    within = [box for box in boxes if _meet(box, part)]
    return outline(canvas, [map_box(box, moved, size) for box in within], numbers=False)


def _meet(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def of_file(data: bytes, max_pixels: int) -> bytes:
    """A picture alone. Raises PictureError."""
    picture = decode(data, max_pixels)
    rgb = on_white(picture.rgb, picture.alpha)
    return _written(rgb[_part(rgb.shape[1], rgb.shape[0], None).slices])


def _decoded(data: bytes) -> UInt8:
    """A picture of the report as RGB on white."""
    pixels = np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED), np.uint8)
    if pixels.shape[2:] == (4,):
        return on_white(np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGB), np.uint8), pixels[..., 3])
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB if pixels.ndim == 2 else cv2.COLOR_BGR2RGB), np.uint8)


def _written(picture: UInt8) -> bytes:
    pixels = cv2.cvtColor(shrink_to(picture, PIXELS), cv2.COLOR_RGB2BGR)
    return cv2.imencode(".webp", pixels, [cv2.IMWRITE_WEBP_QUALITY, QUALITY])[1].tobytes()
