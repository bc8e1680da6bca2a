"""The labels and glyphs of verdicts and kinds of change, the same on every page and sheet."""

from flask import Flask

from app.evaluation.report import RegionInfo, VerdictKind
from app.rendering.filters import number
from app.vision.region import ROWS, SIZE, Kind

VERDICT_GLYPHS: dict[VerdictKind, str] = {"identical": "=", "same": "≈", "changed": "≠", "different": "∅"}
VERDICT_LABELS: dict[VerdictKind, str] = {
    "identical": "Identical",
    "same": "No meaningful change",
    "changed": "Changed",
    "different": "Not the same thing",
}
CHANGE_LABELS: dict[Kind, str] = {
    "appeared": "Appeared",
    "disappeared": "Disappeared",
    "recoloured": "Changed colour",
    "replaced": "Replaced",
    "moved": "Moved",
    "changed": "Changed",
}


def init_app(app: Flask) -> None:
    """Give the templates the labels and glyphs."""
    app.jinja_env.globals.update(
        verdict_glyphs=VERDICT_GLYPHS, verdict_labels=VERDICT_LABELS, region_title=region_title
    )
    app.jinja_env.tests["one_sided"] = is_one_sided


def is_one_sided(region: RegionInfo) -> bool:
    """Whether only one picture has what the region shows: inserted or removed rows, or the margin of a larger After."""
    return ROWS in region.found_by or SIZE in region.found_by


def region_title(region: RegionInfo) -> str:
    """The title of a region, such as "Changed colour" or "3 rows inserted"."""
    if SIZE in region.found_by:
        return "Only in After"
    if ROWS not in region.found_by:
        return CHANGE_LABELS[region.kind]
    inserted = region.kind == "appeared"
    count = (region.box_b if inserted else region.box).height
    return f"{number(count)} {'row' if count == 1 else 'rows'} {'inserted' if inserted else 'removed'}"
