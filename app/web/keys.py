"""API keys: access to the API, and ownership of the pairs that were stored with a key.

Only digests are compared, stored and passed on: a key never appears in a row, a log line or a response.
"""

from hashlib import sha256
from secrets import compare_digest

from flask import request, session
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from app.store.records import PairRecord
from app.store.usage import KEY_OWNER
from app.web.service import service

# Anyone who has the link may see a report, and browsers send no key.
OPEN = {"api.show_report", "api.show_image"}

HEADER = "X-API-Key"


class NoKey(Unauthorized):
    """The API key is missing or unknown."""


def is_key_required() -> bool:
    """Whether the service has API keys, so that the API requires one."""
    return bool(service().settings.api_keys)


def current_key() -> str | None:
    """The owner that this request's key stands for, "key:" and its SHA-256; None without a valid key."""
    digest = _owner(_sent_key())
    known = (_owner(key.get_secret_value()) for key in service().settings.api_keys)
    return digest if any(compare_digest(digest, other) for other in known) else None


def require_api_key() -> None:
    """Before each request of the API: raise NoKey unless the endpoint needs no key or the key is valid."""
    by_cookie = request.endpoint == "api.delete_pair" and "browser" in session  # owned_pair() checks the owner
    if request.endpoint not in OPEN and not by_cookie:
        require_valid_key()


def require_valid_key() -> None:
    """Raise NoKey if a key is required and the request has no valid one."""
    if is_key_required() and not current_key():
        error = {"error": "invalid_token"} if _sent_key() else {}
        raise NoKey(
            f"This needs an API key that is known here, as 'Authorization: Bearer KEY' or '{HEADER}: KEY'.",
            www_authenticate=WWWAuthenticate("bearer", {"realm": "Image Diff", **error}),
        )


def is_owner(pair: PairRecord) -> bool:
    """Whether the caller owns a pair: it was stored with the same key or from the same browser.

    A pair without an owner belongs to everyone who knows its id and may use the API.
    """
    if pair.owner is None:
        return not is_key_required() or current_key() is not None
    return compare_digest(pair.owner, current_key() or session.get("browser", ""))


def may_see(pair: PairRecord) -> bool:
    """Whether the caller may see a pair: with API keys only its owner, else everyone who knows its id."""
    return not is_key_required() or is_owner(pair)


def _sent_key() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else request.headers.get(HEADER, "")


def _owner(key: str) -> str:
    return f"{KEY_OWNER}{sha256(key.encode()).hexdigest()}"
