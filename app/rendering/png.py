"""The PNG sheet of a report."""

from collections.abc import Callable

import cv2
import numpy as np

from app.evaluation.report import FrameInfo, RegionInfo, Report
from app.rendering.filters import day, number
from app.rendering.labels import region_title
from app.vision.arrays import UInt8
from app.vision.drawing.sheet import INK, A, B, Entry, Panel, sheet
from app.vision.encode import Encoded, from_bytes, to_bytes
from app.vision.pair import on_white
from app.vision.region import map_box

MAX_FRAMES = 2


def report_sheet(report: Report, picture: Callable[[str], Encoded]) -> bytes:
    """Draw the sheet from the report's pictures, read by name at the size at which they are stored."""
    names = ["a", "b_aligned" if "b_aligned" in report.images else "b"]
    # A map of no difference or of complete difference shows nothing.
    is_equal = report.metrics.get("exact_match_rate") == 1
    if report.verdict.kind in ("same", "changed") and "difference" in report.images and not is_equal:
        names.append("difference")
    pictures = [decode_rgb(picture(name)) for name in names]
    captions = [
        ("Before", A, f"{report.a.name}, {report.a.width} × {report.a.height}"),
        ("After", B, f"{report.b.name}, {report.b.width} × {report.b.height}{_alignment_note(report)}"),
        ("Difference", INK, f"yellow: over {report.options['threshold']}, pink: smoothing"),
    ]
    panels = [Panel(*caption, picture) for caption, picture in zip(captions, pictures, strict=False)]
    regions = [] if report.verdict.kind == "different" else report.regions
    entries = [_entry(region, report, pictures[0]) for region in regions]
    foot = f"Image Diff, {day(report.created)}{_networks(report)}"
    frames = [_frame(report, frame, picture) for frame in report.shown_frames[:MAX_FRAMES]]
    drawn = sheet(report.verdict.summary, panels, entries, foot, frames)
    bgr = np.asarray(cv2.cvtColor(drawn, cv2.COLOR_RGB2BGR), np.uint8)
    return to_bytes(".png", bgr, [cv2.IMWRITE_PNG_COMPRESSION, 6])


def _frame(report: Report, frame: FrameInfo, picture: Callable[[str], Encoded]) -> tuple[Panel, Panel]:
    """A and B of a further frame that differs; their changes are outlined already."""
    words = f"{report.frame_word} {number(frame.number)}: {frame.summary}"
    a, b = (decode_rgb(picture(f"frame_{frame.number}_{side}")) for side in "ab")
    return Panel("Before", A, words, a), Panel("After", B, f"{report.frame_word} {number(frame.number)}", b)


def _networks(report: Report) -> str:
    """The network whose measurements the verdict may use."""
    return f"; embeddings by {report.network.name}, {report.network.licence}" if report.network else ""


def _alignment_note(report: Report) -> str:
    return ", lined up" if report.alignment.status == "applied" else ""


def decode_rgb(file: Encoded) -> UInt8:
    """Decode a picture of a report: uint8 RGB (height, width, 3), transparent pixels on white."""
    pixels = from_bytes(file.data)
    if pixels.shape[2:] == (4,):
        return on_white(np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGB), np.uint8), pixels[..., 3])
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB if pixels.ndim == 2 else cv2.COLOR_BGR2RGB), np.uint8)


def _entry(region: RegionInfo, report: Report, picture: UInt8) -> Entry:
    height, width = picture.shape[:2]
    scale = np.diag([width / report.a.width, height / report.a.height, 1.0])
    box = region.box
    extent = f"{number(box.width)} × {number(box.height)} px at {number(box.x)}, {number(box.y)}"
    return Entry(map_box(box, scale, (width, height)), region_title(region), (extent, f"score {region.score:.2f}"))
