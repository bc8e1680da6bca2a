"""The REST interface under /api/v1: pairs, evaluations, reports and their pictures."""

from flask import Blueprint, Response, abort, request, url_for

from app.evaluation.report import Report
from app.evaluation.request import EvaluationRequest, InvalidOptions, parse_json, parse_request
from app.store.records import NOT_DRAWN, PairRecord, ReportRecord
from app.web.formats import Format, answer, answer_stored, requested_format
from app.web.forms import EvaluateForm, OptionsForm, PicturesForm
from app.web.keys import current_key, is_owner, may_see, require_api_key, require_valid_key
from app.web.openapi.operation import Operation, declares
from app.web.security import SANDBOX, YEAR, csrf
from app.web.serializers import Pair, present_pair
from app.web.service import service
from app.web.uploads import received_pair


def count_post() -> None:
    """Before each request: count uploads and comparisons towards the client's limit. Raises RateLimitExceeded."""
    if request.method == "POST":
        service().rate_limit.count()


def refuse_other_sites() -> None:
    """Before each request: refuse what a page of another site makes a browser send, unless it has a valid key.

    The API needs no token, so any page could store pictures here for its visitors, or in a network that they can reach.
    """
    foreign = request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")
    if foreign and request.method not in ("GET", "HEAD", "OPTIONS") and not current_key():
        abort(400, "Sec-Fetch-Site: another site's page sent this. Send it from a page of this service, or with a key.")


api = Blueprint("api", __name__, url_prefix="/api/v1")
for check in (require_api_key, refuse_other_sites):
    api.before_request(check)

MULTIPART = "multipart/form-data"
URLENCODED = "application/x-www-form-urlencoded"
PAIR = {"application/json": Pair}
REPORT = {"application/json": Report, "text/html": None, "image/png": None}
TWO_FILES = "-F a=@before.png -F b=@after.png"


@api.post("/pairs")
@declares(
    Operation(
        201,
        PAIR,
        request_body={MULTIPART: PicturesForm},
        required=True,
        problems=(400, 401, 413, 415, 422, 429, 503, 507),
        headers=("Location",),
        links={"show_pair": "pair", "evaluate_pair": "pair", "delete_pair": "pair"},
        curl=TWO_FILES,
    )
)
def add_pair() -> Response:
    """Store two pictures, to compare them later or more than once."""
    pair = service().store_pair(*received_pair(), owner=current_key())
    response = _pair(pair)
    response.status_code = 201
    response.headers["Location"] = url_for(".show_pair", pair=pair.id)
    return response


@api.get("/pairs/<pair>")
@declares(Operation(200, PAIR, problems=(401, 404, 503)))
def show_pair(pair: str) -> Response:
    """Return a stored pair.

    If the service has API keys, only the key that stored it may see it.
    """
    return _pair(find_pair(pair))


@api.delete("/pairs/<pair>")
@declares(Operation(204, {}, problems=(400, 401, 404, 503), curl="-X DELETE"))
def delete_pair(pair: str) -> Response:
    """Remove a pair, its reports and its pictures.

    Only the pair's owner may: with the API key that stored it, or from the browser that stored it, with the page's
    token in `X-CSRFToken`.
    """
    found = owned_pair(pair)
    if found.owner is not None and not current_key():
        csrf.protect()
    service().store.delete_pair(found.id)
    return Response(status=204)


@api.post("/pairs/<pair>/evaluate")
@declares(
    Operation(
        200,
        REPORT,
        request_body={"application/json": EvaluationRequest, MULTIPART: OptionsForm, URLENCODED: OptionsForm},
        problems=(400, 401, 404, 413, 422, 429, 503, 507),
        parameters=("format",),
        links={"show_report": "report"},
        curl="""-H 'Content-Type: application/json' -d '{"analyses": "pixel,regions", "threshold": 0.2}'""",
    )
)
def evaluate_pair(pair: str) -> Response:
    """Compare a stored pair.

    The same options return the stored report, unless `fresh` is true. Without a body, the defaults apply.
    Only the pair's owner may: with the API key that stored it, or from the browser that stored it.
    """
    report_format, found, options = requested_format(), owned_pair(pair), requested_options()
    with service().hold_slot():
        report = service().evaluate(found, options, drawn=report_format is not Format.JSON)
        return answer(report, found, report_format)


