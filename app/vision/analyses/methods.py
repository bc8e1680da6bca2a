"""All finders on one pair, in turn: the regions and the time of each."""

import contextlib
import logging
import time
from dataclasses import dataclass, replace

import numpy as np

from app.vision.analyses.regions import describe
from app.vision.analysis import Analysis, Drawing, Unavailable
from app.vision.arrays import UInt8
from app.vision.drawing import outlines as draw
from app.vision.finders import FINDERS
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.photometric.undone import undo
from app.vision.region import Finding
from app.vision.resize import shrink_to

NAME = "methods"
TITLE = "Finders"
DESCRIPTION = "Runs every finder, and compares their regions and times."
STEP_LABEL = "Comparing the methods"
NEEDS_NETWORK = False
DEFAULT = False

log = logging.getLogger(__name__)

MAX_PIXELS = 300_000  # per picture: the page shows two of each finder side by side
MAX_REGIONS = 200  # per finder: the naive ones find thousands
FAILED = "This method failed on this pair. The service's log has the details."


@dataclass(frozen=True)
class Trial:
    """One run of a finder: wall-clock milliseconds, and its finding or the reason why there is none."""

    name: str
    status: str
    reason: str | None
    milliseconds: float
    finding: Finding | None


def analyse(pair: Pair, options: Options) -> Analysis:
    """Run all finders in the order of FINDERS. If one fails, the others still run.

    Facts: `methods`, for each finder its name, status, reason, milliseconds, count of regions, and box and score of
    the MAX_REGIONS with most change; and `regions` and `small_regions`, those of `options.finder`, since running the
    analysis `regions` at the same time would distort the times.
    Images: `methods_NAME_boxes`, the boxes on B, and `methods_NAME_map`, the evidence as a heat map.
    """
    undone = undo(pair).pair
    trials = {name: attempt(name, undone, options) for name in FINDERS}
    facts: dict[str, object] = {"methods": [_summary(trial) for trial in trials.values()]}
    if chosen := trials[options.finder].finding:
        facts["regions"], facts["small_regions"] = describe(chosen, undone, options)
        facts["omitted_regions"] = chosen.omitted
        facts["doubt"] = chosen.doubt
    drawings = {name: drawing for trial in trials.values() for name, drawing in _drawings(trial, pair).items()}
    return Analysis(metrics={}, images=drawings, facts=facts)


def attempt(name: str, pair: Pair, options: Options) -> Trial:
    """Time one finder on a copy of the pair, without the properties that other finders have cached in it.

    A first run on a small pair keeps one-time loading, such as that of TensorFlow, out of the measured time.
    """
    with contextlib.suppress(Exception):  # a lasting error recurs below, and is reported there
        FINDERS[name].find(_small_pair(), options)
    fresh = replace(pair)
    status, reason, finding = "ok", None, None
    began = time.perf_counter()
    try:
        finding = FINDERS[name].find(fresh, options)
    except Unavailable as error:
        status, reason = "unavailable", str(error)
    except Exception:
        log.exception("finder %s failed", name)
        status, reason = "failed", FAILED
    return Trial(name, status, reason, round((time.perf_counter() - began) * 1000, 1), finding)


def _small_pair() -> Pair:
    """A square on gray, large enough for all finders."""
    a = np.full((192, 192, 3), 128, np.uint8)
    b = a.copy()
    b[64:128, 64:128] = 255
    return Pair(a, b, None, None, np.ones(a.shape[:2], np.bool_))


def _summary(trial: Trial) -> dict[str, object]:
    regions = trial.finding.regions if trial.finding else []
    return {
        "name": trial.name,
        "status": trial.status,
        "reason": trial.reason,
        "milliseconds": trial.milliseconds,
        "count": len(regions) + (trial.finding.omitted if trial.finding else 0),
        "regions": [{"box": region.box, "score": region.score} for region in regions[:MAX_REGIONS]],
    }


def _drawings(trial: Trial, pair: Pair) -> dict[str, Drawing]:
    if not (found := trial.finding):
        return {}
    return {
        f"methods_{trial.name}_boxes": lambda: _outlined(pair, found),
        f"methods_{trial.name}_map": lambda: draw.heat(shrink_to(found.evidence, MAX_PIXELS)),
    }


def _outlined(pair: Pair, finding: Finding) -> UInt8:
    """Reduce, then outline: the other way round, the lines would fade."""
    boxes = [region.box for region in finding.regions[:MAX_REGIONS]]
    return draw.illustrate(shrink_to(pair.b, MAX_PIXELS), pair.size, boxes, numbers=False)
