"""`sweep`: what was kept long enough goes."""

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
    "--days", type=click.IntRange(0, 36_500), show_default="RETENTION_DAYS", help="Keep pairs so long; 0 keeps all."
)
@click.option("--dry-run", is_flag=True, help="Tell what would be deleted, and delete nothing.")
def sweep(days: int | None, dry_run: bool) -> None:
    """Delete old pairs with their reports, and stray pictures.

    Old is what was created more than RETENTION_DAYS days ago; that setting is 0 unless given, which keeps all. Stray
    are the pictures that no pair and no report refers to, left by a process that was killed. Needs DATA_DIR and
    DATABASE_URL as the service has them, and may run beside it: once a day, say.
    """
    from app.store.errors import StorageError  # not above: `--help` need not wait for databases

    now = settings()
    days = now.retention_days if days is None else days
    try:
        store = _opened(now)
        old = store.records.older(datetime.now(UTC) - timedelta(days=days)) if days else []
        strays = len(store.records.unreferenced(store.blobs)) if dry_run else _delete(store, old)
    except StorageError as error:
        raise Failure(str(error)) from error
    done = "Would delete" if dry_run else "Deleted"
    aged = f" older than {_counted(days, 'day')}" if days else ""
    click.echo(f"{done} {_counted(len(old), 'pair')}{aged} and {_counted(strays, 'stray picture')}.")


def _opened(now: Settings) -> "Store":
    """The store of the service. What cannot be that is refused: another database refers to none of the pictures."""
    from app.store import Store

    if not now.data_dir.is_dir():
        raise Failure(f"There is no folder {now.data_dir}; DATA_DIR names it.")
    store = Store(now.data_dir, now.database)
    pictures = set(store.blobs)
    if pictures and store.records.unreferenced(pictures) == pictures:
        raise Failure(f"The database refers to none of the pictures in {now.data_dir}: does DATABASE_URL name another?")
    return store


def _delete(store: "Store", pairs: list[str]) -> int:
    """Delete these pairs, then the stray pictures; how many those were."""
    for pair in pairs:
        store.delete_pair(pair)
    return store.sweep()


def _counted(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"
