"""Comparisons of arrays."""

from app.evaluation.compare import compare
from app.evaluation.findings import build_findings
from app.evaluation.report import Findings
from app.evaluation.request import EvaluationRequest
from app.execution.deadline import StepTimer
from app.vision.arrays import UInt8
from app.vision.decoding.decode import decode
from tests.pictures import png


def findings(a: UInt8, b: UInt8, **options: object) -> Findings:
    """The findings of two arrays."""
    clock = StepTimer(60)
    with clock.step("decode"):
        first, second = decode(png(a), 10**8), decode(png(b), 10**8)
    comparison = compare(
        first, second, EvaluationRequest.model_validate({"analyses": "pixel,regions", **options}), clock
    )
    clock.milliseconds |= {"draw": 0.0, "total": 0.0}
    return build_findings(comparison, ignored=False, same_bytes=False, clock=clock)
