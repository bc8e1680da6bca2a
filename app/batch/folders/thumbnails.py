"""The gallery's thumbnails, as WebP."""

import cv2
import numpy as np

from app.batch.folders.row import Shown
from app.batch.offline import Outcome
from app.rendering.png import decode_rgb
from app.vision.arrays import UInt8
from app.vision.decoding.decode import decode
from app.vision.drawing.outlines import outline
from app.vision.encode import to_bytes
from app.vision.pair import on_white
from app.vision.region import Box, map_box
from app.vision.resize import shrink_to

MAX_PIXELS = 34_000  # such as 213 × 160: sharp on screens with 1.5 device pixels per CSS pixel
MAX_ASPECT = 2  # longer pictures are cropped
QUALITY = 75
SIDES: tuple[Shown, Shown] = ("before", "after")


def of_comparison(outcome: Outcome) -> dict[Shown, bytes]:
    """Thumbnails of A, of B aligned to A, and, if something changed, of A with the changes outlined.

    If only later frames differ, those of A and B of the first such frame, with outlines.
    Outlines are visible at any size, whereas a small difference map loses changes of a few pixels. Of a long page, all
    thumbnails show the part around the largest change, or the top.
    """
    report, pictures = outcome.report, outcome.pictures
    if report.shown_frames and not report.regions:  # only later frames differ, and their changes are outlined already
        frame = report.shown_frames[0].number
        both = (decode_rgb(pictures[f"frame_{frame}_{side}"]) for side in "ab")
        return {name: _encode(picture[_whole(picture).slices]) for name, picture in zip(SIDES, both, strict=True)}
    a = decode_rgb(pictures["a"])
    b = decode_rgb(pictures.get("b_aligned", pictures["b"]))
    height, width = a.shape[:2]
    scale = np.diag([width / report.a.width, height / report.a.height, 1.0])
    regions = report.regions if report.verdict.kind == "changed" else []
    boxes = [map_box(region.box, scale, (width, height)) for region in regions]
    part = _part(width, height, max(boxes, key=lambda box: box.width * box.height, default=None))
    shown: dict[Shown, bytes] = {"before": _encode(a[part.slices]), "after": _encode(b[part.slices])}
    if boxes:
        shown["changes"] = _encode(_outlined(a, boxes, part))
    return shown


def _whole(picture: UInt8) -> Box:
    """The shown part of a picture without a change."""
    return _part(picture.shape[1], picture.shape[0], None)


def _part(width: int, height: int, change: Box | None) -> Box:
    """The shown part of a picture of this size: all of it, or a crop with an aspect ratio of MAX_ASPECT."""
    shown_width, shown_height = min(width, MAX_ASPECT * height), min(height, MAX_ASPECT * width)
    if change is None:
        return Box(0, 0, shown_width, shown_height)
    left = change.x + (change.width - shown_width) // 2
    top = change.y + (change.height - shown_height) // 2
    x, y = (min(max(start, 0), limit) for start, limit in ((left, width - shown_width), (top, height - shown_height)))
    return Box(x, y, shown_width, shown_height)


def _outlined(picture: UInt8, boxes: list[Box], part: Box) -> UInt8:
    """The part of a picture at its final size, with the boxes that overlap it."""
    canvas = shrink_to(picture[part.slices], MAX_PIXELS)
    size = canvas.shape[1], canvas.shape[0]
    scale_x, scale_y = size[0] / part.width, size[1] / part.height
    moved = np.array([[scale_x, 0, -part.x * scale_x], [0, scale_y, -part.y * scale_y], [0, 0, 1]])
    visible = [box for box in boxes if _overlap(box, part)]
    return outline(canvas, [map_box(box, moved, size) for box in visible], numbers=False)


def _overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def of_file(data: bytes, max_pixels: int) -> bytes:
    """The thumbnail of a single picture file. Raises PictureError."""
    picture = decode(data, max_pixels)
    rgb = on_white(picture.rgb, picture.alpha)
    return _encode(rgb[_whole(rgb).slices])


def _encode(picture: UInt8) -> bytes:
    pixels = np.asarray(cv2.cvtColor(shrink_to(picture, MAX_PIXELS), cv2.COLOR_RGB2BGR), np.uint8)
    return to_bytes(".webp", pixels, [cv2.IMWRITE_WEBP_QUALITY, QUALITY])
