"""The sheet of a report, as a PNG."""

from collections.abc import Callable

import cv2
import numpy as np

from app.evaluation.report import RegionInfo, Report
from app.rendering.filters import day, number
from app.vision.arrays import UInt8
from app.vision.drawing.sheet import INK, A, B, Entry, Panel, sheet
from app.vision.encode import Encoded
from app.vision.pair import on_white
from app.vision.region import map_box

TITLES = {"recoloured": "Changed colour"}


def report_sheet(report: Report, picture: Callable[[str], Encoded]) -> bytes:
    """Draw the sheet from the report's own pictures, given by name: what was scaled down there is scaled down here."""
    names = ["a", "b_aligned" if "b_aligned" in report.images else "b"]
    # Where nothing or everything differs, a map of it shows nothing.
    if report.verdict.kind in ("same", "changed") and "difference" in report.images:
        names.append("difference")
    pictures = [_decoded(picture(name).data) for name in names]
    words = [
        ("Before", A, f"{report.a.name}, {report.a.width} × {report.a.height}"),
        ("After", B, f"{report.b.name}, {report.b.width} × {report.b.height}{_laid(report)}"),
        ("Difference", INK, f"yellow: over {report.options['threshold']}, pink: smoothing"),
    ]
    panels = [Panel(*told, picture) for told, picture in zip(words, pictures, strict=False)]
    regions = [] if report.verdict.kind == "different" else report.regions
    entries = [_entry(region, report, pictures[0]) for region in regions]
    foot = f"Image Diff, {day(report.created)}{_networks(report)}"
    drawn = sheet(report.verdict.summary, panels, entries, foot)
    return cv2.imencode(".png", cv2.cvtColor(drawn, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_PNG_COMPRESSION, 6])[1].tobytes()


def _networks(report: Report) -> str:
    """Which network measured what the verdict may rest on."""
    return f"; embeddings by {report.network.name}, {report.network.licence}" if report.network else ""


def _laid(report: Report) -> str:
    return ", lined up" if report.alignment.status == "applied" else ""


def _decoded(data: bytes) -> UInt8:
    """A picture of the report as RGB on white."""
    pixels = np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED), np.uint8)
    if pixels.ndim == 2:
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB), np.uint8)
    if pixels.shape[2] == 3:
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), np.uint8)
    return on_white(np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGB), np.uint8), pixels[..., 3])


def _entry(region: RegionInfo, report: Report, picture: UInt8) -> Entry:
    height, width = picture.shape[:2]
    reduced = np.diag([width / report.a.width, height / report.a.height, 1.0])
    box = region.box
    extent = f"{number(box.width)} × {number(box.height)} px at {number(box.x)}, {number(box.y)}"
    return Entry(map_box(box, reduced, (width, height)), region_title(region), (extent, f"score {region.score:.2f}"))


def region_title(region: RegionInfo) -> str:
    """What happened in a region, in a word or three."""
    if "rows" not in region.found_by:
        return TITLES.get(region.kind, region.kind.capitalize())
    inserted = region.kind == "appeared"
    count = (region.box_b if inserted else region.box).height
    return f"{number(count)} {'row' if count == 1 else 'rows'} {'inserted' if inserted else 'removed'}"
