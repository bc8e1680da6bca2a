"""The migrations result in the tables of the code, also if several processes start at once."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations

from app.store.migrations import migrating
from app.store.records import FileRecord, PairRecord, Records, ReportRecord
from app.store.schema import metadata

START_EIGHT_WORKERS = """
from app.store import Store

def start():
    time.sleep(max(0, begin - time.time()))
    Store(Path(sys.argv[1]), sys.argv[2]).check()

begin = time.time() + 0.3
workers = [context.Process(target=start) for _ in range(8)]
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
print([worker.exitcode for worker in workers])
"""


def test_the_history_ends_in_the_tables_of_the_code(records: Records) -> None:
    with records._engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []


def test_upgrade_and_downgrade(url: str) -> None:
    engine = sa.create_engine(url)
    for _ in range(2):
        with migrating(engine) as config:
            command.upgrade(config, "head")
        assert set(metadata.tables) < set(sa.inspect(engine).get_table_names())
        with migrating(engine) as config:
            command.downgrade(config, "base")
        assert sa.inspect(engine).get_table_names() == ["alembic_version"]


def test_migrating_again_keeps_the_rows(records: Records) -> None:
    pair = PairRecord("0" * 32, datetime.now(UTC), None, *(FileRecord("x", "0" * 64, 1),) * 2)
    records.add_pair(pair)
    records.migrate()
    assert records.pair(pair.id) == pair


def test_rebuilding_a_table_keeps_the_rows_that_refer_to_it(records: Records) -> None:
    """Alembic copies and drops a table to alter it on SQLite: the drop must not cascade."""
    pair = PairRecord("0" * 32, datetime.now(UTC), None, *(FileRecord("x", "0" * 64, 1),) * 2)
    report = ReportRecord("1" * 32, pair.id, datetime.now(UTC), "key", {}, {}, {})
    records.add_pair(pair)
    records.add_report(report)
    with migrating(records._engine) as config:
        operations = Operations(MigrationContext.configure(config.attributes["connection"]))
        with operations.batch_alter_table("pairs", recreate="always") as batch:
            batch.alter_column("owner", new_column_name="proprietor")
    assert records.report(report.id) == report


def test_a_killed_migration_leaves_nothing_half_done(url: str) -> None:
    """All revisions are one transaction, tables included."""
    engine = sa.create_engine(url)
    try:
        with migrating(engine) as config:
            command.upgrade(config, "head")
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        assert sa.inspect(engine).get_table_names() == []


def test_eight_workers_may_start_at_once(tmp_path: Path, url: str, run: Callable[..., list[str]]) -> None:
    assert run(START_EIGHT_WORKERS, tmp_path, url) == [str([0] * 8)]
