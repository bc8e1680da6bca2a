"""The database's rows about stored pictures: which are referenced, and how many bytes they have.

Each referenced blob has one row with its size, written in the transaction that adds its first reference, and deleted
with its pair or by a sweep. So the sum is right after every crash, and needs no walk through the folder.
"""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, delete, func, select, text
from sqlalchemy.dialects import postgresql, sqlite

from app.store.schema import blobs, references

# Well below the number of parameters that any database accepts in one statement.
CHUNK = 1000

SQLITE_BYTES = text(
    "SELECT (page_count - freelist_count) * page_size "
    "FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()"
)


def unreferenced(connection: Connection, digests: Iterable[str]) -> set[str]:
    """Those of the digests that no pair and no report refers to."""
    found = set(digests)
    ordered = sorted(found)
    for start in range(0, len(ordered), CHUNK):
        query = select(references.c.sha256).where(references.c.sha256.in_(ordered[start : start + CHUNK]))
        found.difference_update(connection.scalars(query))
    return found


def unmeasured(connection: Connection) -> set[str]:
    """The digests without a size: all that are referenced, if the database is from before sizes were kept."""
    if connection.scalar(select(blobs.c.sha256).limit(1)):
        return set()
    return set(connection.scalars(select(references.c.sha256)))


def add_sizes(connection: Connection, sizes: Mapping[str, int]) -> None:
    """Write the bytes of blobs by digest. Known ones stay."""
    rows = [{"sha256": digest, "bytes": size} for digest, size in sizes.items()]
    if rows:
        insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        connection.execute(insert(blobs).on_conflict_do_nothing(), rows)


def forget_unreferenced(connection: Connection, digests: Iterable[str]) -> set[str]:
    """Delete the sizes of those of the digests that are unreferenced, and return these digests."""
    found = unreferenced(connection, digests)
    ordered = sorted(found)
    for start in range(0, len(ordered), CHUNK):
        connection.execute(delete(blobs).where(blobs.c.sha256.in_(ordered[start : start + CHUNK])))
    return found


def stored_bytes(connection: Connection) -> int:
    """The bytes of all referenced blobs and, with SQLite, of the database."""
    pictures = connection.scalar(select(func.coalesce(func.sum(blobs.c.bytes), 0)))
    rows = connection.scalar(SQLITE_BYTES) if connection.dialect.name == "sqlite" else 0
    return int(pictures or 0) + int(rows or 0)
