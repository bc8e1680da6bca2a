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
    """A configuration whose commands run in one transaction. One process at a time, as Store sees to."""
    with engine.begin() as connection:
        # Closed at the end, not pooled: on SQLite it is left without foreign keys, and a fork must not share it.
        connection.detach()
        if connection.dialect.name == "sqlite":
            # Alembic changes a table by copying and dropping it; the drop would cascade to all that refers to it.
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        config = Config()
        config.set_main_option("script_location", "app.store:migrations")
        config.attributes["connection"] = connection
        yield config
