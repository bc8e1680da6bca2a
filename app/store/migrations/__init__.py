"""The history of the tables, kept by Alembic.

A new revision, from a database that is up to date, after changing schema.py:
    with migrating(create_engine(url)) as config:
        alembic.command.revision(config, "what it does", autogenerate=True, rev_id="0002")
"""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic.config import Config
from sqlalchemy import Engine


@contextmanager
def migrating(engine: Engine) -> Iterator[Config]:
    """A configuration whose commands run in one transaction. Store ensures that only one process migrates at a time."""
    with engine.begin() as connection:
        # Closed at the end instead of pooled: on SQLite it has foreign keys off, and a fork must not share it.
        connection.detach()
        if connection.dialect.name == "sqlite":
            # Alembic changes a table by copying and dropping it; the drop would cascade to all rows that refer to it.
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        config = Config()
        config.set_main_option("script_location", "app.store:migrations")
        config.attributes["connection"] = connection
        yield config
