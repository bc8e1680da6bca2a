"""Draws the pictures of a report from a comparison."""

import logging
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from app.evaluation.compare import Comparison
from app.vision.analysis import Drawing
from app.vision.arrays import UInt8
from app.vision.drawing.alignment_overlay import checkerboard, dim, extent
from app.vision.encode import Encoded, encode
from app.vision.pair import Pair, on_white
from app.vision.resize import MAX_SCREEN_PIXELS, shrink_to

log = logging.getLogger(__name__)

THUMBNAIL_PIXELS = 64_000


def draw(comparison: Comparison) -> dict[str, Encoded]:
    """All pictures of the report by name, encoded, with at most as many pixels as a screen can show.

    A picture that cannot be drawn is left out, and the log has the error.
    """
    drawings = all_drawings(comparison)
    with ThreadPoolExecutor() as pool:
        encoded = pool.map(_encoded, drawings, drawings.values())
        return {name: picture for name, picture in zip(drawings, encoded, strict=True) if picture}


def all_drawings(comparison: Comparison) -> dict[str, Drawing]:
    """The functions that draw the pictures of the report, by name."""
    a, b, whole = comparison.a, comparison.b, comparison.whole

    def screen_b() -> UInt8:
        return whole.screen_b if whole.rgb_b is b.rgb else shrink_to(on_white(b.rgb, b.alpha), MAX_SCREEN_PIXELS)

    return {
        # Opaque pictures equal their version on white, which exists already.
        "a": lambda: whole.screen_a if a.alpha is None else with_alpha(a.rgb, a.alpha),
        "b": lambda: screen_b() if b.alpha is None else with_alpha(b.rgb, b.alpha),
        **_alignment_drawings(comparison),
        **(comparison.frames.drawings if comparison.frames else {}),
        **comparison.images,
        "thumbnail_a": lambda: shrink_to(whole.screen_a, THUMBNAIL_PIXELS),
        "thumbnail_b": lambda: shrink_to(screen_b(), THUMBNAIL_PIXELS),
    }


def _encoded(name: str, drawing: Drawing) -> Encoded | None:
    try:
        return encode(shrink_to(drawing(), MAX_SCREEN_PIXELS))
    except Exception:
        log.exception("the picture %s could not be drawn", name)
        return None


def _alignment_drawings(comparison: Comparison) -> dict[str, Drawing]:
    """B in A's frame if it was resampled, and overlays that show the alignment if it is a single motion."""
    pair, alignment = comparison.whole, comparison.alignment
    if pair.rgb_b is comparison.b.rgb:
        return {}
    aligned: dict[str, Drawing] = {"b_aligned": lambda: aligned_b(pair)}
    if alignment.status != "applied" or alignment.rows:
        return aligned
    overlays: dict[str, Drawing] = {
        "alignment_checkerboard": lambda: checkerboard(pair),
        "alignment_outline": lambda: extent(pair, alignment),
    }
    return aligned | overlays


def aligned_b(pair: Pair) -> UInt8:
    """B in A's frame for display, dimmed where B has no pixels, since the pair has A's pixels there.

    uint8 RGB or RGBA (height, width, 3 or 4).
    """
    return with_alpha(dim(pair.rgb_b, pair.valid), pair.alpha_b)


def with_alpha(rgb: UInt8, alpha: UInt8 | None) -> UInt8:
    """RGB or RGBA, uint8 (height, width, 3 or 4): transparency is kept, so that the page shows it."""
    return rgb if alpha is None else np.dstack([rgb, alpha])
