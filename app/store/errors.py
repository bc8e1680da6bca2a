"""Errors of the storage."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
    TimeoutError,  # noqa: A004 - the pool's own
)

# The disk, the quota, or the process's limit for a file is full.
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# SQLite reports "full" only for a disk. A full quota or limit is a write error, as is a broken disk, which is rarer;
# SHMSIZE means that there is no space for the index of its WAL.
SQLITE_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE}


class StorageError(Exception):
    """Storage is full, read-only, locked or down. The message is public; `cause`, one line, is for the log."""

    def __init__(self, text: str, cause: str = "") -> None:
        super().__init__(text, cause)  # both arguments, so that the error can be pickled
        self.cause = cause

    def __str__(self) -> str:
        return str(self.args[0])


class StorageLimitReached(StorageError):
    """Nothing more may be stored: it would exceed the limit set by MAX_STORAGE."""


class CorruptBlob(StorageError):
    """A stored picture was changed on disk."""


class MissingBlob(KeyError):
    """No picture with that digest is stored."""


class MissingPair(LookupError):
    """The pair is not, or no longer, stored."""


@contextmanager
def storage_errors() -> Iterator[None]:
    """Convert errors of the system and the database to StorageError. Also usable as a decorator."""
    try:
        yield
    except OSError as error:
        raise _unavailable(error.errno in FULL, error) from error
    except (DataError, IntegrityError, NotSupportedError, ProgrammingError):
        raise  # bugs of this program rather than failures of the storage
    except DBAPIError as error:
        raise _unavailable(getattr(error.orig, "sqlite_errorcode", None) in SQLITE_FULL, error.orig or error) from error
    except TimeoutError as error:
        raise _unavailable(False, error) from error


def _unavailable(full: bool, cause: BaseException) -> StorageError:
    text = "The storage is full." if full else "The storage cannot be used just now."
    return StorageError(text, " ".join(f"{type(cause).__name__}: {cause}".split()))
