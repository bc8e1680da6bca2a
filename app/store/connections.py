"""Connections to the database, and the settings that SQLite needs."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event

from app.store.permissions import PRIVATE_FILE, make_private


def open_engine(url: str) -> Engine:
    """The database at a URL for SQLAlchemy. No connection is opened yet."""
    engine = create_engine(url, pool_pre_ping=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


def make_files_private(engine: Engine) -> None:
    """Create the file of an SQLite database, readable by this user only, as its log will be. Raises OSError."""
    database = engine.url.database or ""
    if engine.dialect.name != "sqlite" or not database or database.startswith((":", "file:")):
        return
    Path(database).touch(PRIVATE_FILE)
    for path in (Path(f"{database}{suffix}") for suffix in ("", "-wal", "-shm")):
        if path.exists():
            make_private(path)


@contextmanager
def begin(engine: Engine) -> Iterator[Connection]:
    """A write transaction, committed at the end of the block."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            # Python's driver would begin at the first write only, and rows read before could have changed by then.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection


def _prepare_sqlite(connection: sqlite3.Connection, _: object) -> None:
    """Configure a new connection."""
    connection.execute("PRAGMA busy_timeout = 15000")  # milliseconds; first, since the next pragma may have to wait
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # with NORMAL, a power failure may lose the last commits
    connection.execute("PRAGMA foreign_keys = ON")
