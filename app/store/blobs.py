"""Pictures on disk, by the SHA-256 of their bytes."""

import fcntl
import hashlib
import logging
import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from app.store.errors import CorruptBlob, MissingBlob, storage_errors

log = logging.getLogger(__name__)

DIGEST = re.compile("[0-9a-f]{64}")
TEMPORARY = "tmp-"
STALE_SECONDS = 3600


class Blobs:
    """A folder of immutable files, `ab/abcd…`, each named after the SHA-256 of its contents.

    A file is complete and durable before it has its name, so whatever has a name can be served. All methods are safe
    in several threads and processes at once; those that fail raise StorageError.
    """

    @storage_errors()
    def __init__(self, folder: Path) -> None:
        """Make the folder where it is missing, and remove what killed processes left half-written in it."""
        self._folder = folder
        # All 256 at once: then put() need not make, and make durable, a folder now and then.
        for prefix in range(256):
            (folder / f"{prefix:02x}").mkdir(parents=True, exist_ok=True)
        _sync(folder)
        _sync(folder.parent)
        for file in folder.glob(f"{TEMPORARY}*"):
            with suppress(FileNotFoundError):  # another process sweeps, too
                if time.time() - file.stat().st_mtime > STALE_SECONDS:
                    file.unlink()

    @storage_errors()
    def put(self, data: bytes) -> str:
        """Store `data` durably; its SHA-256 in hex. A copy already there is kept, unless it is damaged."""
        digest = hashlib.sha256(data).hexdigest()
        place = self._place(digest)
        if not _holds(place, data):
            self._write_temporary(data).replace(place)
        _sync(place.parent)  # for a copy already there as well: who stored it may not have come this far
        return digest

    @storage_errors()
    def get(self, digest: str) -> bytes:
        """The stored bytes. Raises MissingBlob, and CorruptBlob where they do not match their digest any more."""
        try:
            data = self._place(digest).read_bytes()
        except FileNotFoundError:
            raise MissingBlob(digest) from None
        if hashlib.sha256(data).hexdigest() != digest:
            log.error("the stored picture %s is damaged: its bytes have another digest", digest)
            raise CorruptBlob("A stored picture is damaged.")
        return data

    @storage_errors()
    def remove(self, digest: str) -> None:
        """Remove a file durably; a missing one is no error. Hold `exclusive` and be sure that no row refers to it."""
        place = self._place(digest)
        place.unlink(missing_ok=True)
        _sync(place.parent)

    def __contains__(self, digest: str) -> bool:
        return DIGEST.fullmatch(digest) is not None and self._place(digest).is_file()

    @storage_errors()
    def __iter__(self) -> Iterator[str]:
        return iter([file.name for file in self._folder.glob("??/*") if DIGEST.fullmatch(file.name)])

    def shared(self) -> AbstractContextManager[None]:
        """Hold off removals while files are put and the rows that refer to them are written. Not to be nested."""
        return self._locked(fcntl.LOCK_SH)

    def exclusive(self) -> AbstractContextManager[None]:
        """Hold off all others while rows, then the files that none refers to, are removed. Not to be nested."""
        return self._locked(fcntl.LOCK_EX)

    @storage_errors()
    def check(self) -> None:
        """Raise StorageError where no file can be written."""
        self._write_temporary(b"?").unlink()

    def _place(self, digest: str) -> Path:
        if not DIGEST.fullmatch(digest):  # never a path from outside
            raise MissingBlob(digest)
        return self._folder / digest[:2] / digest

    def _write_temporary(self, data: bytes) -> Path:
        """Write a durable file, not yet under a name that counts, in the file system of those that do."""
        descriptor, name = tempfile.mkstemp(prefix=TEMPORARY, dir=self._folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(descriptor)
        except BaseException:
            Path(name).unlink()
            raise
        return Path(name)

    @contextmanager
    def _locked(self, operation: int) -> Iterator[None]:
        # Who waits keeps the turn, so that nobody overtakes: flock() alone lets overlapping sharers starve a remover.
        with self._flock("turn", fcntl.LOCK_EX):
            lock = self._flock("lock", operation)
        with lock:
            yield

    @storage_errors()
    def _flock(self, name: str, operation: int) -> BinaryIO:
        """A lock until closed. Each call opens the file anew: so it holds between threads, too."""
        file = (self._folder / name).open("ab")
        fcntl.flock(file, operation)
        return file


def _holds(place: Path, data: bytes) -> bool:
    """Whether the file holds these very bytes. The size is compared first, to spare reading most others."""
    try:
        return place.stat().st_size == len(data) and place.read_bytes() == data
    except FileNotFoundError:
        return False


def _sync(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
