"""An id for each request, in its log lines and in its response; and the log line of each response."""

import logging
import re
import secrets
import time
from functools import partial
from urllib.parse import quote

from flask import Flask, Request, Response, g, has_request_context, request

from app import logs

log = logging.getLogger("app.access")

HEADER = "X-Request-ID"
URI = "/:?#[]@!$&'()*+,;=%"  # what may be in one, beside letters and digits (RFC 3986)
WELL_FORMED = re.compile("[A-Za-z0-9._-]{1,64}")


def init_app(app: Flask) -> None:
    """Give each request an id before any other hook may refuse it."""
    app.before_request(identify)
    app.after_request(add_header)
    logs.set_request_id_source(current)


def identify() -> None:
    """Use the X-Request-ID header if it is well-formed, else a random id."""
    sent = request.headers.get(HEADER, "")
    request.environ[logs.REQUEST] = sent if WELL_FORMED.fullmatch(sent) else secrets.token_hex(8)
    g.began = time.perf_counter()


def add_header(response: Response) -> Response:
    """Add the id to the response."""
    response.headers[HEADER] = current()
    write = partial(log_response, response, request._get_current_object(), g.began)  # type: ignore[attr-defined]
    if response.is_streamed and not response.direct_passthrough:
        response.call_on_close(write)
    else:
        write()
    return response


def log_response(response: Response, answered: Request, began: float) -> None:
    """Write the access log line. A streamed response is logged at its end, without its size."""
    fields = {
        "method": answered.method,
        "route": answered.url_rule.rule if answered.url_rule else "none",
        "status": response.status_code,
        "milliseconds": round((time.perf_counter() - began) * 1000),
        "bytes": response.content_length,
        "client": quote(answered.remote_addr or "", safe=URI),  # a proxy may forward any text
    }
    uri = quote(answered.environ.get("REQUEST_URI", answered.path), safe=URI)  # without control characters
    first_line = f"{answered.method} {uri} {answered.environ['SERVER_PROTOCOL']}"
    log.info(
        '%(client)s "%(line)s" %(status)s %(bytes)s B %(milliseconds)s ms',
        {"line": first_line, **fields},
        extra={"request": answered.environ[logs.REQUEST], "fields": fields},
    )


def current() -> str:
    """The id of the request that this thread handles; empty outside a request."""
    return str(request.environ.get(logs.REQUEST, "")) if has_request_context() else ""


def route() -> str:
    """The URL rule of this request, which contains no ids; "none" without one."""
    return request.url_rule.rule if request.url_rule else "none"
