"""How storage fails."""

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

# No room on the disk, in the quota, or beneath the process's own limit for a file.
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# SQLite calls only a disk full: of a quota or a limit it says that it could not write, as of a broken disk, which is
# rarer; and where there is no room for the index of its WAL, it says that.
SQLITE_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE}


class StorageError(Exception):
    """Storage is full, read-only, locked or down. The text is fit for the public; `cause`, one line, is for the log."""

    def __init__(self, text: str, cause: str = "") -> None:
        super().__init__(text, cause)  # both, as it travels between processes
        self.cause = cause

    def __str__(self) -> str:
        return str(self.args[0])


class CorruptBlob(StorageError):
    """A stored picture is no longer what was stored."""


class MissingBlob(KeyError):
    """No picture with that digest is stored."""


class MissingPair(LookupError):
    """The pair is not, or no longer, stored."""


@contextmanager
def storage_errors() -> Iterator[None]:
    """Turn what the system and the database say into StorageError. As a context manager, or as a decorator."""
    try:
        yield
    except OSError as error:
        raise _unavailable(error.errno in FULL, error) from error
    except (DataError, IntegrityError, NotSupportedError, ProgrammingError):
        raise  # our mistakes: no storage was at fault
    except DBAPIError as error:
        raise _unavailable(getattr(error.orig, "sqlite_errorcode", None) in SQLITE_FULL, error.orig or error) from error
    except TimeoutError as error:
        raise _unavailable(False, error) from error


def _unavailable(full: bool, cause: BaseException) -> StorageError:
    text = "The storage is full." if full else "The storage cannot be used just now."
    return StorageError(text, " ".join(f"{type(cause).__name__}: {cause}".split()))
