"""Bounded reading and atomic writing of files."""

import errno
import secrets
import shutil
from contextlib import suppress
from pathlib import Path
from typing import IO


def read_bounded(file: IO[bytes], limit: int) -> bytes:
    """The rest of an open file. Raises OSError, also if it has more than `limit` bytes."""
    data = file.read(limit + 1)
    if len(data) > limit:
        raise OSError(errno.EFBIG, f"it has more than {limit / 1024**2:g} MiB, the limit; MAX_BODY sets another")
    return data


def write_whole(path: Path, data: bytes) -> None:
    """Write a file atomically, also while other processes write it. An existing file keeps its mode. Raises OSError."""
    draft = path.with_name(f".{secrets.token_hex(8)}")
    try:
        draft.write_bytes(data)
        with suppress(FileNotFoundError):
            shutil.copymode(path, draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
