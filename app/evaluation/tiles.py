"""Large pictures in full: cut into squares when somebody first looks closer than the report's own pictures allow."""

import re
from collections.abc import Collection, Iterator

from app.evaluation.images import moved_b, with_alpha
from app.evaluation.pipeline import open_pictures, stored_files
from app.store import Store
from app.store.records import PairRecord, ReportRecord
from app.vision.alignment.align import align
from app.vision.analyses import pixel
from app.vision.arrays import UInt8
from app.vision.drawing.outlines import SCREEN
from app.vision.encode import Encoded, encode
from app.vision.options import Options
from app.vision.pair import make_pair

SIDE = 1024
NAMES = ("a", "b", "difference")
DECISIVE = ("align", "threshold", "ignore")
# Three digits reach as far as a PNG can be wide or tall: a million pixels.
NAME = re.compile(rf"detail-({'|'.join(NAMES)})-(0|[1-9][0-9]{{0,2}})-(0|[1-9][0-9]{{0,2}})")


def tiled_images(images: Collection[str], width: int, height: int) -> list[str]:
    """Of which of a report's pictures there are squares: of none, where it shows them in full anyway."""
    return [name for name in NAMES if name in images] if width * height > SCREEN else []


def which(name: str) -> str | None:
    """The picture that a square belongs to, by the square's name; None where that is no such name."""
    found = NAME.fullmatch(name)
    return found and found[1]


def requested_tile(name: str, images: Collection[str], width: int, height: int) -> str | None:
    """The same, where that square is one of a report's with these pictures, of such a size; else None."""
    found = NAME.fullmatch(name)
    if not found or found[1] not in tiled_images(images, width, height):
        return None
    column, row = int(found[2]), int(found[3])
    return found[1] if column * SIDE < width and row * SIDE < height else None


def render_tile_images(
    picture: str, report: ReportRecord, pair: PairRecord, store: Store, max_pixels: int
) -> dict[str, Encoded]:
    """All squares of a picture, as `detail-<picture>-<column>-<row>`; of A and B together, as both are looked at.

    Everything is made anew from the two files: to keep it in memory would take 300 MB for a large pair, and to write
    it with each report a second and megabytes, which few will ever look at.
    """
    options = _stored(report)
    a, b = open_pictures(stored_files(pair, store), max_pixels)
    alignment = align(a, b, options.align)
    if picture == "difference":
        compared = make_pair(a, b, alignment, options.ignore)
        return dict(_squares("difference", pixel.picture(compared, options.threshold)))
    whole = make_pair(a, b, alignment, ())
    return dict([*_squares("a", with_alpha(a.rgb, a.alpha)), *_squares("b", moved_b(whole))])


def _stored(report: ReportRecord) -> Options:
    """Those of a report's options that squares depend on; the others may be gone or renamed since it was stored."""
    return Options.model_validate({name: value for name, value in report.options.items() if name in DECISIVE})


def _squares(name: str, picture: UInt8) -> Iterator[tuple[str, Encoded]]:
    height, width = picture.shape[:2]
    for top in range(0, height, SIDE):
        for left in range(0, width, SIDE):
            square = picture[top : top + SIDE, left : left + SIDE]
            yield f"detail-{name}-{left // SIDE}-{top // SIDE}", encode(square)
