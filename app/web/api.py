"""The REST interface under /api/v1: pairs, evaluations, reports and their pictures."""

from typing import Any

from flask import Blueprint, Response, abort, request, url_for
from werkzeug.exceptions import BadRequest

from app.request import InvalidOptions, Request, parse_request
from app.store.records import PairRecord, ReportRecord
from app.web.present import present_pair, present_report
from app.web.security import YEAR, csrf, is_owner
from app.web.service import service
from app.web.uploads import uploaded_pair

api = Blueprint("api", __name__, url_prefix="/api/v1")


@api.post("/pairs")
def add_pair() -> tuple[dict[str, Any], int, dict[str, str]]:
    """Store two pictures."""
    pair = service().keep(*uploaded_pair(), owner=None)
    return present_pair(pair), 201, {"Location": url_for(".show_pair", pair=pair.id)}


@api.get("/pairs/<pair>")
def show_pair(pair: str) -> dict[str, Any]:
    """What is stored of a pair."""
    return present_pair(find_pair(pair))


@api.delete("/pairs/<pair>")
def delete_pair(pair: str) -> tuple[str, int]:
    """Remove a pair, its reports and its pictures. A pair made in a browser can only be removed by that browser."""
    found = find_pair(pair)
    if not is_owner(found):
        abort(404)
    if found.owner is not None:
        csrf.protect()
    service().store.delete_pair(found.id)
    return "", 204


@api.post("/pairs/<pair>/evaluate")
def evaluate_pair(pair: str) -> Response:
    """Compare a stored pair; options as JSON or as form fields."""
    found = find_pair(pair)
    return _report(service().evaluate(found, requested()), found)


@api.post("/evaluate")
def evaluate_upload() -> Response:
    """Store two pictures and compare them in one call."""
    asked = requested()
    pair, report = service().keep_and_evaluate(*uploaded_pair(), asked)
    response = _report(report, pair)
    response.status_code = 201
    response.headers["Location"] = url_for(".show_report", report=report.id)
    return response


@api.get("/reports/<report>")
def show_report(report: str) -> Response:
    """A stored report."""
    found, pair = find_report(report)
    return _report(found, pair)


@api.get("/reports/<report>/images/<name>")
def show_image(report: str, name: str) -> Response:
    """A picture of a report. It never changes, so it may be kept for ever, but only by the one who asked."""
    found, pair = find_report(report)
    image = found.images.get(name) or service().cut(found, pair, name) or abort(404)
    response = Response(service().store.blobs.get(image.sha256), mimetype=image.media_type)
    response.set_etag(image.sha256)
    response.cache_control.private = True
    response.cache_control.immutable = True
    response.cache_control.max_age = YEAR
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.make_conditional(request)
    return response


def requested() -> Request:
    """The options of this request, from its JSON body or its form fields. Raises InvalidOptions."""
    if not request.is_json:
        return parse_request({name: value for name, value in request.form.items() if name != "csrf_token"})
    try:
        fields = request.get_json()
    except (BadRequest, RecursionError):
        raise InvalidOptions("The body is not valid JSON.") from None
    if not isinstance(fields, dict):
        raise InvalidOptions("The body must be a JSON object with the options as its fields.")
    return parse_request(fields)


def find_pair(pair: str) -> PairRecord:
    """The pair of that id, or 404."""
    return service().store.records.pair(pair) or abort(404)


def find_report(report: str) -> tuple[ReportRecord, PairRecord]:
    """The report of that id and its pair, or 404."""
    found = service().store.records.report(report) or abort(404)
    return found, find_pair(found.pair)


def _report(report: ReportRecord, pair: PairRecord) -> Response:
    return Response(present_report(report, pair).model_dump_json(), mimetype="application/json")
