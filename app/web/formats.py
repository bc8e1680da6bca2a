"""Reports in the format that the request asks for."""

from collections.abc import Callable
from enum import StrEnum

from flask import Response, render_template, request

from app.evaluation.request import InvalidOptions
from app.execution.deadline import StepTimer
from app.rendering.png import report_sheet
from app.rendering.standalone_html import standalone
from app.store.records import PairRecord, ReportRecord
from app.web.keys import may_see
from app.web.serializers import present_report
from app.web.service import service


class Format(StrEnum):
    """The formats of a report."""

    JSON = "json"
    PAGE = "page"
    HTML = "html"
    PNG = "png"


# The types that the Accept header chooses from; the first wins a tie.
ACCEPTED = {"application/json": Format.JSON, "text/html": Format.PAGE, "image/png": Format.PNG}


def requested_format() -> Format:
    """The format that this request asks for by `format`, or else by its Accept header. Raises InvalidOptions."""
    name = request.args.get("format")
    if name is None:
        return ACCEPTED[request.accept_mimetypes.best_match(ACCEPTED, default="application/json")]
    try:
        return Format(name)
    except ValueError:
        raise InvalidOptions(f"format: must be one of {', '.join(Format)}.") from None


def answer(report: ReportRecord, pair: PairRecord, form: Format) -> Response:
    """The report in this format, not to be stored by shared caches."""
    response = FORMATS[form](report, pair)
    response.vary.add("Accept")
    response.cache_control.private = True
    return response


def answer_stored(report: ReportRecord, pair: PairRecord, form: Format) -> Response:
    """answer() for a report that a client only reads. Raises QueueFull.

    A page of hundreds of regions holds the interpreter for a tenth of a second, so few of them are made at once.
    """
    if form not in (Format.JSON, Format.PAGE):  # these have queues of their own
        return answer(report, pair, form)
    with service().page_slots.admit(StepTimer(service().settings.deadline)):
        return answer(report, pair, form)


def as_json(report: ReportRecord, pair: PairRecord) -> Response:
    """The report as JSON."""
    return Response(present_report(report, pair).model_dump_json(), mimetype="application/json")


def as_page(report: ReportRecord, pair: PairRecord) -> Response:
    """The report page."""
    page = render_template("report.html", report=present_report(report, pair), may_evaluate=may_see(pair))
    return Response(page)


def as_html_file(report: ReportRecord, pair: PairRecord) -> Response:
    """The report page as one file that needs no network: styles, scripts and pictures inside."""
    report = service().draw(report, pair)
    with service().drawing_slot():
        page = standalone(present_report(report, pair), service().picture_reader(report))
    return _attached(Response(page, mimetype="text/html"), f"image-diff-{report.id}.html")


def as_sheet(report: ReportRecord, pair: PairRecord) -> Response:
    """The verdict, the pictures, the difference and the list of changes as one PNG."""
    report = service().draw(report, pair)
    with service().drawing_slot():
        png = report_sheet(present_report(report, pair), service().picture_reader(report))
    return _attached(Response(png, mimetype="image/png"), f"image-diff-{report.id}.png")


FORMATS: dict[Format, Callable[[ReportRecord, PairRecord], Response]] = {
    Format.JSON: as_json,
    Format.PAGE: as_page,
    Format.HTML: as_html_file,
    Format.PNG: as_sheet,
}


def _attached(response: Response, name: str) -> Response:
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
