"""`sweep`: delete old pairs and unreferenced pictures."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from app.cli.environment import settings
from app.cli.failing import Failure
from app.config import Settings

if TYPE_CHECKING:
    from app.store import Store


@click.command()
@click.option(
    "--days", type=click.IntRange(0, 36_500), show_default="RETENTION_DAYS", help="Days to keep pairs; 0 keeps all."
)
@click.option("--dry-run", is_flag=True, help="Print what would be deleted, and delete nothing.")
def sweep(days: int | None, dry_run: bool) -> None:
    """Delete old pairs with their reports, and stray pictures.

    Old pairs were created more than RETENTION_DAYS days ago; the default, 0, keeps all. Stray pictures, left by a
    process that was killed, belong to no pair and no report. Needs the service's DATA_DIR and DATABASE_URL, and may run
    while the service runs, for example once a day.
    """
    from app.store.errors import StorageError  # imports inside functions keep `--help` fast

    config = settings()
    days = config.retention_days if days is None else days
    try:
        store = _open_store(config)
        old = store.records.older(datetime.now(UTC) - timedelta(days=days)) if days else []
        strays = len(store.records.unreferenced(store.blobs)) if dry_run else _delete(store, old)
    except StorageError as error:
        raise Failure(str(error)) from error
    verb = "Would delete" if dry_run else "Deleted"
    age = f" older than {_counted(days, 'day')}" if days else ""
    click.echo(f"{verb} {_counted(len(old), 'pair')}{age} and {_counted(strays, 'stray picture')}.")


def _open_store(config: Settings) -> "Store":
    """The store of the service. Raises Failure if the database refers to none of the pictures: it is the wrong one."""
    from app.store import Store

    if not config.data_dir.is_dir():
        raise Failure(f"There is no folder {config.data_dir}; DATA_DIR names it.")
    store = Store(config.data_dir, config.database)
    pictures = set(store.blobs)
    if pictures and store.records.unreferenced(pictures) == pictures:
        raise Failure(
            f"The database refers to none of the pictures in {config.data_dir}: does DATABASE_URL name another?"
        )
    return store


def _delete(store: "Store", pairs: list[str]) -> int:
    """Delete these pairs, then the stray pictures. Returns the number of stray pictures."""
    for pair in pairs:
        store.delete_pair(pair)
    return store.sweep()


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
