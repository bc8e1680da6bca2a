"""Pairs and reports in the database."""

import re
import secrets
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from unicodedata import normalize

from alembic import command
from sqlalchemy import Connection, Engine, RowMapping, Select, create_engine, delete, event, insert, select, text

from app.store.errors import MissingPair, storage_errors
from app.store.migrations import migrating
from app.store.schema import pairs, references, report_images, reports

# Well below what any database takes as parameters of one statement.
CHUNK = 1000

# What a report's row and its record have under the same name.
PLAIN = ("id", "created", "key", "options", "body", "guest")


@dataclass(frozen=True)
class FileRecord:
    """A picture as it was sent: the client's name for it (only ever data), its digest, and its size in bytes."""

    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class PairRecord:
    """Two pictures. `owner` is the browser session that they belong to, None for programs; `created` is aware."""

    id: str
    created: datetime
    owner: str | None
    a: FileRecord
    b: FileRecord


@dataclass(frozen=True)
class ImageRecord:
    """A picture of a report."""

    sha256: str
    media_type: str


NOT_DRAWN = ImageRecord("", "")  # a picture that is drawn when somebody asks for it


@dataclass(frozen=True)
class ReportRecord:
    """An answer about a pair.

    pair: the pair's id.
    key: digest of the question: the pictures, the options and the program that answered.
    options, body: JSON values of no meaning here.
    images: by name.
    guest: somebody else than the pair's owner asked.
    """

    id: str
    pair: str
    created: datetime
    key: str
    options: dict[str, Any]
    body: dict[str, Any]
    images: dict[str, ImageRecord]
    guest: bool = False

    @property
    def drawn(self) -> bool:
        """Whether all its pictures are there."""
        return NOT_DRAWN not in self.images.values()


ID = re.compile("[0-9a-f]{32}")

NEWEST = (pairs.c.created.desc(), pairs.c.id)  # the id, so that pages of a list have no gaps


def new_id() -> str:
    """128 random bits in hex."""
    return secrets.token_hex(16)


class Records:
    """The database. Safe in several threads and processes at once; whatever fails raises StorageError.

    Those who add and those who delete must keep out of each other's way, as Store sees to: what a deletion reports as
    unreferenced may be referred to a moment later.
    """

    def __init__(self, url: str) -> None:
        """url: of SQLAlchemy. Nothing is opened yet."""
        self._engine = create_engine(url, pool_pre_ping=True)
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "connect", _prepare_sqlite)

    @storage_errors()
    def migrate(self) -> None:
        """Bring the tables up to date, in one process at a time. No connection is kept from it."""
        with migrating(self._engine) as config:
            command.upgrade(config, "head")

    @storage_errors()
    def check(self) -> None:
        """Raise StorageError where the database cannot be read and written."""
        with _begin(self._engine) as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = version_num"))

    @storage_errors()
    def add_pair(self, pair: PairRecord) -> None:
        """Write a pair; it is durable on return."""
        row = {"id": pair.id, "created": pair.created, "owner": pair.owner}
        for side, file in (("a", pair.a), ("b", pair.b)):
            row |= {f"{side}_name": file.name, f"{side}_sha256": file.sha256, f"{side}_bytes": file.bytes}
        with _begin(self._engine) as connection:
            connection.execute(insert(pairs).values(row))

    @storage_errors()
    def pair(self, pair_id: str) -> PairRecord | None:
        """The pair of that id. It may be anything: what is no id (PostgreSQL chokes on NUL) finds nothing."""
        if not ID.fullmatch(pair_id):
            return None
        with self._engine.connect() as connection:
            row = connection.execute(select(pairs).where(pairs.c.id == pair_id)).mappings().one_or_none()
        return _pair(row) if row else None

    @storage_errors()
    def recent(
        self, owner: str, limit: int, skip: int = 0, name: str = ""
    ) -> list[tuple[PairRecord, ReportRecord | None]]:
        """The newest pairs of an owner, newest first, each with the newest report that the owner asked for.

        skip: how many of the newest to leave out.

        name: only pairs with this text, in any case, within the name of A or B.
        """
        own = reports.alias()
        asked = (own.c.pair_id == pairs.c.id) & ~own.c.guest
        newest = select(own.c.id).where(asked).order_by(own.c.created.desc()).limit(1)
        query = (
            select(pairs, reports)
            .select_from(pairs)
            .outerjoin(reports, reports.c.id == newest.correlate(pairs).scalar_subquery())
            .order_by(*NEWEST)
        )
        with self._engine.connect() as connection:
            ids = list(islice(_named(connection, owner, name), skip, skip + limit))
            rows = connection.execute(query.where(pairs.c.id.in_(ids))).mappings().all()
            images = _images(connection, [row[reports.c.id] for row in rows])
        return [(_pair(row), _report(row, images) if row[reports.c.id] else None) for row in rows]

    @storage_errors()
    def older(self, than: datetime) -> list[str]:
        """The ids of all pairs created before that time, the oldest first."""
        with self._engine.connect() as connection:
            query = select(pairs.c.id).where(pairs.c.created < than).order_by(pairs.c.created, pairs.c.id)
            return list(connection.scalars(query))

    @storage_errors()
    def delete_pair(self, pair_id: str) -> set[str]:
        """Delete a pair with its reports; the digests that nothing refers to any more. An unknown id is no error."""
        with _begin(self._engine) as connection:
            digests = connection.scalars(select(references.c.sha256).where(references.c.pair_id == pair_id)).all()
            connection.execute(delete(pairs).where(pairs.c.id == pair_id))
            return _unreferenced(connection, digests)

    @storage_errors()
    def unreferenced(self, digests: Iterable[str]) -> set[str]:
        """Those digests that no pair and no report refers to."""
        with self._engine.connect() as connection:
            return _unreferenced(connection, digests)

    @storage_errors()
    def add_report(self, report: ReportRecord) -> None:
        """Write a report with its images; it is durable on return. Raises MissingPair."""
        row = {name: getattr(report, name) for name in PLAIN}
        images = [{"report_id": report.id, "name": name, **asdict(image)} for name, image in report.images.items()]
        with _begin(self._engine) as connection:
            if not connection.scalar(select(pairs.c.id).where(pairs.c.id == report.pair)):
                raise MissingPair(report.pair)
            connection.execute(insert(reports).values(row | {"pair_id": report.pair}))
            if images:
                connection.execute(insert(report_images), images)

    @storage_errors()
    def add_images(self, report_id: str, images: Mapping[str, ImageRecord]) -> None:
        """Give a report more images; those of the same name are replaced. Raises MissingPair."""
        rows = [{"report_id": report_id, "name": name, **asdict(image)} for name, image in images.items()]
        replaced = (report_images.c.report_id == report_id) & report_images.c.name.in_(images)
        with _begin(self._engine) as connection:
            if not connection.scalar(select(reports.c.id).where(reports.c.id == report_id)):
                raise MissingPair(report_id)
            connection.execute(delete(report_images).where(replaced))
            if rows:
                connection.execute(insert(report_images), rows)

    @storage_errors()
    def report(self, report_id: str) -> ReportRecord | None:
        """The report of that id, which may be anything."""
        if not ID.fullmatch(report_id):
            return None
        return self._one_report(select(reports).where(reports.c.id == report_id))

    @storage_errors()
    def find_report(self, key: str, pair_id: str) -> ReportRecord | None:
        """The newest report with that key: of that pair if it has one, else of any; the owner's before a guest's."""
        nearest = (reports.c.pair_id != pair_id, reports.c.guest, reports.c.created.desc())
        return self._one_report(select(reports).where(reports.c.key == key).order_by(*nearest).limit(1))

    def _one_report(self, query: Select[Any]) -> ReportRecord | None:
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().one_or_none()
            return _report(row, _images(connection, [row[reports.c.id]])) if row else None


