"""The small pictures of the gallery, as WebP."""

import cv2
import numpy as np

from app.folders.row import Shown
from app.offline import Outcome
from app.vision.arrays import UInt8
from app.vision.decode import decode
from app.vision.draw import fit, outline
from app.vision.pair import on_white
from app.vision.region import map_box

PIXELS = 34_000  # such as 213 × 160: sharp also where a screen has one and a half pixels to each of CSS
SIDE = 1000  # of a ribbon, which has few pixels however long it is; beyond that it is cut off
QUALITY = 75


def of_comparison(outcome: Outcome) -> dict[Shown, bytes]:
    """Both pictures, and where something changed, A with the places outlined.

    An outline is seen at any size; a map of the difference, made so small, loses what is a few pixels large.
    """
    report, pictures = outcome.report, outcome.pictures
    before, after = (_decoded(pictures[name].data) for name in ("thumbnail_a", "thumbnail_b"))
    shown: dict[Shown, bytes] = {"before": _written(before), "after": _written(after)}
    if report.verdict.kind == "changed" and report.regions:
        canvas = fit(before, PIXELS)
        height, width = canvas.shape[:2]
        reduced = np.diag([width / report.a.width, height / report.a.height, 1.0])
        boxes = [map_box(region.box, reduced, (width, height)) for region in report.regions]
        shown["changes"] = _written(outline(canvas, boxes, numbers=False))
    return shown


def of_file(data: bytes, max_pixels: int) -> bytes:
    """A picture alone. Raises PictureError."""
    picture = decode(data, max_pixels)
    return _written(on_white(picture.rgb, picture.alpha))


def _decoded(data: bytes) -> UInt8:
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB), np.uint8)


def _written(picture: UInt8) -> bytes:
    pixels = cv2.cvtColor(fit(picture, PIXELS)[:SIDE, :SIDE], cv2.COLOR_RGB2BGR)
    return cv2.imencode(".webp", pixels, [cv2.IMWRITE_WEBP_QUALITY, QUALITY])[1].tobytes()
