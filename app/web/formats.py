"""A report in the format that the caller asks for."""

from collections.abc import Callable
from enum import StrEnum

from flask import Response, render_template, request

from app.evaluation.request import InvalidOptions
from app.rendering.html import standalone
from app.rendering.png import report_sheet
from app.store.records import PairRecord, ReportRecord
from app.web.serializers import present_report
from app.web.service import service


class Format(StrEnum):
    """What a report can be answered as."""

    JSON = "json"
    PAGE = "page"
    HTML = "html"
    PNG = "png"


# What the Accept header decides between; where it likes several as much, the first.
ACCEPTED = {"application/json": Format.JSON, "text/html": Format.PAGE, "image/png": Format.PNG}


def wanted() -> Format:
    """The format of this request: by its `format`, else by its Accept header. Raises InvalidOptions."""
    asked = request.args.get("format")
    if asked is None:
        return ACCEPTED[request.accept_mimetypes.best_match(ACCEPTED, default="application/json")]
    try:
        return Format(asked)
    except ValueError:
        raise InvalidOptions(f"format: must be one of {', '.join(Format)}.") from None


def answer(report: ReportRecord, pair: PairRecord, form: Format) -> Response:
    """The report in that format, for nobody but the one who asked."""
    response = FORMATS[form](report, pair)
    response.vary.add("Accept")
    response.cache_control.private = True
    return response


def as_json(report: ReportRecord, pair: PairRecord) -> Response:
    """The report for programs."""
    return Response(present_report(report, pair).model_dump_json(), mimetype="application/json")


def as_page(report: ReportRecord, pair: PairRecord) -> Response:
    """The report page."""
    return Response(render_template("report.html", report=present_report(report, pair)))


def as_file(report: ReportRecord, pair: PairRecord) -> Response:
    """The report page as one file that needs no network: styles, scripts and pictures inside."""
    report = service().draw(report, pair)
    with service().place():
        page = standalone(present_report(report, pair), service().picture_of(report))
    return _attached(Response(page, mimetype="text/html"), f"image-diff-{report.id}.html")


def as_sheet(report: ReportRecord, pair: PairRecord) -> Response:
    """Verdict, pictures, difference and list as one PNG."""
    report = service().draw(report, pair)
    with service().place():
        drawn = report_sheet(present_report(report, pair), service().picture_of(report))
    return _attached(Response(drawn, mimetype="image/png"), f"image-diff-{report.id}.png")


FORMATS: dict[Format, Callable[[ReportRecord, PairRecord], Response]] = {
    Format.JSON: as_json,
    Format.PAGE: as_page,
    Format.HTML: as_file,
    Format.PNG: as_sheet,
}


def _attached(response: Response, name: str) -> Response:
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
