"""The tables. Every change needs a revision: see app/store/migrations/__init__.py."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
    false,
    select,
    union_all,
)

# Constraints are named, since SQLite cannot drop unnamed ones.
metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


class UTCDateTime(TypeDecorator[datetime]):
    """A datetime with a time zone, stored as naive UTC, since SQLite has no time zones."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Convert to the naive UTC of the database."""
        return value and value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Convert from the naive UTC of the database."""
        return value and value.replace(tzinfo=UTC)


pairs = Table(
    "pairs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("created", UTCDateTime, nullable=False),
    Column("owner", String),
    # Names as JSON: clients may send NUL, which PostgreSQL's text columns refuse, and lone surrogates, refused by all.
    Column("a_name", JSON, nullable=False),
    Column("a_sha256", String(64), nullable=False, index=True),
    Column("a_bytes", Integer, nullable=False),
    Column("b_name", JSON, nullable=False),
    Column("b_sha256", String(64), nullable=False, index=True),
    Column("b_bytes", Integer, nullable=False),
    # All that counts towards MAX_STORAGE: see app/store/usage.py. 0 until Store has measured it.
    Column("bytes", BigInteger, nullable=False, server_default="0"),
    Index(None, "owner", "created"),
    Index(None, "bytes"),  # their sum is read from the index
)

reports = Table(
    "reports",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("pair_id", String(32), ForeignKey("pairs.id", ondelete="CASCADE"), nullable=False),
    Column("created", UTCDateTime, nullable=False),
    Column("key", String, nullable=False),
    Column("options", JSON, nullable=False),
    Column("body", JSON, nullable=False),
    Column("guest", Boolean, nullable=False, server_default=false()),
    Index(None, "pair_id", "created"),
    Index(None, "key", "created"),
)

report_images = Table(
    "report_images",
    metadata,
    Column("report_id", String(32), ForeignKey("reports.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String, primary_key=True),
    Column("sha256", String(64), nullable=False, index=True),
    Column("media_type", String, nullable=False),
)

previews = Table(
    "previews",
    metadata,
    Column("pair_id", String(32), ForeignKey("pairs.id", ondelete="CASCADE"), primary_key=True),
    Column("side", String(1), primary_key=True),
    Column("sha256", String(64), nullable=False, index=True),
    Column("media_type", String, nullable=False),
)

# The sizes of the blobs.
blobs = Table(
    "blobs",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("bytes", BigInteger, nullable=False),
    Index(None, "bytes"),  # their sum is read from the index
)

# All references to blobs, as rows of (sha256, pair_id).
references = union_all(
    select(pairs.c.a_sha256.label("sha256"), pairs.c.id.label("pair_id")),
    select(pairs.c.b_sha256, pairs.c.id),
    select(previews.c.sha256, previews.c.pair_id),
    # An image that is not drawn yet has no blob.
    select(report_images.c.sha256, reports.c.pair_id).join(reports).where(report_images.c.sha256 != ""),
).subquery("references")
