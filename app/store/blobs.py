"""Pictures on disk, named by the SHA-256 of their bytes."""

import fcntl
import hashlib
import logging
import os
import re
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from app.store.errors import CorruptBlob, MissingBlob, storage_errors
from app.store.permissions import PRIVATE_FILE, PRIVATE_FOLDER, make_private, make_private_folder

log = logging.getLogger(__name__)

DIGEST = re.compile("[0-9a-f]{64}")
TEMPORARY = "tmp-"
STALE_SECONDS = 3600


class Blobs:
    """A folder of immutable files, `ab/abcd…`, each named after the SHA-256 of its contents.

    A file is complete and durable before it gets its name, so every named file can be served. All methods are safe in
    several threads and processes at once, and raise StorageError on failure.
    """

    @storage_errors()
    def __init__(self, folder: Path) -> None:
        """Create the folder if it is missing, and remove incomplete files of killed processes."""
        self._folder = folder
        make_private_folder(folder)
        # All 256 subfolders now, so that put() need not create and sync folders.
        for prefix in range(256):
            subfolder = folder / f"{prefix:02x}"
            subfolder.mkdir(PRIVATE_FOLDER, exist_ok=True)
            make_private(subfolder)
        _sync(folder)
        _sync(folder.parent)
        for file in folder.glob(f"{TEMPORARY}*"):
            with suppress(FileNotFoundError):  # another process may remove it first
                if time.time() - file.stat().st_mtime > STALE_SECONDS:
                    file.unlink()

    @storage_errors()
    def put(self, data: bytes) -> str:
        """Store `data` durably and return its SHA-256 in hex.

        An existing copy is written again, which repairs it if it is damaged and takes as long as a first copy: the
        time of an upload must not tell whether somebody else has stored the same picture.
        """
        digest = hashlib.sha256(data).hexdigest()
        path = self._path(digest)
        self._write_temporary(data).replace(path)
        _sync(path.parent)
        return digest

    @storage_errors()
    def size(self, digest: str) -> int:
        """The bytes of a stored file; 0 if it is missing."""
        try:
            return self._path(digest).stat().st_size
        except FileNotFoundError:
            return 0

    @storage_errors()
    def get(self, digest: str) -> bytes:
        """The stored bytes. Raises MissingBlob, and CorruptBlob if they do not match their digest."""
        try:
            data = self._path(digest).read_bytes()
        except FileNotFoundError:
            raise MissingBlob(digest) from None
        if hashlib.sha256(data).hexdigest() != digest:
            log.error("the stored picture %s is damaged: its bytes have another digest", digest)
            raise CorruptBlob("A stored picture is damaged.")
        return data

    @storage_errors()
    def remove(self, digest: str) -> None:
        """Remove a file durably; a missing file is no error. The caller holds `exclusive`, and no row refers to it."""
        path = self._path(digest)
        path.unlink(missing_ok=True)
        _sync(path.parent)

    @storage_errors()
    def imitate_removal(self, digest: str) -> None:
        """Take as long as remove(), and keep the file. A missing file is no error."""
        name = self._folder / f"{TEMPORARY}{secrets.token_hex(8)}"
        with suppress(FileNotFoundError):
            name.hardlink_to(self._path(digest))
            name.unlink()
        _sync(self._folder)

    def __contains__(self, digest: str) -> bool:
        return DIGEST.fullmatch(digest) is not None and self._path(digest).is_file()

    @storage_errors()
    def __iter__(self) -> Iterator[str]:
        return iter([file.name for file in self._folder.glob("??/*") if DIGEST.fullmatch(file.name)])

    def shared(self) -> AbstractContextManager[None]:
        """Block removals while files and the rows that refer to them are written. Must not be nested."""
        return self._locked(fcntl.LOCK_SH)

    def exclusive(self) -> AbstractContextManager[None]:
        """Block all other access while rows, then their unreferenced files, are removed. Must not be nested."""
        return self._locked(fcntl.LOCK_EX)

    @storage_errors()
    def check(self) -> None:
        """Raise StorageError if no file can be written."""
        self._write_temporary(b"?").unlink()

    def _path(self, digest: str) -> Path:
        if not DIGEST.fullmatch(digest):  # a digest from a client must not lead outside the folder
            raise MissingBlob(digest)
        return self._folder / digest[:2] / digest

    def _write_temporary(self, data: bytes) -> Path:
        """Write a durable file under a temporary name, in the same file system as the final name."""
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
        # A waiting caller holds "turn", so that no other overtakes: with flock() alone, overlapping shared locks would
        # starve an exclusive one.
        with self._flock("turn", fcntl.LOCK_EX):
            lock = self._flock("lock", operation)
        with lock:
            yield

    @storage_errors()
    def _flock(self, name: str, operation: int) -> BinaryIO:
        """A lock that is held until the file is closed. Each call opens the file, so it also works between threads."""
        descriptor = os.open(self._folder / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, PRIVATE_FILE)
        file = os.fdopen(descriptor, "ab")
        fcntl.flock(file, operation)
        return file


def _sync(folder: Path) -> None:
    """Make the directory entries of a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
