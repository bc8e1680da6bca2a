"""Response headers, cookies and forged requests."""

import secrets

from flask import Flask, Response, g, session
from flask_wtf.csrf import CSRFProtect

csrf = CSRFProtect()

YEAR = 365 * 24 * 3600

# For what came from a stranger: opened by itself, it may do nothing.
SANDBOX = "default-src 'none'; sandbox"


def nonce() -> str:
    """The number that lets this response's own inline scripts run, and no other."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return str(g.nonce)


def browser() -> str:
    """The id of this browser; its cookie is set when it first stores something."""
    if "browser" not in session:
        session["browser"] = secrets.token_urlsafe(16)
        session.permanent = True
    return str(session["browser"])


def init_app(app: Flask) -> None:
    """Protect browser posts against forgery and every response against framing, sniffing and injected code."""
    csrf.init_app(app)
    app.jinja_env.globals["csp_nonce"] = nonce
    app.after_request(add_headers)


def add_headers(response: Response) -> Response:
    """Tell the browser to run and load nothing but our own."""
    policy = {
        "default-src": "'none'",
        "script-src": f"'self' 'nonce-{nonce()}'",
        "style-src": "'self'",
        "img-src": "'self' data: blob:",
        "connect-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    response.headers.setdefault(
        "Content-Security-Policy", "; ".join(f"{name} {value}" for name, value in policy.items())
    )
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("X-Frame-Options", "DENY")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    return response
