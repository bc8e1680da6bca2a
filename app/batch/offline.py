"""Compare two files without a server or a store."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from app.evaluation.pipeline import fingerprint, run_pipeline
from app.evaluation.report import PictureInfo, Report
from app.evaluation.request import EvaluationRequest
from app.execution.deadline import StepTimer
from app.rendering.environment import templates
from app.rendering.png import report_sheet
from app.rendering.standalone_html import standalone
from app.store import Upload
from app.vision.encode import Encoded

# The ids and addresses that only a stored report has.
STORED_FIELDS = {"id", "pair", "images", "links"}


@dataclass(frozen=True)
class Outcome:
    """A report that is not stored, and its pictures by name."""

    report: Report
    pictures: Mapping[str, Encoded]

    def json(self) -> dict[str, Any]:
        """The API's JSON of the report, without STORED_FIELDS."""
        return self.report.model_dump(mode="json", exclude=STORED_FIELDS)

    def html(self) -> str:
        """The report as one file that needs no network."""
        with templates().app_context():
            return standalone(self.report, self.pictures.__getitem__)

    def png(self) -> bytes:
        """The PNG sheet for a bug report."""
        return report_sheet(self.report, self.pictures.__getitem__)


def compare_files(a: Upload, b: Upload, request: EvaluationRequest, max_pixels: int, clock: StepTimer) -> Outcome:
    """Compare two encoded pictures.

    The report's id is a digest of the pictures, the options and the program, so equal requests have equal ids.
    Raises PictureRejected, InvalidOptions and DeadlinePassed.
    """
    findings, drawn = run_pipeline([(a.name, a.data), (b.name, b.data)], request, max_pixels, clock)
    pictures = {name: picture for name, picture in drawn.items() if picture}
    infos = {
        side: PictureInfo(
            **getattr(findings, side).model_dump(),
            name=file.name,
            bytes=len(file.data),
            sha256=sha256(file.data).hexdigest(),
        )
        for side, file in (("a", a), ("b", b))
    }
    report = Report.model_validate(
        {
            **findings.model_dump(),
            **infos,
            "id": request.key(infos["a"].sha256, infos["b"].sha256, fingerprint()),
            "created": datetime.now(UTC),
            "pair": "",
            "images": dict.fromkeys(pictures, ""),
            "links": {},
            "options": request.model_dump(mode="json"),
        }
    )
    return Outcome(report, pictures)
