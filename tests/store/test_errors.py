"""Real failures of the system and the database are converted to StorageError."""

import errno
import os
import pickle
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError

from app.store.errors import StorageError, storage_errors


def test_a_full_disk() -> None:
    with pytest.raises(StorageError, match="full"), storage_errors(), Path("/dev/full").open("wb", buffering=0) as file:
        file.write(b"x")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_every_limit_on_space_is_a_full_storage(code: int) -> None:
    with pytest.raises(StorageError, match="full") as caught, storage_errors():
        raise OSError(code, os.strerror(code))
    assert os.strerror(code) in pickle.loads(pickle.dumps(caught.value)).cause


def test_a_full_database(tmp_path: Path) -> None:
    with create_engine(f"sqlite:///{tmp_path / 'x'}").begin() as connection:
        connection.execute(text("CREATE TABLE x (y)"))
        connection.execute(text("PRAGMA max_page_count = 2"))
        with pytest.raises(StorageError, match="full"), storage_errors():
            connection.execute(text("INSERT INTO x VALUES (zeroblob(100000))"))


def test_a_locked_database(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'x'}?timeout=0")
    with engine.connect() as one, engine.connect() as other:
        one.execute(text("BEGIN EXCLUSIVE"))
        with pytest.raises(StorageError, match="just now"), storage_errors():
            other.execute(text("BEGIN EXCLUSIVE"))


def test_no_connection_left_in_the_pool(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'x'}", pool_size=1, max_overflow=0, pool_timeout=0.01)
    with engine.connect(), pytest.raises(StorageError), storage_errors():
        engine.connect()


def test_bugs_are_no_storage_errors(tmp_path: Path) -> None:
    with create_engine(f"sqlite:///{tmp_path / 'x'}").begin() as connection:
        connection.execute(text("CREATE TABLE x (y NOT NULL)"))
        with pytest.raises(IntegrityError), storage_errors():
            connection.execute(text("INSERT INTO x VALUES (NULL)"))