@api.post("/evaluate")
@declares(
    Operation(
        201,
        REPORT,
        request_body={MULTIPART: EvaluateForm},
        required=True,
        problems=(400, 401, 413, 415, 422, 429, 503, 507),
        parameters=("format",),
        headers=("Location",),
        links={"show_report": "report"},
        curl=TWO_FILES,
    )
)
def evaluate_upload() -> Response:
    """Store two pictures and compare them, in one call."""
    report_format, files, options = requested_format(), received_pair(), requested_options(files=("a", "b"))
    drawn = report_format is not Format.JSON
    with service().hold_slot():
        pair, report = service().store_and_evaluate(*files, options, owner=current_key(), drawn=drawn)
        response = answer(report, pair, report_format)
    response.status_code = 201
    response.headers["Location"] = url_for(".show_report", report=report.id)
    return response


@api.get("/reports/<report>")
@declares(
    Operation(
        200,
        REPORT,
        problems=(400, 404, 429, 503, 507),
        parameters=("format", "If-None-Match"),
        headers=("ETag",),
        curl="-H 'Accept: application/json'",
    )
)
def show_report(report: str) -> Response:
    """Return a stored report."""
    report_format = requested_format()
    response = answer_stored(*find_report(report), report_format)
    response.cache_control.no_cache = True
    if report_format is not Format.PAGE:  # a page contains the nonce and the token of this response
        response.add_etag()
    response.make_conditional(request)
    return response


@api.get("/reports/<report>/images/<name>")
@declares(
    Operation(
        200,
        dict.fromkeys(("image/png", "image/jpeg", "image/webp")),
        problems=(404, 422, 429, 503, 507),
        parameters=("If-None-Match",),
        headers=("ETag",),
        curl="-O",
    )
)
def show_image(report: str, name: str) -> Response:
    """Return a picture of a report.

    It never changes, so the client may cache it for ever; shared caches may not. The first picture of a report that was
    created as JSON takes as long as the comparison did, because all its pictures are drawn then.
    """
    found, pair = find_report(report)
    if found.images.get(name) == NOT_DRAWN:
        found = service().draw(found, pair)
    image = found.images.get(name) or service().tile(found, pair, name) or abort(404)
    response = Response(service().store.blobs.get(image.sha256), mimetype=image.media_type)
    response.set_etag(image.sha256)
    response.cache_control.private = True
    response.cache_control.immutable = True
    response.cache_control.max_age = YEAR
    response.headers["Content-Security-Policy"] = SANDBOX
    response.make_conditional(request)
    return response


def requested_options(files: tuple[str, ...] = ()) -> EvaluationRequest:
    """The options in the JSON body or the form fields; `files` names the expected files. Raises InvalidOptions."""
    if request.mimetype != MULTIPART:  # multipart files go to the disk, every other body into memory
        request.max_content_length = request.max_form_memory_size
    if request.is_json:
        return parse_json(request.get_data())
    if request.mimetype not in (MULTIPART, URLENCODED) and request.get_data():
        raise InvalidOptions("The body must be JSON, with 'Content-Type: application/json', or a form.")
    if unexpected := [name for name in request.files if name not in files]:
        raise InvalidOptions(f"{unexpected[0]}: must not be a file. Options are sent as text.")
    fields = {name: values[0] if len(values) == 1 else values for name, values in request.form.lists()}
    fields.pop("csrf_token", None)
    return parse_request(fields)


def find_pair(pair: str) -> PairRecord:
    """The pair with this id, or 404 if there is none or the caller may not see it."""
    found = service().store.records.pair(pair)
    return found if found and may_see(found) else abort(404)


def owned_pair(pair: str) -> PairRecord:
    """The pair with this id, or 404 if there is none or the caller does not own it."""
    found = service().store.records.pair(pair)
    if found is None or not is_owner(found):
        require_valid_key()
        abort(404)
    return found


def find_report(report: str) -> tuple[ReportRecord, PairRecord]:
    """The report with this id and its pair, or 404. Whoever knows the id may see the report."""
    records = service().store.records
    found = records.report(report) or abort(404)
    return found, records.pair(found.pair) or abort(404)


def _pair(pair: PairRecord) -> Response:
    response = Response(present_pair(pair).model_dump_json(), mimetype="application/json")
    response.cache_control.no_store = True
    return response
