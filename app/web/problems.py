"""Error responses: problem+json (RFC 9457) for programs, a page for browsers."""

import logging
from http import HTTPStatus

from flask import Flask, Response, current_app, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from pydantic import Field
from werkzeug.exceptions import BadHost, HTTPException, RequestEntityTooLarge, SecurityError

from app.evaluation.pipeline import PictureRejected
from app.evaluation.report import ApiModel, Link
from app.evaluation.request import InvalidOptions
from app.execution.admission import QueueFull
from app.execution.deadline import Abandoned, DeadlinePassed
from app.execution.process_pool import WorkerDied
from app.store.errors import MissingBlob, MissingPair, StorageError, StorageLimitReached
from app.vision.decoding.errors import UnsupportedFormat
from app.web.limits import RateLimitExceeded
from app.web.service import service
from app.web.uploads import InvalidUpload

log = logging.getLogger(__name__)

RETRY_SECONDS = 5


class Problem(ApiModel):
    """An error, after RFC 9457."""

    type: Link = Field(description="The kind of error, as the address of its description.")
    title: str
    status: int
    detail: str = Field(description="One or more sentences for people. They name the field and the limit.")
    field: str | None = Field(description="The form field of the picture that caused the error, if a picture did.")


# The causes of each error, for the API's description.
OCCASIONS = {
    400: "A field or a browser's token is missing or malformed, or a page of another site sent the request without a "
    "key. The text names each field and the values it may have.",
    401: "An API key is required, and the request has no valid one. `WWW-Authenticate` says how to send it.",
    404: "The address or the id is unknown, or the pair or report was deleted.",
    405: "The address does not accept this method. `Allow` lists those it accepts.",
    413: "The body, one of its fields or the number of its parts is over the limit.",
    415: "A file is not a picture of an accepted format, whatever its name says.",
    422: "A picture is broken, or has too many pixels.",
    429: "Too many comparisons run and wait, or you sent too many. `Retry-After` says how many seconds to wait.",
    503: "The comparison took too long, or the storage is full or down. `Retry-After` says when to try again.",
    507: "The pictures or the report would exceed the bytes that the service may store. Delete pairs first.",
}


def init_app(app: Flask) -> None:
    """Register a handler for every error of the service and of Flask."""
    app.register_error_handler(InvalidUpload, lambda error: problem(400, str(error), error.field))
    app.register_error_handler(InvalidOptions, lambda error: problem(400, str(error)))
    app.register_error_handler(PictureRejected, rejected)
    app.register_error_handler(QueueFull, lambda error: problem(429, str(error)))
    app.register_error_handler(RateLimitExceeded, rate_limited)
    app.register_error_handler(DeadlinePassed, lambda error: problem(503, str(error)))
    app.register_error_handler(Abandoned, lambda _: Response(status=499))  # only for the log, with nginx's status
    app.register_error_handler(WorkerDied, lambda error: problem(422, str(error)))
    app.register_error_handler(MissingPair, lambda _: problem(404, DETAILS[404]))  # deleted while it was evaluated
    app.register_error_handler(MissingBlob, missing_blob)
    app.register_error_handler(StorageError, unavailable)
    app.register_error_handler(StorageLimitReached, lambda error: problem(507, str(error)))
    app.register_error_handler(CSRFError, csrf_failed)
    app.register_error_handler(SecurityError, foreign_host)
    app.register_error_handler(RequestEntityTooLarge, too_large)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, internal_error)


def problem(status: int, detail: str, field: str | None = None) -> Response:
    """An error response as JSON or as a page, as the client accepts; `field` is the form field of the picture."""
    if isinstance(request.routing_exception, BadHost):
        return foreign_host(request.routing_exception)
    title = HTTPStatus(status).phrase
    if wants_json():
        kind = url_for("docs.show_docs", _anchor=f"problem-{status}") if status in OCCASIONS else "about:blank"
        body = Problem(type=kind, title=title, status=status, detail=detail, field=field)
        response = Response(body.model_dump_json(), status, mimetype="application/problem+json")
    else:
        response = Response(render_template("error.html", status=status, title=title, detail=detail), status)
    if status in (429, 503):
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def wants_json() -> bool:
    """Whether the client is a program: it uses the API, or prefers JSON or events to HTML."""
    offered = ["text/html", "application/json", "application/problem+json", "text/event-stream"]
    preferred = request.accept_mimetypes.best_match(offered, default="text/html")
    return request.path.startswith("/api/") or preferred != "text/html"


def rejected(error: PictureRejected) -> Response:
    """A picture that cannot be compared: 415 for an unsupported format, 422 for any other reason."""
    status = 415 if isinstance(error.reason, UnsupportedFormat) else 422
    return problem(status, str(error), error.field)


def rate_limited(error: RateLimitExceeded) -> Response:
    """The client sends too much."""
    response = problem(429, str(error))
    response.headers["Retry-After"] = str(error.seconds)
    return response


def unavailable(error: StorageError) -> Response:
    """Storage cannot be used. The cause is logged, not sent."""
    log.error("%s %s", error, error.cause)
    return problem(503, str(error))


def missing_blob(error: MissingBlob) -> Response:
    """A picture that is not on the disk: 404 if its pair was deleted meanwhile, 503 if the file was lost."""
    (digest,) = error.args
    try:
        deleted = service().store.records.unreferenced([digest])
    except StorageError as failure:
        return unavailable(failure)
    if deleted:
        return problem(404, DETAILS[404])
    log.error("the stored picture %s is missing: rows refer to it, but there is no file", digest)
    return problem(503, "A stored picture is missing from the disk.")


def csrf_failed(_: CSRFError) -> Response:
    """A browser post without a valid CSRF token: it is forged, or the page is old."""
    return problem(400, "csrf_token: missing or expired. Reload the page and try again.")


def foreign_host(_: HTTPException) -> Response:
    """A request for an untrusted or impossible host. The response is JSON without links, which would use that host."""
    body = Problem(
        type="about:blank", title="Bad Request", status=400, detail="Host: not a name of this service.", field=None
    )
    return Response(body.model_dump_json(), 400, mimetype="application/problem+json")


def too_large(_: RequestEntityTooLarge) -> Response:
    """A body over one of the limits."""
    limits = current_app.config
    mebibytes = limits["MAX_CONTENT_LENGTH"] / 1024 / 1024
    kilobytes = limits["MAX_FORM_MEMORY_SIZE"] / 1024
    return problem(
        413,
        f"The request is too large. The limits are {mebibytes:g} MiB in all, {limits['MAX_FORM_PARTS']} form parts "
        f"and {kilobytes:g} kB for a field that is not a file.",
    )


def http_error(error: HTTPException) -> Response:
    """Flask's own errors: unknown routes and ids, wrong methods, malformed bodies."""
    status = error.code or 500
    response = problem(status, DETAILS.get(status, error.description or ""))
    for name, value in error.get_headers():
        if name in ("Allow", "Location", "WWW-Authenticate"):
            response.headers[name] = value
    response.status_code = status
    return response


def internal_error(error: Exception) -> Response:
    """Any other exception is a bug. Its traceback is logged, not sent."""
    log.error("unhandled error", exc_info=error)
    return problem(500, "Something failed inside the service. It is written to the log.")


DETAILS = {
    404: "There is nothing at this address. The link may be mistyped, or the pair or report was deleted.",
    405: "This address does not accept that method.",
}
