"""Two decoded pictures through every step of the comparison: align and analyse."""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from app.evaluation.report import AnalysisInfo
from app.evaluation.request import EvaluationRequest, InvalidOptions
from app.execution.deadline import StepTimer
from app.vision.alignment.align import Alignment, align, same_pixels
from app.vision.analyses import ANALYSES
from app.vision.analysis import Analysis, Metric, Unavailable
from app.vision.arrays import UInt8
from app.vision.decoding.decode import Picture
from app.vision.pair import Pair, make_pair
from app.vision.photometric.conditions import conditions

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Comparison:
    """All that the steps found: the analyses' infos in order, and what they handed back, merged by name.

    images: how each is drawn. whole: the pair with nothing left out, since what is ignored stays visible.
    """

    a: Picture
    b: Picture
    alignment: Alignment
    pair: Pair
    whole: Pair
    infos: list[AnalysisInfo]
    metrics: Mapping[str, Metric]
    facts: Mapping[str, Any]
    images: Mapping[str, Callable[[], UInt8]]
    conditions: list[str]

    @property
    def equal(self) -> bool:
        """Whether every compared pixel is the same, at the same size."""
        return self.a.rgb.shape == self.b.rgb.shape and not self.pair.gaps and bool(self.pair.equal.all())


def compare(a: Picture, b: Picture, request: EvaluationRequest, clock: StepTimer) -> Comparison:
    """Line B up with A and run the analyses asked for.

    Raises InvalidOptions where `ignore` leaves nothing to compare, DeadlinePassed between steps.
    """
    with clock.step("align"):
        if same_pixels(a, b):  # the same arrays, so that what is known of one is known of the other
            b = replace(b, rgb=a.rgb, alpha=a.alpha)
        alignment = align(a, b, request.align)
        whole = make_pair(a, b, alignment, ())
        pair = make_pair(a, b, alignment, request.ignore) if request.ignore else whole
    if not pair.pixels:
        raise InvalidOptions("ignore: the boxes cover everything that could be compared.")
    # Side by side: OpenCV, NumPy and TensorFlow release the interpreter lock.
    with ThreadPoolExecutor(len(request.analyses) + 1) as pool:
        told = pool.submit(conditions, pair, resampled=pair.rgb_b is not b.rgb)
        outcomes = list(pool.map(lambda name: run(name, pair, request, clock), request.analyses))
    analyses = [analysis for _, analysis in outcomes]
    return Comparison(
        a,
        b,
        alignment,
        pair,
        whole,
        infos=[info for info, _ in outcomes],
        metrics={name: value for analysis in analyses for name, value in analysis.metrics.items()},
        facts={name: value for analysis in analyses for name, value in analysis.facts.items()},
        images={name: partial(analysis.images.__getitem__, name) for analysis in analyses for name in analysis.images},
        conditions=told.result(),
    )


def run(name: str, pair: Pair, request: EvaluationRequest, clock: StepTimer) -> tuple[AnalysisInfo, Analysis]:
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
