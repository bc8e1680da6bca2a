"""Every finder on the pair, one after the other: what each finds, and how long it takes."""

import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from app.vision.analyses.regions import describe
from app.vision.analysis import Analysis, Drawings, Unavailable
from app.vision.arrays import UInt8
from app.vision.drawing import outlines as draw
from app.vision.finders import FINDERS
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.region import Finding, map_box

log = logging.getLogger(__name__)

PIXELS = 300_000  # of a picture: two for each finder are shown side by side
KEPT = 200  # regions of one finder; the naive ones find thousands
FAILED = "This method failed on this pair. The service's log has the details."


@dataclass(frozen=True)
class Trial:
    """One finder's run: milliseconds of wall-clock time, and its finding or the reason why there is none."""

    name: str
    status: str
    reason: str | None
    milliseconds: float
    finding: Finding | None


def analyse(pair: Pair, options: Options) -> Analysis:
    """Every finder in FINDERS by itself, in that order. One that fails does not stop the others.

    Facts: `methods`, for each its name, status, reason, milliseconds, the count of its regions and the KEPT with
    most change as box and score; and `regions`, those of `options.finder`, so that the analysis `regions`, which
    would run at the same time and spoil the times, is not needed beside this one.
    Images: `methods_NAME_boxes`, the kept boxes on B, and `methods_NAME_map`, the evidence as a heat map.
    """
    trials = {name: attempt(name, pair, options) for name in FINDERS}
    facts: dict[str, object] = {"methods": [_told(trial) for trial in trials.values()]}
    if chosen := trials[options.finder].finding:
        facts["regions"] = describe(chosen, pair)
    how = {name: drawing for trial in trials.values() for name, drawing in _drawings(trial, pair).items()}
    return Analysis(metrics={}, images=Drawings(how), facts=facts)


def attempt(name: str, pair: Pair, options: Options) -> Trial:
    """Time one finder. It starts from the bare pair: what another finder derived from it is not there for it.

    What a finder loads at its first call, such as TensorFlow, is loaded before the clock starts.
    """
    with contextlib.suppress(Exception):  # what goes wrong here goes wrong again below, and is told there
        FINDERS[name](_small(), options)
    fresh = replace(pair)
    status, reason, finding = "ok", None, None
    began = time.perf_counter()
    try:
        finding = FINDERS[name](fresh, options)
    except Unavailable as error:
        status, reason = "unavailable", str(error)
    except Exception:
        log.exception("finder %s failed", name)
        status, reason = "failed", FAILED
    return Trial(name, status, reason, round((time.perf_counter() - began) * 1000, 1), finding)


def _small() -> Pair:
    """A square on gray, large enough for every finder."""
    a = np.full((192, 192, 3), 128, np.uint8)
    b = a.copy()
    b[64:128, 64:128] = 255
    return Pair(a, b, None, None, np.ones(a.shape[:2], np.bool_))


def _told(trial: Trial) -> dict[str, object]:
    regions = trial.finding.regions if trial.finding else []
    return {
        "name": trial.name,
        "status": trial.status,
        "reason": trial.reason,
        "milliseconds": trial.milliseconds,
        "count": len(regions),
        "regions": [{"box": region.box, "score": region.score} for region in regions[:KEPT]],
    }


def _drawings(trial: Trial, pair: Pair) -> dict[str, Callable[[], UInt8]]:
    if not (found := trial.finding):
        return {}
    return {
        f"methods_{trial.name}_boxes": lambda: _outlined(pair.b, found),
        f"methods_{trial.name}_map": lambda: draw.heat(draw.shrink_to(found.evidence, PIXELS)),
    }


def _outlined(image: UInt8, finding: Finding) -> UInt8:
    """Reduced first, then outlined: lines that are reduced with the picture fade."""
    canvas = draw.shrink_to(image, PIXELS)
    (height, width), (tall, wide) = image.shape[:2], canvas.shape[:2]
    scale = np.diag([wide / width, tall / height, 1.0])
    boxes = [map_box(region.box, scale, (wide, tall)) for region in finding.regions[:KEPT]]
    return draw.outline(canvas, boxes, numbers=False)
