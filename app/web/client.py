"""Whether the client of a request is still there."""

from collections.abc import Callable
from functools import partial
from socket import MSG_DONTWAIT, MSG_PEEK, socket

from flask import has_request_context, request

from app.execution.deadline import never


def departure() -> Callable[[], bool]:
    """Tells, in any thread, whether the client of this request has closed its connection.

    Gunicorn hands its socket on; of other servers nothing is known, nor of a connection that it encrypts itself. Who
    closes only his sending side counts as gone: no HTTP client in use does so, and proxies take it for the same.
    """
    connection = request.environ.get("gunicorn.socket") if has_request_context() else None
    return never if connection is None else partial(_closed, connection)


def _closed(connection: socket) -> bool:
    try:
        return not connection.recv(1, MSG_PEEK | MSG_DONTWAIT)
    except (BlockingIOError, ValueError):  # it is silent; or it is TLS, where one cannot peek
        return False
    except OSError:
        return True
