"""Stored files are readable by the service's own user only."""

import logging
import stat
from pathlib import Path

log = logging.getLogger(__name__)

PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_private(path: Path) -> None:
    """Take all permissions of a file or folder from everybody but its owner. Links are left alone.

    A path of another user keeps its mode, and the log says so. Raises OSError.
    """
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode) or not mode & OTHERS:
        return
    try:
        path.chmod(stat.S_IMODE(mode) & ~OTHERS)
    except PermissionError:
        log.warning("Other users may be able to read %s: it belongs to another user, who has to run chmod go=.", path)


def make_private_folder(folder: Path) -> None:
    """Create a private folder, or make an existing one and the files directly in it private. Raises OSError."""
    folder.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
    make_private(folder.resolve())
    for entry in folder.iterdir():
        if entry.is_file():
            make_private(entry)
