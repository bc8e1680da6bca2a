"""A report to take along: as one HTML file, or as a sheet for a bug report."""

import re
from collections.abc import Mapping
from pathlib import Path

from flask import Blueprint, Response, current_app

from app.clock import Clock
from app.report import Report
from app.store.records import ReportRecord
from app.vision.encode import Encoded
from app.web.api import find_report
from app.web.inlined import Stored, inlined
from app.web.pages import render_report
from app.web.present import present_report
from app.web.service import service
from app.web.sheets import report_sheet

downloads = Blueprint("downloads", __name__)

# The HTML file has at most so many times the bytes of the two pictures as they were sent.
LIMIT = 1.5


@downloads.get("/reports/<report>/download.html")
def download_report(report: str) -> Response:
    """The report page as one file that needs no network: styles, scripts and pictures inside."""
    found, pair = find_report(report)
    with service().gate.enter(Clock(service().settings.deadline)):
        page = _standalone(found, present_report(found, pair))
    return _attached(Response(page, mimetype="text/html"), f"image-diff-{found.id}.html")


@downloads.get("/reports/<report>/sheet.png")
def download_sheet(report: str) -> Response:
    """Verdict, pictures, difference and list as one PNG."""
    found, pair = find_report(report)
    with service().gate.enter(Clock(service().settings.deadline)):
        drawn = report_sheet(found, present_report(found, pair))
    return _attached(Response(drawn, mimetype="image/png"), f"image-diff-{found.id}.png")


def _standalone(found: ReportRecord, report: Report) -> str:
    """Rendered twice: first with marks for pictures, to learn how large the page is and how often it holds each."""
    marks = {name: f"data:,{name};" for name in report.images}
    bare = _page(report, marks)
    uses = {name: bare.count(mark) for name, mark in marks.items()}
    size = len(bare.encode()) - sum(uses[name] * len(mark) for name, mark in marks.items())
    pictures = [Stored(name, _stored(found, name), count) for name, count in uses.items() if count]
    return _page(report, inlined(pictures, int(LIMIT * (report.a.bytes + report.b.bytes)) - size))


def _page(report: Report, images: Mapping[str, str]) -> str:
    return render_report(report.model_copy(update={"images": images}), inline=_static)


def _stored(report: ReportRecord, name: str) -> Encoded:
    image = report.images[name]
    return Encoded(service().store.blobs.get(image.sha256), image.media_type)


def _static(name: str) -> str:
    """The text of one of our own static files, without comments and indentation: a sixth of it."""
    text = (Path(current_app.static_folder or "") / name).read_text(encoding="utf-8")
    return re.sub(r"^[ \t]*(//.*\n)?", "", text, flags=re.MULTILINE)


def _attached(response: Response, name: str) -> Response:
    """A file to be kept, and by nobody but the one who asked."""
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.cache_control.private = True
    return response
