import json
import re

import cv2
import numpy as np
import pytest

from app.batch.offline import Outcome, compare_files
from app.evaluation.pipeline import PictureRejected
from app.evaluation.request import EvaluationRequest
from app.execution.deadline import StepTimer
from app.store import Upload
from tests.pictures import changed_scene, png, scene
from tests.web.links import Links

QUICK = EvaluationRequest(analyses=("pixel", "regions"))


def compared(request: EvaluationRequest = QUICK, b: bytes | None = None) -> Outcome:
    files = (Upload("a.png", png(scene())), Upload("b.png", b or png(changed_scene())))
    return compare_files(*files, request, 1_000_000, StepTimer(60))


def test_the_json_is_the_report_without_ids_and_addresses() -> None:
    reported = compared().json()
    assert reported["verdict"]["kind"] == "changed"
    assert reported["a"]["name"] == "a.png"
    assert not {"id", "pair", "images", "links"} & reported.keys()
    assert json.loads(json.dumps(reported)) == reported


def test_equal_requests_have_equal_ids() -> None:
    first = compared().report.id
    assert compared().report.id == first
    assert compared(EvaluationRequest(analyses=("pixel",))).report.id != first


def test_the_page_needs_no_other_files() -> None:
    page = compared().html()
    assert [link for link in Links(page).found if not link.startswith(("data:", "#"))] == []
    assert len(re.findall(r'id="picture-[ab]" href="data:image/', page)) == 2
    assert "nonce" not in page


def test_the_sheet_is_a_png() -> None:
    sheet = cv2.imdecode(np.frombuffer(compared().png(), np.uint8), cv2.IMREAD_COLOR)
    assert sheet is not None
    assert sheet.shape[1] == 1600


def test_a_broken_file_is_named() -> None:
    with pytest.raises(PictureRejected, match=r"^b \(b\.png\): "):
        compared(b=b"nothing")
