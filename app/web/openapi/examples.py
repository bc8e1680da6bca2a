"""Examples of requests and answers for the API's description."""

import json
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel

from app.evaluation.report import (
    AlignmentInfo,
    AnalysisInfo,
    FileDescription,
    FileInfo,
    PictureInfo,
    RegionInfo,
    Report,
    Verdict,
)
from app.evaluation.request import EvaluationRequest
from app.vision.region import Box
from app.web.forms import OptionsForm
from app.web.problems import DETAILS, Problem
from app.web.serializers import Pair

PAIR, REPORT = "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"
CREATED = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
A = {"name": "before.png", "bytes": 48_213, "sha256": "5f" * 32}
B = {"name": "after.png", "bytes": 49_870, "sha256": "c0" * 32}
DESCRIPTION = FileDescription(
    width=1280, height=720, format="PNG", colour="RGB", bits=8, alpha=False, frames=1, orientation=1, profile=None
)
BOX = Box(412, 96, 180, 44)
OPTIONS: dict[str, Any] = {
    "analyses": "pixel,regions",
    "threshold": 0.2,
    "ignore": [{"x": 0, "y": 0, "width": 1280, "height": 40}, [12.5, 680, 200, 80]],
    "points": [[412, 96, 420, 101], [1180, 640, 1189, 644]],
    "allow_shift": 1,
}


def _report() -> Report:
    names = ("a", "b", "difference", "thumbnail_a", "thumbnail_b")
    return Report(
        id=REPORT,
        created=CREATED,
        pair=PAIR,
        a=PictureInfo(**DESCRIPTION.model_dump(), **A),
        b=PictureInfo(**DESCRIPTION.model_dump(), **B),
        verdict=Verdict(kind="changed", summary="1 thing appeared."),
        notes=[],
        alignment=AlignmentInfo(
            status="not_needed", kind="identity", matrix=None, overlap=1, inliers=0, error=None, summary=None
        ),
        analyses=[
            AnalysisInfo(name="pixel", status="ok", reason=None, milliseconds=21.4),
            AnalysisInfo(name="regions", status="ok", reason=None, milliseconds=35.9),
        ],
        metrics={"exact_match_rate": 0.9914, "different_pixels": 7_406, "mse": 41.2, "psnr": 31.98},
        classification=None,
        hashes=None,
        device=None,
        regions=[
            RegionInfo(box=BOX, box_b=BOX, changed_pixels=7_371, score=0.98, found_by=("combined",), kind="appeared")
        ],
        timings={"decode": 12.3, "align": 18.8, "pixel": 21.4, "regions": 35.9, "total": 103.7},
        images={name: f"/api/v1/reports/{REPORT}/images/{name}" for name in names},
        links={
            "self": f"/api/v1/reports/{REPORT}",
            "page": f"/reports/{REPORT}",
            "download": f"/reports/{REPORT}/download.html",
            "sheet": f"/reports/{REPORT}/sheet.png",
            "pair": f"/api/v1/pairs/{PAIR}",
        },
        options=EvaluationRequest.model_validate(OPTIONS).model_dump(mode="json"),
    )


def _pair() -> Pair:
    page, link = f"/pairs/{PAIR}", f"/api/v1/pairs/{PAIR}"
    links = {"self": link, "page": page, "evaluate": f"{link}/evaluate", "evaluate_page": f"{page}/evaluate"}
    return Pair(id=PAIR, created=CREATED, a=FileInfo(**A), b=FileInfo(**B), links=links)


def problem(status: int) -> Problem:
    """An example of an error with this status."""
    details = {
        **DETAILS,
        400: "threshold: must be less than or equal to 1.",
        401: "This needs an API key that is known here, as 'Authorization: Bearer KEY' or 'X-API-Key: KEY'.",
        413: "The request is too large. The limits are 64 MiB in all, 20 form parts and 256 kB a field.",
        415: "b (after.svg): this is not a picture of an accepted format.",
        422: "b (after.png): the picture has 81 million pixels; the limit is 50 million.",
        429: "Too many comparisons are running and waiting. Try again in a few seconds.",
        503: "The evaluation took longer than 60 seconds, the limit here.",
        507: "The storage has reached its limit, 10,240.0 MiB (MAX_STORAGE). Something has to be deleted before more "
        "can be stored.",
    }
    return Problem(
        type=f"/api/docs#problem-{status}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=details[status],
        field="b" if status in (415, 422) else None,
    )


EXAMPLES: dict[type[BaseModel], Any] = {
    EvaluationRequest: OPTIONS,
    OptionsForm: {**OPTIONS, **{name: json.dumps(OPTIONS[name]) for name in ("ignore", "points")}},
    Pair: _pair().model_dump(mode="json"),
    Report: _report().model_dump(mode="json"),
}
