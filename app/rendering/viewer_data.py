"""What the scripts of the report page work with: the pictures, the places, and the modules themselves."""

import json
import zlib
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, url_for

from app.evaluation.report import RegionInfo, Report
from app.evaluation.tiles import SIDE, tiled_images

# The viewer's name for a picture: the report's names for it, the first that it has.
PICTURES = {
    "a": ("a",),
    "b": ("b_aligned", "b"),
    "difference": ("difference",),
    "ssim_map": ("ssim_map",),
    "lpips_map": ("lpips_map",),
}
# In a file of its own, the element that holds the picture: it is there once.
HOLDERS = {
    "a": "#picture-a",
    "b": "#picture-b",
    "difference": "[data-picture=difference]",
    "ssim_map": "[data-picture=ssim_map]",
    "lpips_map": "[data-picture=lpips_map]",
}


def init_app(app: Flask) -> None:
    """Give the templates the data of a report's viewer and the list of its modules."""
    folder = Path(app.static_folder or "") / "js" / "viewer"
    modules = sorted(f"viewer/{file.name}" for file in folder.glob("*.js"))
    app.jinja_env.globals.update(viewer_modules=modules, viewer_data=viewer_data, deflated_modules=deflated_modules)


def deflated_modules(modules: list[str], read: Callable[[str], str]) -> str:
    """The modules' sources by name, as base64 of deflated JSON: a third of what they take as they are."""
    sources = json.dumps({name: read(f"js/{name}") for name in modules})
    return b64encode(zlib.compress(sources.encode(), 9)).decode()


def viewer_data(report: Report, regions: list[RegionInfo]) -> dict[str, Any]:
    """The pictures by the viewer's names for them, the regions in the order of the list, all places in pixels of A."""
    boxes = [region.box for region in regions]
    return {
        "width": report.a.width,
        "height": report.a.height,
        "pictures": _pictures(report.images),
        "tiles": _tiles(report),
        "regions": [_region(region, number, boxes) for number, region in enumerate(regions, 1)],
        "ignored": report.options["ignore"],
        "matches": [[value + 0.5 for value in places] for places in report.correspondences or []],
    }


def _pictures(images: dict[str, str]) -> dict[str, str]:
    found = {name: [images[known] for known in names if known in images] for name, names in PICTURES.items()}
    return {name: HOLDERS[name] if _is_inline(images) else urls[0] for name, urls in found.items() if urls}


def _is_inline(images: dict[str, str]) -> bool:
    """Whether the pictures are in the page itself."""
    return images["a"].startswith("data:")


def _tiles(report: Report) -> dict[str, Any] | None:
    """Where the tiles are of a picture that was reduced; in a file of its own there are none to ask for."""
    names = tiled_images(report.images, report.a.width, report.a.height)
    if not names or _is_inline(report.images):
        return None
    address = url_for("api.show_image", report=report.id, name="detail-NAME-COLUMN-ROW")
    return {"side": SIDE, "names": names, "url": address}


def _region(region: RegionInfo, number: int, boxes: list[Any]) -> dict[str, Any]:
    """A region, its number, and the number of the other place of a thing that moved."""
    other = region.moved_to or region.moved_from
    told = region.model_dump(include={"box", "score", "moved_to"})
    return told | {"number": number, "partner": boxes.index(other) + 1 if other in boxes else None}