@contextmanager
def _begin(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes, committed at the end."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            # Python's driver would begin at the first write only: what was read before could have changed by then.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection


def _prepare_sqlite(connection: sqlite3.Connection, _: object) -> None:
    """Set up a new connection."""
    connection.execute("PRAGMA busy_timeout = 15000")  # milliseconds; first, as the next one may have to wait
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # NORMAL may lose the last commits with the power
    connection.execute("PRAGMA foreign_keys = ON")


def _named(connection: Connection, owner: str, text: str) -> Iterator[str]:
    """The ids of an owner's pairs with such a name, newest first.

    Not by LIKE: the columns are JSON, where é is an escape, and SQLite knows the case of ASCII letters alone.
    """
    query = select(pairs.c.id, pairs.c.a_name, pairs.c.b_name).where(pairs.c.owner == owner).order_by(*NEWEST)
    for pair_id, *names in connection.execute(query):
        if any(_folded(text) in _folded(name) for name in names):
            yield pair_id


def _folded(text: str) -> str:
    """Without case, and with accents as one character: some systems send them as two."""
    return normalize("NFC", normalize("NFC", text).casefold())


def _unreferenced(connection: Connection, digests: Iterable[str]) -> set[str]:
    left = set(digests)
    asked = sorted(left)
    for start in range(0, len(asked), CHUNK):
        chunk = asked[start : start + CHUNK]
        left.difference_update(connection.scalars(select(references.c.sha256).where(references.c.sha256.in_(chunk))))
    return left


def _images(connection: Connection, report_ids: Sequence[str | None]) -> dict[str, dict[str, ImageRecord]]:
    """The images of each report, by name."""
    images: dict[str, dict[str, ImageRecord]] = defaultdict(dict)
    for row in connection.execute(select(report_images).where(report_images.c.report_id.in_(report_ids))):
        images[row.report_id][row.name] = ImageRecord(row.sha256, row.media_type)
    return images


def _pair(row: RowMapping) -> PairRecord:
    a = FileRecord(row[pairs.c.a_name], row[pairs.c.a_sha256], row[pairs.c.a_bytes])
    b = FileRecord(row[pairs.c.b_name], row[pairs.c.b_sha256], row[pairs.c.b_bytes])
    return PairRecord(row[pairs.c.id], row[pairs.c.created], row[pairs.c.owner], a, b)


def _report(row: RowMapping, images: dict[str, dict[str, ImageRecord]]) -> ReportRecord:
    plain = {name: row[reports.c[name]] for name in PLAIN}
    return ReportRecord(pair=row[reports.c.pair_id], images=images[row[reports.c.id]], **plain)
