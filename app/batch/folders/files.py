"""Bounded reading, and writing whole files, never through a link that somebody has put into the folder."""

import errno
import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

NEW_FILE = 0o666  # less the umask


def read_bounded(file: IO[bytes], limit: int) -> bytes:
    """The rest of an open file. Raises OSError, also if it has more than `limit` bytes."""
    data = file.read(limit + 1)
    if len(data) > limit:
        raise OSError(errno.EFBIG, f"it has more than {limit / 1024**2:g} MiB, the limit; MAX_BODY sets another")
    return data


def refuse_links(paths: Iterable[Path]) -> None:
    """Raise OSError, naming the path, if one of the paths is a link."""
    for path in paths:
        if path.is_symlink():
            raise OSError(errno.ELOOP, "this is a link, and results are not written through links", str(path))


@contextmanager
def opened_folder(folder: Path) -> Iterator[int]:
    """The descriptor of a folder, for functions that take names in it. Raises OSError, also for a link to a folder."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def open_file(path: Path, flags: int) -> int:
    """The descriptor of a file that is no link; it is created if it is missing. Raises OSError."""
    return os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW, NEW_FILE)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file atomically, also while other processes write it. An existing file keeps its mode.

    A link is replaced, not followed. Raises OSError, also if the folder is a link.
    """
    draft = f".{secrets.token_hex(8)}"
    with opened_folder(path.parent) as folder:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, NEW_FILE, dir_fd=folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                _copy_mode(path.name, folder, descriptor)
            os.replace(draft, path.name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            os.unlink(draft, dir_fd=folder)
            raise


def _copy_mode(name: str, folder: int, draft: int) -> None:
    """Give the draft the mode of the file that it will replace."""
    with suppress(FileNotFoundError):
        mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
        if stat.S_ISREG(mode):
            os.fchmod(draft, stat.S_IMODE(mode))
