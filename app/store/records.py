"""Pairs and reports in the database."""

import re
import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from alembic import command
from sqlalchemy import ColumnElement, Connection, RowMapping, Select, delete, insert, select, text

from app.store import blob_rows
from app.store.connections import begin, make_files_private, open_engine
from app.store.errors import MissingPair, storage_errors
from app.store.migrations import migrating
from app.store.name_search import NEWEST, ids_by_name
from app.store.schema import pairs, previews, references, report_images, reports
from app.store.usage import ROWS, Usage, add_bytes, report_bytes

Sizes = Mapping[str, int]  # bytes of images by digest, except of images that other rows refer to

# Columns of a report's row that have the same name in its record.
SHARED_COLUMNS = ("id", "created", "key", "options", "body", "guest")


@dataclass(frozen=True)
class FileRecord:
    """A picture as sent: the client's name for it, which is never used as a path, its digest, and its size in bytes."""

    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class PairRecord:
    """Two pictures. `created` has a time zone. `owner`: a browser session, or usage.KEY_OWNER and a key's digest."""

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


NOT_DRAWN = ImageRecord("", "")  # a picture that is drawn on demand


@dataclass(frozen=True)
class ReportRecord:
    """A report of a pair.

    pair: the pair's id.
    key: digest of the pictures, the options and the program's code, which determine the report.
    options, body: JSON values that the store does not interpret.
    images: by name.
    guest: the report was not requested by the pair's owner.
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
        """Whether all its pictures are drawn."""
        return NOT_DRAWN not in self.images.values()


@dataclass(frozen=True)
class ReportSummary:
    """What a list shows of a report. verdict: of its body, whose other fields may have megabytes."""

    id: str
    created: datetime
    verdict: dict[str, Any]


ID = re.compile("[0-9a-f]{32}")


def new_id() -> str:
    """128 random bits in hex."""
    return secrets.token_hex(16)


class Records:
    """The database. Safe in several threads and processes at once. All methods raise StorageError on failure.

    Store prevents additions during deletions: otherwise a digest that a deletion reports as unreferenced might be
    referenced a moment later.
    """

    def __init__(self, url: str) -> None:
        """url: for SQLAlchemy. No connection is opened yet."""
        self._engine = open_engine(url)
        self.usage = Usage(self._engine)

    @storage_errors()
    def migrate(self) -> None:
        """Migrate the tables, in one process at a time. Its connection is not pooled."""
        make_files_private(self._engine)
        with migrating(self._engine) as config:
            command.upgrade(config, "head")

    @storage_errors()
    def check(self) -> None:
        """Raise StorageError if the database cannot be read and written."""
        with begin(self._engine) as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = version_num"))

    @storage_errors()
    def add_pair(self, pair: PairRecord) -> None:
        """Write a pair; it is durable on return."""
        size = ROWS + pair.a.bytes + pair.b.bytes
        row = {"id": pair.id, "created": pair.created, "owner": pair.owner, "bytes": size}
        for side, file in (("a", pair.a), ("b", pair.b)):
            row |= {f"{side}_name": file.name, f"{side}_sha256": file.sha256, f"{side}_bytes": file.bytes}
        with begin(self._engine) as connection:
            connection.execute(insert(pairs).values(row))
            blob_rows.add_sizes(connection, {file.sha256: file.bytes for file in (pair.a, pair.b)})

    @storage_errors()
    def pair(self, pair_id: str) -> PairRecord | None:
        """The pair of that id; None for an unknown or malformed id, such as one with NUL, which PostgreSQL refuses."""
        if not ID.fullmatch(pair_id):
            return None
        with self._engine.connect() as connection:
            row = connection.execute(select(pairs).where(pairs.c.id == pair_id)).mappings().one_or_none()
        return _pair(row) if row else None

    @storage_errors()
    def preview(self, pair_id: str, side: str) -> ImageRecord | None:
        """The stored preview of A or B of a pair."""
        query = select(previews.c.sha256, previews.c.media_type).where(_is_preview(pair_id, side))
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return ImageRecord(*row) if row else None

    @storage_errors()
    def add_preview(self, pair_id: str, side: str, image: ImageRecord, size: int) -> None:
        """Add the preview of A or B, of `size` bytes, replacing an older one. Raises MissingPair without the pair."""
        with begin(self._engine) as connection:
            if not connection.scalar(select(pairs.c.id).where(pairs.c.id == pair_id)):
                raise MissingPair(pair_id)
            connection.execute(delete(previews).where(_is_preview(pair_id, side)))
            connection.execute(insert(previews).values(pair_id=pair_id, side=side, **asdict(image)))
            blob_rows.add_sizes(connection, {image.sha256: size})
            add_bytes(connection, pair_id, size)

    @storage_errors()
    def recent(
        self, owner: str, limit: int, skip: int = 0, name: str = ""
    ) -> list[tuple[PairRecord, ReportSummary | None]]:
        """The newest pairs of an owner, newest first, each with the newest report that the owner requested.

        skip: how many of the newest pairs to skip.
        name: only pairs with this text in the name of A or B, case-insensitive.
        """
        own = reports.alias()
        requested = (own.c.pair_id == pairs.c.id) & ~own.c.guest
        newest = select(own.c.id).where(requested).order_by(own.c.created.desc()).limit(1)
        query = (
            select(pairs, reports.c.id, reports.c.created, reports.c.body["verdict"].label("verdict"))
            .select_from(pairs)
            .outerjoin(reports, reports.c.id == newest.correlate(pairs).scalar_subquery())
            .order_by(*NEWEST)
        )
        with self._engine.connect() as connection:
            ids = list(islice(ids_by_name(connection, owner, name), skip, skip + limit))
            rows = connection.execute(query.where(pairs.c.id.in_(ids))).mappings().all()
        return [(_pair(row), _summary(row) if row[reports.c.id] else None) for row in rows]

    @storage_errors()
    def older(self, than: datetime) -> list[str]:
        """The ids of all pairs created before a time, oldest first."""
        with self._engine.connect() as connection:
            query = select(pairs.c.id).where(pairs.c.created < than).order_by(pairs.c.created, pairs.c.id)
            return list(connection.scalars(query))

    @storage_errors()
    def digests(self, pair_id: str) -> set[str]:
        """The digests of all pictures of a pair and its reports."""
        with self._engine.connect() as connection:
            return set(connection.scalars(select(references.c.sha256).where(references.c.pair_id == pair_id)))

    @storage_errors()
    def delete_pair(self, pair_id: str) -> set[str]:
        """Delete a pair and its reports. Returns the digests that are now unreferenced. An unknown id is no error."""
        with begin(self._engine) as connection:
            digests = connection.scalars(select(references.c.sha256).where(references.c.pair_id == pair_id)).all()
            connection.execute(delete(pairs).where(pairs.c.id == pair_id))
            return blob_rows.forget_unreferenced(connection, digests)

    @storage_errors()
    def unreferenced(self, digests: Iterable[str]) -> set[str]:
        """The digests that no pair and no report refers to."""
        with self._engine.connect() as connection:
            return blob_rows.unreferenced(connection, digests)

    @storage_errors()
    def forget_unreferenced(self, digests: Iterable[str]) -> set[str]:
        """Delete the sizes of those of the digests that no pair and no report refers to, and return these digests."""
        with begin(self._engine) as connection:
            return blob_rows.forget_unreferenced(connection, digests)

    @storage_errors()
    def add_report(self, report: ReportRecord, sizes: Sizes | None = None) -> None:
        """Write a report with its images; it is durable on return. Raises MissingPair if its pair does not exist."""
        row = {name: getattr(report, name) for name in SHARED_COLUMNS}
        images = [{"report_id": report.id, "name": name, **asdict(image)} for name, image in report.images.items()]
        with begin(self._engine) as connection:
            if not connection.scalar(select(pairs.c.id).where(pairs.c.id == report.pair)):
                raise MissingPair(report.pair)
            connection.execute(insert(reports).values(row | {"pair_id": report.pair}))
            if images:
                connection.execute(insert(report_images), images)
            blob_rows.add_sizes(connection, sizes or {})
            add_bytes(connection, report.pair, report_bytes(connection, report.id))

    @storage_errors()
    def add_images(self, report_id: str, images: Mapping[str, ImageRecord], sizes: Sizes | None = None) -> None:
        """Add images, replacing those with the same name. Raises MissingPair if it does not exist."""
        rows = [{"report_id": report_id, "name": name, **asdict(image)} for name, image in images.items()]
        replaced = (report_images.c.report_id == report_id) & report_images.c.name.in_(images)
        with begin(self._engine) as connection:
            pair_id = connection.scalar(select(reports.c.pair_id).where(reports.c.id == report_id))
            if not pair_id:
                raise MissingPair(report_id)
            connection.execute(delete(report_images).where(replaced))
            if rows:
                connection.execute(insert(report_images), rows)
            blob_rows.add_sizes(connection, sizes or {})
            add_bytes(connection, pair_id, sum((sizes or {}).get(image.sha256, 0) for image in images.values()))

    @storage_errors()
    def report(self, report_id: str) -> ReportRecord | None:
        """The report of that id; None for an unknown or malformed id."""
        if not ID.fullmatch(report_id):
            return None
        return self._one_report(select(reports).where(reports.c.id == report_id))

    @storage_errors()
    def find_report(self, key: str, pair_id: str) -> ReportRecord | None:
        """The newest report with that key: of that pair if there is one, else of any; the owner's before a guest's."""
        preference = (reports.c.pair_id != pair_id, reports.c.guest, reports.c.created.desc())
        return self._one_report(select(reports).where(reports.c.key == key).order_by(*preference).limit(1))

    def _one_report(self, query: Select[Any]) -> ReportRecord | None:
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().one_or_none()
            return _report(row, _images(connection, [row[reports.c.id]])) if row else None


def _is_preview(pair_id: str, side: str) -> ColumnElement[bool]:
    return (previews.c.pair_id == pair_id) & (previews.c.side == side)


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


def _summary(row: RowMapping) -> ReportSummary:
    return ReportSummary(row[reports.c.id], row[reports.c.created], row["verdict"])


def _report(row: RowMapping, images: dict[str, dict[str, ImageRecord]]) -> ReportRecord:
    shared = {name: row[reports.c[name]] for name in SHARED_COLUMNS}
    return ReportRecord(pair=row[reports.c.pair_id], images=images[row[reports.c.id]], **shared)
