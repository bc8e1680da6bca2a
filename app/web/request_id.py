"""An id for each request: for the log lines that are about it, and for who reports an error."""

import re
import secrets

from flask import Flask, Response, has_request_context, request

from app import logs

HEADER = "X-Request-ID"
WELL_FORMED = re.compile("[A-Za-z0-9._-]{1,64}")


def init_app(app: Flask) -> None:
    """Give each request its id, before all else that may refuse it."""
    app.before_request(identify)
    app.after_request(tell)
    logs.ask(current)


def identify() -> None:
    """Take over the id that the request came with, or make one."""
    sent = request.headers.get(HEADER, "")
    request.environ[logs.REQUEST] = sent if WELL_FORMED.fullmatch(sent) else secrets.token_hex(8)
    request.environ[logs.ROUTE] = route()


def tell(response: Response) -> Response:
    """Send the id along."""
    response.headers[HEADER] = current()
    return response


def current() -> str:
    """The id of the request that this thread is at; empty where it is at none."""
    return str(request.environ.get(logs.REQUEST, "")) if has_request_context() else ""


def route() -> str:
    """The pattern of this request's address: it says what is asked, and of no id."""
    return request.url_rule.rule if request.url_rule else "none"
