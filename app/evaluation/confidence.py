"""How sure a verdict is."""

from app.evaluation.evidence import Evidence
from app.evaluation.report import VerdictKind

# It takes two or three signs that all say so; each alone errs in about one of a hundred pairs, see docs/imagenet.md.
DIFFERENT = 0.95
# Where photographs could not be lined up, a region and its absence say less. By how much was not measured.
NOT_LINED_UP = 0.5


def confidence(kind: VerdictKind, evidence: Evidence) -> float:
    """An estimate, in [0, 1], of how likely the kind of the verdict is right, by the scores of regions; not calibrated.

    `changed` is as sure as its surest region is real. `same` is as sure as that what looked most like a change, and was
    left out as light, lens or noise, is none. What follows from pixels that were counted is sure.
    """
    if kind == "identical" or evidence.equal or evidence.regions is None:
        return 1.0
    if kind == "different":
        return DIFFERENT
    scores = [region.score for region in evidence.regions if not region.allowed]
    sure = 1 - evidence.doubt if kind == "same" else max(scores, default=1.0)
    lined_up = evidence.rendered or evidence.alignment.status != "failed"
    return round(sure * (1 if lined_up else NOT_LINED_UP), 3)
