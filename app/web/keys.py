"""API keys: who may use the API, and whose is what was made with one.

Only digests are compared, kept and passed on: a key itself is in no row, no log line and no answer.
"""

from hashlib import sha256
from secrets import compare_digest

from flask import request, session
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from app.store.records import PairRecord
from app.web.service import service

# A report is seen by whoever has its link, in a browser, too, which sends no key.
OPEN = {"api.show_report", "api.show_image"}

HEADER = "X-API-Key"


class NoKey(Unauthorized):
    """The API key is missing, or is none that is known here."""


def demanded() -> bool:
    """Whether the API wants a key at all."""
    return bool(service().settings.api_keys)


def current_key() -> str | None:
    """Who the key of this request stands for; None without one, and with one that is not known here."""
    digest = _owner(_sent())
    known = (_owner(key.get_secret_value()) for key in service().settings.api_keys)
    return digest if any(compare_digest(digest, other) for other in known) else None


def require_api_key() -> None:
    """Before each request of the API: raise NoKey unless it may go on."""
    by_cookie = request.endpoint == "api.delete_pair" and "browser" in session  # as the pages do: see own_pair()
    if request.endpoint not in OPEN and not by_cookie:
        demand_key()


def demand_key() -> None:
    """Raise NoKey where a key is wanted and none is sent that is known."""
    if demanded() and not current_key():
        wrong = {"error": "invalid_token"} if _sent() else {}
        raise NoKey(
            f"This needs an API key that is known here, as 'Authorization: Bearer KEY' or '{HEADER}: KEY'.",
            www_authenticate=WWWAuthenticate("bearer", {"realm": "Image Diff", **wrong}),
        )


def is_owner(pair: PairRecord) -> bool:
    """Whether a pair is the caller's: made with the same key, else in the same browser.

    One of nobody's is that of whoever knows its id, and may use the API.
    """
    if pair.owner is None:
        return not demanded() or current_key() is not None
    return compare_digest(pair.owner, current_key() or session.get("browser", ""))


def _sent() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else request.headers.get(HEADER, "")


def _owner(key: str) -> str:
    return f"key:{sha256(key.encode()).hexdigest()}"
