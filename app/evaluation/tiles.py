"""Tiles of large pictures at full resolution, rendered when a viewer first zooms in beyond the report's pictures."""

import re
from collections.abc import Collection, Iterator

from app.evaluation.images import aligned_b, with_alpha
from app.evaluation.pipeline import open_pictures, stored_files
from app.store import Store
from app.store.records import PairRecord, ReportRecord
from app.vision.alignment.align import align
from app.vision.analyses import pixel
from app.vision.arrays import UInt8
from app.vision.encode import Encoded, encode
from app.vision.options import Options
from app.vision.pair import make_pair
from app.vision.resize import MAX_SCREEN_PIXELS

SIDE = 1024
NAMES = ("a", "b", "difference")
# The options that tiles depend on.
TILE_OPTIONS = ("align", "points", "threshold", "colour_distance", "ignore")
# Three digits suffice for the largest side of a PNG, a million pixels.
TILE_NAME = re.compile(rf"detail-({'|'.join(NAMES)})-(0|[1-9][0-9]{{0,2}})-(0|[1-9][0-9]{{0,2}})")


def tiled_images(images: Collection[str], width: int, height: int) -> list[str]:
    """The names of a report's pictures that have tiles; none if the report shows them at full resolution."""
    return [name for name in NAMES if name in images] if width * height > MAX_SCREEN_PIXELS else []


def picture_of_tile(name: str) -> str | None:
    """The name of the picture that a tile belongs to; None if `name` is not the name of a tile."""
    found = TILE_NAME.fullmatch(name)
    return found and found[1]


def requested_tile(name: str, images: Collection[str], width: int, height: int) -> str | None:
    """As picture_of_tile(), but None also if a report with these pictures and this size has no such tile."""
    found = TILE_NAME.fullmatch(name)
    if not found or found[1] not in tiled_images(images, width, height):
        return None
    column, row = int(found[2]), int(found[3])
    return found[1] if column * SIDE < width and row * SIDE < height else None


def render_tile_images(
    picture: str, report: ReportRecord, pair: PairRecord, store: Store, max_pixels: int
) -> dict[str, Encoded]:
    """All tiles of a picture by name, `detail-<picture>-<column>-<row>`; those of A and B together, as both are viewed.

    The comparison is repeated from the two files: keeping it in memory would take 300 MB for a large pair, and writing
    tiles with every report would take a second and megabytes, which few users need.
    """
    options = _tile_options(report)
    a, b = open_pictures(stored_files(pair, store), max_pixels)
    alignment = align(a, b, options.align, options.points)
    if picture == "difference":
        compared = make_pair(a, b, alignment, options.ignore)
        return dict(_tiles("difference", pixel.picture(compared, options)))
    whole = make_pair(a, b, alignment, ())
    return dict([*_tiles("a", with_alpha(a.rgb, a.alpha)), *_tiles("b", aligned_b(whole))])


def _tile_options(report: ReportRecord) -> Options:
    """The options of a report that tiles depend on; others may have been removed or renamed since it was stored.

    Reports from before `colour_distance` was an option have the distance YIQ.
    """
    options = {name: value for name, value in report.options.items() if name in TILE_OPTIONS}
    return Options.model_validate({"colour_distance": "yiq", **options})


def _tiles(name: str, picture: UInt8) -> Iterator[tuple[str, Encoded]]:
    height, width = picture.shape[:2]
    for top in range(0, height, SIDE):
        for left in range(0, width, SIDE):
            tile = picture[top : top + SIDE, left : left + SIDE]
            yield f"detail-{name}-{left // SIDE}-{top // SIDE}", encode(tile)
