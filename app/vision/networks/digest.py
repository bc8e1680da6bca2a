"""SHA-256 of files, cached by time and size."""

from functools import lru_cache
from hashlib import sha256
from pathlib import Path


def file_digest(file: Path) -> str:
    """The SHA-256 of a file, hexadecimal. The file is read again only when its time or size changes. Raises OSError."""
    stat = file.stat()
    return _digest(file, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=64)
def _digest(file: Path, _modified: int, _size: int) -> str:
    return sha256(file.read_bytes()).hexdigest()
