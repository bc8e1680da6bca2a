"""The pictures of a report, drawn from a comparison."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from app.evaluation.compare import Comparison
from app.vision.arrays import UInt8
from app.vision.drawing.alignment_overlay import checkerboard, dim, extent
from app.vision.drawing.outlines import SCREEN, shrink_to
from app.vision.encode import Encoded, encode
from app.vision.pair import Pair, on_white

log = logging.getLogger(__name__)

THUMBNAIL_PIXELS = 64_000

Drawing = Callable[[], UInt8]


def draw(comparison: Comparison) -> dict[str, Encoded]:
    """Every picture of the report, encoded; none has more pixels than a screen can use.

    One that cannot be drawn is left out, and the log tells why: the others are worth having.
    """
    drawings = all_drawings(comparison)
    with ThreadPoolExecutor() as pool:
        encoded = pool.map(_encoded, drawings, drawings.values())
        return {name: picture for name, picture in zip(drawings, encoded, strict=True) if picture}


def all_drawings(comparison: Comparison) -> dict[str, Drawing]:
    """How each picture of the report is drawn, by name."""
    a, b, whole = comparison.a, comparison.b, comparison.whole

    def shown_b() -> UInt8:
        return whole.screen_b if whole.rgb_b is b.rgb else shrink_to(on_white(b.rgb, b.alpha), SCREEN)

    return {
        # On white they are the same where nothing is transparent, and drawn already.
        "a": lambda: whole.screen_a if a.alpha is None else with_alpha(a.rgb, a.alpha),
        "b": lambda: shown_b() if b.alpha is None else with_alpha(b.rgb, b.alpha),
        **_aligned(comparison),
        **comparison.images,
        "thumbnail_a": lambda: shrink_to(whole.screen_a, THUMBNAIL_PIXELS),
        "thumbnail_b": lambda: shrink_to(shown_b(), THUMBNAIL_PIXELS),
    }


def _encoded(name: str, drawing: Drawing) -> Encoded | None:
    try:
        return encode(shrink_to(drawing(), SCREEN))
    except Exception:
        log.exception("the picture %s could not be drawn", name)
        return None


def _aligned(comparison: Comparison) -> dict[str, Drawing]:
    """B in A's frame, where that is not B itself; and where B was moved as a whole, how well it fits."""
    pair, alignment = comparison.whole, comparison.alignment
    if pair.rgb_b is comparison.b.rgb:
        return {}
    shown: dict[str, Drawing] = {"b_aligned": lambda: moved_b(pair)}
    if alignment.status != "applied" or alignment.rows:
        return shown
    overlays: dict[str, Drawing] = {
        "alignment_checkerboard": lambda: checkerboard(pair),
        "alignment_outline": lambda: extent(pair, alignment),
    }
    return shown | overlays


def moved_b(pair: Pair) -> UInt8:
    """B in A's frame as it is shown: dimmed where B has nothing, as the pair holds A's pixels there."""
    return with_alpha(dim(pair.rgb_b, pair.valid), pair.alpha_b)


def with_alpha(rgb: UInt8, alpha: UInt8 | None) -> UInt8:
    """RGB or RGBA (height, width, 3 or 4): what is transparent stays so, for the page to say it."""
    return rgb if alpha is None else np.dstack([rgb, alpha])
