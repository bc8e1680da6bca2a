"""The search for pairs by the names of their pictures."""

from collections.abc import Iterator
from unicodedata import normalize

from sqlalchemy import Connection, select

from app.store.names import LONGEST_NAME
from app.store.schema import pairs

NEWEST = (pairs.c.created.desc(), pairs.c.id)  # the id makes the order total, so that pages of a list have no gaps


def ids_by_name(connection: Connection, owner: str, text: str) -> Iterator[str]:
    """The ids of an owner's pairs with a text in one of the names, newest first.

    Not by LIKE: the columns are JSON, in which é is an escape, and SQLite ignores case for ASCII letters only.
    """
    if len(text) > LONGEST_NAME:  # no name contains it, and to fold it takes as long as the square of its accents
        return
    folded = _folded(text)
    query = select(pairs.c.id, pairs.c.a_name, pairs.c.b_name).where(pairs.c.owner == owner).order_by(*NEWEST)
    for pair_id, *names in connection.execute(query):
        if any(folded in _folded(name) for name in names):
            yield pair_id


def _folded(text: str) -> str:
    """The text without case, and with accented letters as one character: some systems send them as two."""
    return normalize("NFC", normalize("NFC", text).casefold())
