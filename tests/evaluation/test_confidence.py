from dataclasses import replace

import pytest

from app.evaluation.confidence import DIFFERENT, NOT_LINED_UP, confidence
from app.evaluation.evidence import Evidence
from app.vision.region import Box, Region
from tests.evaluation.test_verdict import FOUND, STILL

SURE = Region(Box(0, 0, 10, 10), 100, 0.9, ("luma",))
UNSURE = replace(SURE, score=0.5)
FAILED = replace(FOUND, alignment=replace(STILL, status="failed"))


@pytest.mark.parametrize("evidence", [replace(FOUND, equal=True), replace(FOUND, regions=None)])
def test_what_was_counted_is_sure(evidence: Evidence) -> None:
    assert confidence("same", evidence) == 1


def test_changed_is_as_sure_as_the_surest_region() -> None:
    assert confidence("changed", replace(FOUND, regions=(UNSURE, SURE))) == 0.9
    assert confidence("changed", replace(FOUND, regions=(UNSURE, replace(SURE, allowed="min_size")))) == 0.5


def test_another_size_is_sure_without_a_region() -> None:
    assert confidence("changed", FOUND) == 1


def test_same_is_less_sure_if_something_nearly_was_a_change() -> None:
    assert confidence("same", FOUND) == 1
    assert confidence("same", replace(FOUND, doubt=0.38)) == pytest.approx(0.62)


def test_different_is_never_quite_sure() -> None:
    assert confidence("different", FAILED) == DIFFERENT < 1


def test_photographs_that_were_not_lined_up_leave_doubt() -> None:
    assert confidence("changed", replace(FAILED, regions=(SURE,))) == 0.9 * NOT_LINED_UP
    assert confidence("changed", replace(FAILED, regions=(SURE,), rendered=True)) == 0.9
