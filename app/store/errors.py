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

FULL = {errno.ENOSPC, errno.EDQUOT}


class StorageError(Exception):
    """Storage is full, read-only, locked or down. The text is fit for the public; the cause is for the log."""


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
        raise _unavailable(full=error.errno in FULL) from error
    except (DataError, IntegrityError, NotSupportedError, ProgrammingError):
        raise  # our mistakes: no storage was at fault
    except DBAPIError as error:
        raise _unavailable(full=getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL) from error
    except TimeoutError as error:
        raise _unavailable(full=False) from error


def _unavailable(full: bool) -> StorageError:
    return StorageError("The storage is full." if full else "The storage cannot be used just now.")
