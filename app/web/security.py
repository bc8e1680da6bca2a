"""Response headers, cookies and forged requests."""

import secrets

from flask import Flask, Response, g, session
from flask_wtf.csrf import CSRFProtect

csrf = CSRFProtect()

YEAR = 365 * 24 * 3600

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

# For uploaded content: nothing may run when a picture is opened by itself.
SANDBOX = "default-src 'none'; sandbox"


def nonce() -> str:
    """The CSP nonce of this response's own inline scripts."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return str(g.nonce)


def browser() -> str:
    """The id of this browser; its cookie is set when it first stores a pair."""
    if "browser" not in session:
        session["browser"] = secrets.token_urlsafe(16)
        session.permanent = True
    return str(session["browser"])


def init_app(app: Flask) -> None:
    """Protect browser posts against forgery and every response against framing, sniffing and injected code.

    Where cookies need HTTPS, browsers are told to use nothing else for a year.
    """
    csrf.init_app(app)
    app.jinja_env.globals["csp_nonce"] = nonce
    app.after_request(add_headers)
    if app.config["SESSION_COOKIE_SECURE"]:
        app.after_request(require_https)


def add_headers(response: Response) -> Response:
    """Add the headers that let the browser run and load only this service's own content."""
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
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def require_https(response: Response) -> Response:
    """Tell the browser to reach this host over HTTPS only. Browsers ignore it in a response over HTTP."""
    response.headers.setdefault("Strict-Transport-Security", f"max-age={YEAR}")
    return response
