"""SHA-256 of files."""

from functools import lru_cache
from hashlib import sha256
from pathlib import Path


def file_digest(file: Path) -> str:
    """The SHA-256 of a file, hexadecimal. Read again only when its time or size changes. Raises OSError."""
    stat = file.stat()
    return _digest(file, stat.st_mtime_ns, stat.st_size)


def read_verified(file: Path) -> bytes:
    """A file of the program. Raises ValueError if its SHA-256 is not that of the .sha256 file beside it."""
    data = file.read_bytes()
    if file.with_suffix(".sha256").read_text().split()[0] != sha256(data).hexdigest():
        raise ValueError(f"{file} is damaged: its SHA-256 is not the one in {file.stem}.sha256")
    return data


@lru_cache(maxsize=64)
def _digest(file: Path, _modified: int, _size: int) -> str:
    return sha256(file.read_bytes()).hexdigest()
