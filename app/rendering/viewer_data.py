"""Data for the scripts of the report page: pictures, regions, and the scripts' modules."""

import json
import zlib
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, url_for

from app.evaluation.report import RegionInfo, Report
from app.evaluation.tiles import SIDE, tiled_images

# The report's names for each picture of the viewer; the first that the report has is used.
PICTURES = {
    "a": ("a",),
    "b": ("b_aligned", "b"),
    "difference": ("difference",),
    "ssim_map": ("ssim_map",),
    "lpips_map": ("lpips_map",),
}
# In a single-file report each picture is embedded once, in the element with this selector.
SELECTORS = {
    "a": "#picture-a",
    "b": "#picture-b",
    "difference": "[data-picture=difference]",
    "ssim_map": "[data-picture=ssim_map]",
    "lpips_map": "[data-picture=lpips_map]",
}


def init_app(app: Flask) -> None:
    """Give the templates the viewer's data and the list of its modules."""
    folder = Path(app.static_folder or "") / "js" / "viewer"
    modules = sorted(f"viewer/{file.name}" for file in folder.glob("*.js"))
    app.jinja_env.globals.update(viewer_modules=modules, viewer_data=viewer_data, deflated_modules=deflated_modules)


def deflated_modules(modules: list[str], read: Callable[[str], str]) -> str:
    """The modules' sources by name as JSON, deflated and base64-encoded: a third of the size."""
    sources = json.dumps({name: read(f"js/{name}") for name in modules})
    return b64encode(zlib.compress(sources.encode(), 9)).decode()


def viewer_data(report: Report, regions: list[RegionInfo]) -> dict[str, Any]:
    """The pictures, tiles, regions, ignored areas and matches for the viewer. Coordinates are in pixels of A.

    regions: as the page lists them, in its order.
    """
    boxes = [region.box for region in regions]
    return {
        "width": report.a.width,
        "height": report.a.height,
        "pictures": _pictures(report.images),
        "tiles": _tiles(report),
        "regions": [_region(region, number, boxes) for number, region in enumerate(regions, 1)],
        "ignored": report.options["ignore"],
        # From pixel centres to pixel edges, where the viewer has its origin.
        "matches": [[value + 0.5 for value in match] for match in report.correspondences or []],
    }


def _pictures(images: dict[str, str]) -> dict[str, str]:
    found = {name: [images[key] for key in keys if key in images] for name, keys in PICTURES.items()}
    return {name: SELECTORS[name] if _is_inline(images) else urls[0] for name, urls in found.items() if urls}


def _is_inline(images: dict[str, str]) -> bool:
    """Whether the pictures are embedded in the page."""
    return images["a"].startswith("data:")


def _tiles(report: Report) -> dict[str, Any] | None:
    """The tiles of pictures that were shrunk; None without any, and in a single-file report."""
    names = tiled_images(report.images, report.a.width, report.a.height)
    if not names or _is_inline(report.images):
        return None
    address = url_for("api.show_image", report=report.id, name="detail-NAME-COLUMN-ROW")
    return {"side": SIDE, "names": names, "url": address}


def _region(region: RegionInfo, number: int, boxes: list[Any]) -> dict[str, Any]:
    """A region with its number; `partner` is the number of the other end of a move, if listed."""
    other = region.moved_to or region.moved_from
    partner = boxes.index(other) + 1 if other in boxes else None
    return {**region.model_dump(include={"box", "score", "moved_to"}), "number": number, "partner": partner}
