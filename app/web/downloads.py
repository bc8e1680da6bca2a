"""A report to take along: as one HTML file, or as a sheet for a bug report."""

from flask import Blueprint, Response

from app.web.api import find_report
from app.web.present import present_report
from app.web.service import service
from app.web.sheets import report_sheet
from app.web.standalone import standalone

downloads = Blueprint("downloads", __name__)


@downloads.get("/reports/<report>/download.html")
def download_report(report: str) -> Response:
    """The report page as one file that needs no network: styles, scripts and pictures inside."""
    found, pair = find_report(report)
    with service().place():
        page = standalone(present_report(found, pair), service().picture_of(found))
    return _attached(Response(page, mimetype="text/html"), f"image-diff-{found.id}.html")


@downloads.get("/reports/<report>/sheet.png")
def download_sheet(report: str) -> Response:
    """Verdict, pictures, difference and list as one PNG."""
    found, pair = find_report(report)
    with service().place():
        drawn = report_sheet(present_report(found, pair), service().picture_of(found))
    return _attached(Response(drawn, mimetype="image/png"), f"image-diff-{found.id}.png")


def _attached(response: Response, name: str) -> Response:
    """A file to be kept, and by nobody but the one who asked."""
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.cache_control.private = True
    return response
