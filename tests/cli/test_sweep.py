"""`sweep` deletes old pairs and stray pictures only."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.config import Settings
from app.store import Store, Upload
from app.store.records import PairRecord
from tests.cli.conftest import Run


@pytest.fixture
def kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The store that the settings name."""
    monkeypatch.setenv("DATA_DIR", str(folder / "data"))
    settings = Settings()
    return Store(settings.data_dir, settings.database)


def a_pair(store: Store, days: float) -> PairRecord:
    """A pair stored `days` days ago, with its own pictures."""
    pair = store.save_pair(Upload("a.png", f"a {days}".encode()), Upload("b.png", f"b {days}".encode()), None)
    created = (datetime.now(UTC) - timedelta(days=days)).replace(tzinfo=None)
    with sqlite3.connect(Settings().data_dir / "image-diff.sqlite") as database:
        database.execute("UPDATE pairs SET created = ? WHERE id = ?", (created.isoformat(" "), pair.id))
    return pair


def left(store: Store, *pairs: PairRecord) -> list[bool]:
    """Whether the pairs and their pictures exist."""
    return [
        store.records.pair(pair.id) is not None and {pair.a.sha256, pair.b.sha256} <= set(store.blobs) for pair in pairs
    ]


def test_old_pairs_and_stray_pictures_are_deleted(run: Run, kept: Store) -> None:
    old, older, young = a_pair(kept, 31), a_pair(kept, 400), a_pair(kept, 29)
    stray = kept.blobs.put(b"left by a killed process")
    result = run("sweep", RETENTION_DAYS="30")
    assert (result.exit_code, result.stdout) == (0, "Deleted 2 pairs older than 30 days and 1 stray picture.\n")
    assert left(kept, old, older, young) == [False, False, True]
    assert stray not in kept.blobs
    assert run("sweep", RETENTION_DAYS="30").stdout == "Deleted 0 pairs older than 30 days and 0 stray pictures.\n"


def test_by_default_every_pair_is_kept(run: Run, kept: Store) -> None:
    pair = a_pair(kept, 4000)
    kept.blobs.put(b"stray")
    assert run("sweep").stdout == "Deleted 0 pairs and 1 stray picture.\n"
    assert left(kept, pair) == [True]


def test_the_option_overrides_the_setting(run: Run, kept: Store) -> None:
    pair = a_pair(kept, 2)
    assert run("sweep", "--days", "3", RETENTION_DAYS="1").stdout.startswith("Deleted 0 pairs older than 3 days")
    assert run("sweep", "--days", "0", RETENTION_DAYS="1").stdout.startswith("Deleted 0 pairs and")
    assert left(kept, pair) == [True]
    assert run("sweep", "--days", "1").stdout == "Deleted 1 pair older than 1 day and 0 stray pictures.\n"
    assert left(kept, pair) == [False]


def test_a_dry_run_deletes_nothing(run: Run, kept: Store) -> None:
    pair, stray = a_pair(kept, 2), kept.blobs.put(b"stray")
    result = run("sweep", "--days", "1", "--dry-run")
    assert result.stdout == "Would delete 1 pair older than 1 day and 1 stray picture.\n"
    assert left(kept, pair) == [True]
    assert stray in kept.blobs


def test_another_database_deletes_nothing(run: Run, kept: Store, folder: Path) -> None:
    """A database without any of the pictures would delete them all."""
    pair = a_pair(kept, 2)
    result = run("sweep", "--days", "1", DATABASE_URL=f"sqlite:///{folder / 'other.sqlite'}")
    assert result.exit_code == 2
    assert "does DATABASE_URL name another?" in result.stderr
    assert left(kept, pair) == [True]


def test_a_missing_folder_is_not_created(run: Run, folder: Path) -> None:
    result = run("sweep", DATA_DIR=str(folder / "mistyped"))
    assert result.exit_code == 2
    assert result.stderr == f"Error: There is no folder {folder / 'mistyped'}; DATA_DIR names it.\n"
    assert not (folder / "mistyped").exists()


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (["--days", "-1"], {}),
        (["--days", "1000000"], {}),
        ([], {"RETENTION_DAYS": "-1"}),
        ([], {"DATABASE_URL": "sqlite:////no/such/folder/database.sqlite"}),
    ],
)
def test_an_error_is_one_line(run: Run, kept: Store, arguments: list[str], environment: dict[str, str]) -> None:
    pair = a_pair(kept, 2)
    result = run("sweep", *arguments, **environment)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    assert left(kept, pair) == [True]
