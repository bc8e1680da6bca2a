"""Rate limits for uploads and comparisons."""

import math
import time
from ipaddress import IPv6Address, ip_address
from typing import cast

from flask import Flask, Response, request
from flask.typing import RouteCallable
from flask_limiter import Limiter, RateLimitExceeded

from app.web.problems import problem

LIMITED = ("pages.upload", "pages.evaluate_pair", "api.add_pair", "api.evaluate_pair", "api.evaluate_upload")


def init_app(app: Flask, limit: str) -> None:
    """Limit uploads and comparisons of each client, counted together; `limit` as in "60/minute", "" for none.

    The counts are in memory, which is correct for the one process that answers; several would count separately.
    """
    if not limit:
        return
    limiter = Limiter(client, app=app, storage_uri="memory://", strategy="moving-window")
    limited = limiter.shared_limit(limit, scope="pictures")
    for endpoint in LIMITED:
        view = limited(app.view_functions[endpoint])
        app.view_functions[endpoint] = cast(RouteCallable, view)

    @app.errorhandler(RateLimitExceeded)
    def exceeded(_: RateLimitExceeded) -> Response:
        response = problem(429, f"The limit is {limit} per client. Retry-After says how long to wait.")
        if current := limiter.current_limit:
            response.headers["Retry-After"] = str(max(1, math.ceil(current.reset_at - time.time())))
        return response


def client() -> str:
    """The client's address; of IPv6 the first 64 bits, because a network can use all addresses of its prefix."""
    address = ip_address(request.remote_addr or "127.0.0.1")
    return str(int(address) >> 64) if isinstance(address, IPv6Address) else str(address)
