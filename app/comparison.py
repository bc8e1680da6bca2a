"""Two decoded pictures through every step of the comparison: align, analyse, draw."""

import logging
from collections import ChainMap
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.clock import Clock
from app.report import AnalysisInfo
from app.request import InvalidOptions, Request
from app.vision.align import Alignment, align
from app.vision.analyses import ANALYSES
from app.vision.analysis import Analysis, Metric, Unavailable
from app.vision.arrays import UInt8
from app.vision.circumstances import circumstances
from app.vision.decode import Picture
from app.vision.draw import SCREEN, fit
from app.vision.encode import Encoded, encode
from app.vision.overlay import checkerboard, dim, extent
from app.vision.pair import Pair, make_pair, on_white

log = logging.getLogger(__name__)

THUMBNAIL_PIXELS = 64_000


@dataclass(frozen=True)
class Comparison:
    """All that the steps found: the analyses' infos in order, and what they handed back, merged by name.

    whole: the pair with nothing left out, since what is ignored stays visible.
    """

    a: Picture
    b: Picture
    alignment: Alignment
    pair: Pair
    whole: Pair
    infos: list[AnalysisInfo]
    metrics: Mapping[str, Metric]
    facts: Mapping[str, Any]
    images: Mapping[str, UInt8]
    circumstances: list[str]

    @property
    def equal(self) -> bool:
        """Whether every compared pixel is the same, at the same size."""
        return self.a.rgb.shape == self.b.rgb.shape and not self.pair.gaps and bool(self.pair.equal.all())


def compare(a: Picture, b: Picture, request: Request, clock: Clock) -> Comparison:
    """Line B up with A and run the analyses asked for.

    Raises InvalidOptions where `ignore` leaves nothing to compare, DeadlinePassed between steps.
    """
    with clock.step("align"):
        alignment = align(a, b, request.align)
        whole = make_pair(a, b, alignment, ())
        pair = make_pair(a, b, alignment, request.ignore) if request.ignore else whole
    if not pair.pixels:
        raise InvalidOptions("ignore: the boxes cover everything that could be compared.")
    # Side by side: OpenCV, NumPy and TensorFlow release the interpreter lock.
    with ThreadPoolExecutor(len(request.analyses) + 1) as pool:
        told = pool.submit(circumstances, pair, resampled=pair.rgb_b is not b.rgb)
        outcomes = list(pool.map(lambda name: run(name, pair, request, clock), request.analyses))
    analyses = [analysis for _, analysis in reversed(outcomes)]  # the first mapping of a ChainMap comes last
    return Comparison(
        a,
        b,
        alignment,
        pair,
        whole,
        infos=[info for info, _ in outcomes],
        metrics=dict(ChainMap(*(analysis.metrics for analysis in analyses))),
        facts=dict(ChainMap(*(analysis.facts for analysis in analyses))),
        images=dict(ChainMap(*(analysis.images for analysis in analyses))),
        circumstances=told.result(),
    )


def run(name: str, pair: Pair, request: Request, clock: Clock) -> tuple[AnalysisInfo, Analysis]:
    """Run one analysis. What goes wrong in it stays in it: the others still run."""
    status, reason, analysis = "ok", None, Analysis({})
    with clock.step(name):
        try:
            analysis = ANALYSES[name](pair, request)
            reason = analysis.reason
        except Unavailable as error:
            status, reason = "unavailable", str(error)
        except Exception:
            log.exception("analysis %s failed", name)
            status, reason = "failed", "This analysis failed on this pair. The service's log has the details."
    info = {"name": name, "status": status, "reason": reason, "milliseconds": clock.milliseconds[name]}
    return AnalysisInfo.model_validate(info), analysis


def draw(comparison: Comparison) -> dict[str, Encoded]:
    """Every picture of the report, encoded; none has more pixels than a screen can use."""
    a, b = comparison.a, comparison.b
    whole = comparison.whole
    shown_b = whole.shown_b if whole.rgb_b is b.rgb else fit(on_white(b.rgb, b.alpha), SCREEN)
    upright = {"a": upright_picture(a, whole.shown_a), "b": upright_picture(b, shown_b)}
    small = {"thumbnail_a": fit(whole.shown_a, THUMBNAIL_PIXELS), "thumbnail_b": fit(shown_b, THUMBNAIL_PIXELS)}
    images = {**upright, **aligned(comparison), **comparison.images, **small}
    with ThreadPoolExecutor() as pool:
        encoded = pool.map(lambda image: encode(fit(image, SCREEN)), images.values())
        return dict(zip(images, encoded, strict=True))


def upright_picture(picture: Picture, shown: UInt8) -> UInt8:
    """What the report shows as A or B. shown: the picture on white, which is the same where nothing is transparent."""
    return shown if picture.alpha is None else with_alpha(picture.rgb, picture.alpha)


def aligned(comparison: Comparison) -> dict[str, UInt8]:
    """B in A's frame, where that is not B itself; and where B was moved as a whole, how well it fits."""
    pair, alignment = comparison.whole, comparison.alignment
    if pair.rgb_b is comparison.b.rgb:
        return {}
    shown = {"b_aligned": shown_b(pair)}
    if alignment.status != "applied" or alignment.rows:
        return shown
    return {**shown, "alignment_checkerboard": checkerboard(pair), "alignment_outline": extent(pair, alignment)}


def shown_b(pair: Pair) -> UInt8:
    """B as it is shown. Where B has nothing the pair holds A's pixels: undimmed they would pass for B's."""
    return with_alpha(dim(pair.rgb_b, pair.valid), pair.alpha_b)


def with_alpha(rgb: UInt8, alpha: UInt8 | None) -> UInt8:
    """RGB or RGBA (height, width, 3 or 4): what is transparent stays so, for the page to say it."""
    return rgb if alpha is None else np.dstack([rgb, alpha])
