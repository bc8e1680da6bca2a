"""A report to take along: as one HTML file."""

from base64 import b64encode
from pathlib import Path

from flask import Blueprint, Response, current_app

from app.store.records import ReportRecord
from app.web.api import find_report
from app.web.pages import render_report
from app.web.present import present_report
from app.web.service import service

downloads = Blueprint("downloads", __name__)


@downloads.get("/reports/<report>/download.html")
def download_report(report: str) -> Response:
    """The report page as one file that needs no network: styles, scripts and pictures inside."""
    found, pair = find_report(report)
    shown = present_report(found, pair).model_copy(update={"images": _inline_images(found)})
    response = Response(render_report(shown, inline=_inline_file), mimetype="text/html")
    return _attached(response, f"image-diff-{found.id}.html")


def _attached(response: Response, name: str) -> Response:
    """A file to be kept, and by nobody but the one who asked."""
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.cache_control.private = True
    return response


def _inline_images(report: ReportRecord) -> dict[str, str]:
    blobs = service().store.blobs
    return {
        name: f"data:{image.media_type};base64,{b64encode(blobs.get(image.sha256)).decode()}"
        for name, image in report.images.items()
    }


def _inline_file(name: str) -> str:
    """The text of one of our own static files."""
    return (Path(current_app.static_folder or "") / name).read_text(encoding="utf-8")
