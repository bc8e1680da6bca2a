"""How many bytes are stored, how many count towards MAX_STORAGE, and which pairs may be deleted to make space.

Each pair has a count of its own bytes: those of its two pictures, of its previews, and of the pictures and the JSON of
its reports, with ROWS for the rows of the pair and of each report. So a picture counts for each pair that has it: if it
counted once, the space that is left would tell whether somebody else has stored it.
"""

from collections.abc import Callable, Collection

from sqlalchemy import Connection, Engine, Select, Text, cast, func, select, update

from app.store import blob_rows
from app.store.connections import begin
from app.store.errors import storage_errors
from app.store.schema import blobs, pairs, previews, report_images, reports

ROWS = 4096  # bytes
KEY_OWNER = "key:"  # begins the owners that are API keys

_ANONYMOUS = pairs.c.owner.is_(None) | ~pairs.c.owner.startswith(KEY_OWNER)


class Usage:
    """The bytes in a database. All methods raise StorageError on failure."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @storage_errors()
    def stored_bytes(self) -> int:
        """The bytes of all pictures that rows refer to, each once, and with SQLite of the database."""
        with self._engine.connect() as connection:
            return blob_rows.stored_bytes(connection)

    @storage_errors()
    def counted_bytes(self) -> int:
        """The bytes that count towards the limit."""
        with self._engine.connect() as connection:
            return int(connection.scalar(select(func.sum(pairs.c.bytes))) or 0)

    @storage_errors()
    def of_report(self, report_id: str) -> int:
        """The bytes that a report, or a copy of it, counts."""
        with self._engine.connect() as connection:
            return report_bytes(connection, report_id)

    @storage_errors()
    def measure(self, size: Callable[[str], int]) -> None:
        """Write the sizes of pictures by digest, and of pairs, if this database is from before they were kept."""
        with begin(self._engine) as connection:
            blob_rows.add_sizes(connection, {digest: size(digest) for digest in blob_rows.unmeasured(connection)})
            for pair_id in connection.scalars(select(pairs.c.id).where(pairs.c.bytes == 0)).all():
                of_reports = connection.scalars(select(reports.c.id).where(reports.c.pair_id == pair_id)).all()
                add_bytes(connection, pair_id, sum(report_bytes(connection, report) for report in of_reports))
                add_bytes(connection, pair_id, _pair_bytes(connection, pair_id))

    @storage_errors()
    def oldest_anonymous(self, size: int, but: Collection[str], limit: int) -> list[str]:
        """The oldest pairs without an API key that have `size` bytes together, up to `limit` of them.

        Empty if all of them, without the pairs `but`, have fewer bytes: then none need be deleted.
        """
        anonymous = _ANONYMOUS & pairs.c.id.not_in(but)
        oldest = select(pairs.c.id, pairs.c.bytes).where(anonymous).order_by(pairs.c.created, pairs.c.id).limit(limit)
        with self._engine.connect() as connection:
            if (connection.scalar(select(func.sum(pairs.c.bytes)).where(anonymous)) or 0) < size:
                return []
            found = []
            for pair_id, freed in connection.execute(oldest):
                found.append(pair_id)
                size -= freed
                if size <= 0:
                    break
            return found


def add_bytes(connection: Connection, pair_id: str, size: int) -> None:
    """Count more bytes of a pair. Pictures that others replace stay counted, which is rare, until it is deleted."""
    connection.execute(update(pairs).where(pairs.c.id == pair_id).values(bytes=pairs.c.bytes + size))


def report_bytes(connection: Connection, report_id: str) -> int:
    """The bytes that a stored report counts."""
    body = select(func.length(cast(reports.c.body, Text))).where(reports.c.id == report_id)
    drawn = select(report_images.c.sha256).where(report_images.c.report_id == report_id)
    return ROWS + (connection.scalar(body) or 0) + _picture_bytes(connection, drawn)


def _pair_bytes(connection: Connection, pair_id: str) -> int:
    sent = select(pairs.c.a_bytes + pairs.c.b_bytes).where(pairs.c.id == pair_id)
    shown = select(previews.c.sha256).where(previews.c.pair_id == pair_id)
    return ROWS + (connection.scalar(sent) or 0) + _picture_bytes(connection, shown)


def _picture_bytes(connection: Connection, digests: Select[tuple[str]]) -> int:
    """The bytes of pictures, those that are listed twice counted twice."""
    listed = digests.subquery()
    query = select(func.sum(blobs.c.bytes)).select_from(listed.join(blobs, blobs.c.sha256 == listed.c.sha256))
    return int(connection.scalar(query) or 0)
