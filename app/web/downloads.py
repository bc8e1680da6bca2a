"""Downloads of a report: one HTML file, or a PNG sheet for a bug report."""

from flask import Blueprint, Response

from app.web.api import find_report
from app.web.formats import Format, answer

downloads = Blueprint("downloads", __name__)


@downloads.get("/reports/<report>/download.html")
def download_report(report: str) -> Response:
    """The report page as one file that needs no network."""
    return answer(*find_report(report), Format.HTML)


@downloads.get("/reports/<report>/sheet.png")
def download_sheet(report: str) -> Response:
    """The verdict, the pictures, the difference and the list of changes as one PNG."""
    return answer(*find_report(report), Format.PNG)
