"""Compare two decoded pictures: align and analyse them."""

import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from app.evaluation.frames import FrameComparison
from app.evaluation.report import AnalysisInfo
from app.evaluation.request import EvaluationRequest, InvalidOptions
from app.execution.deadline import StepTimer
from app.vision.alignment.align import Alignment, align, same_pixels
from app.vision.analyses import ANALYSES
from app.vision.analysis import Analysis, Drawing, Metric, Unavailable
from app.vision.decoding.decode import Picture
from app.vision.pair import Pair, make_pair
from app.vision.photometric.conditions import conditions
from app.vision.points import InvalidPoints
from app.vision.region import Region
from app.vision.tolerances import Allowed, not_reported, permit

log = logging.getLogger(__name__)

Tolerated = tuple[list[Region] | None, list[Allowed]]


@dataclass(frozen=True)
class Comparison:
    """The results of all steps. Those of the analyses are merged by name; `infos` is in their order.

    regions: None if they were not searched. allowed: what passes because of a tolerance.
    images: functions that draw them. whole: the pair without `ignore`, since the page shows ignored boxes.
    frames: the comparison of the frames after the first ones; None if there are none, or if they were not compared.
    """

    a: Picture
    b: Picture
    alignment: Alignment
    pair: Pair
    whole: Pair
    infos: list[AnalysisInfo]
    metrics: Mapping[str, Metric]
    facts: Mapping[str, Any]
    regions: list[Region] | None
    allowed: list[Allowed]
    images: Mapping[str, Drawing]
    conditions: list[str]
    frames: FrameComparison | None = None

    @property
    def equal(self) -> bool:
        """Whether the pictures have the same size and all compared pixels are equal."""
        return self.a.rgb.shape == self.b.rgb.shape and not self.alignment.rows and not self.pair.unequal.any()


def compare(a: Picture, b: Picture, request: EvaluationRequest, clock: StepTimer) -> Comparison:
    """Align B with A and run the requested analyses.

    Raises InvalidOptions if `ignore` leaves nothing to compare or `points` do not suit the pictures, and DeadlinePassed
    between steps.
    """
    with clock.step("align"):
        if same_pixels(a, b):  # share the arrays, so that results for one are reused for the other
            b = replace(b, rgb=a.rgb, alpha=a.alpha)
        alignment = _align(a, b, request)
        whole = make_pair(a, b, alignment, ())
        pair = make_pair(a, b, alignment, request.ignore) if request.ignore else whole
    if not pair.pixels:
        raise InvalidOptions("ignore: the boxes cover everything that could be compared.")
    # In threads, since OpenCV, NumPy and TensorFlow release the interpreter lock.
    with ThreadPoolExecutor(len(request.analyses)) as pool:
        outcomes = list(pool.map(lambda name: run(name, pair, request, clock), request.analyses))
    analyses = [analysis for _, analysis in outcomes]
    facts = {name: value for analysis in analyses for name, value in analysis.facts.items()}
    clock.check()
    regions, allowed = _tolerate(facts, pair, request, same_size=a.size == b.size)
    return Comparison(
        a,
        b,
        alignment,
        pair,
        whole,
        infos=[info for info, _ in outcomes],
        metrics={name: value for analysis in analyses for name, value in analysis.metrics.items()},
        facts=facts,
        regions=regions,
        allowed=allowed,
        images={name: draw for analysis in analyses for name, draw in analysis.images.items()},
        conditions=conditions(pair, [region.box for region in regions or []]),
    )


def _align(a: Picture, b: Picture, request: EvaluationRequest) -> Alignment:
    try:
        return align(a, b, request.align, request.points)
    except InvalidPoints as error:
        raise InvalidOptions(f"points: {error}.") from None


def _tolerate(facts: Mapping[str, Any], pair: Pair, request: EvaluationRequest, same_size: bool) -> Tolerated:
    """The regions, those marked that pass because of a tolerance, and what passes because of which."""
    small = not_reported(facts.get("small_regions", []), request)
    if small and not facts["regions"]:
        return [], small
    regions, allowed = permit(facts.get("regions") or [], pair, request, same_size)
    return regions if "regions" in facts else None, [*small, *allowed]


def run(name: str, pair: Pair, request: EvaluationRequest, clock: StepTimer) -> tuple[AnalysisInfo, Analysis]:
    """Run one analysis. Its errors become its status, so that the others still run."""
    status, reason, analysis = "ok", None, Analysis({})
    with clock.step(name):
        try:
            analysis = ANALYSES[name].analyse(pair, request)
            reason = analysis.reason
        except Unavailable as error:
            status, reason = "unavailable", str(error)
        except Exception:
            log.exception("analysis %s failed", name)
            status, reason = "failed", "This analysis failed on this pair. The service's log has the details."
    info = {"name": name, "status": status, "reason": reason, "milliseconds": clock.milliseconds[name]}
    return AnalysisInfo.model_validate(info), analysis
