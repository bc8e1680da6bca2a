"""Nobody but its own user can read what the service stores."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.full import pair_of_files, sent
from tests.faults.server import started


@contextmanager
def umask(mask: int) -> Iterator[None]:
    previous = os.umask(mask)
    try:
        yield
    finally:
        os.umask(previous)


def loose(folder: Path) -> dict[str, str]:
    """The modes of all files and folders that others have permissions for."""
    modes = {path: path.stat().st_mode for path in (folder, *folder.rglob("*"))}
    return {str(path.relative_to(folder)): oct(mode) for path, mode in modes.items() if stat.S_IMODE(mode) & 0o077}


def test_what_is_stored_is_private(tmp_path: Path) -> None:
    with umask(0), started(tmp_path) as server:
        report = sent(server, pair_of_files(1, 600))
        for address in (*report["images"].values(), report["links"]["sheet"]):
            server.get(address).raise_for_status()
        data = tmp_path / "data"
        names = {path.name for path in data.iterdir()}
        assert {"image-diff.sqlite", "image-diff.sqlite-wal", "image-diff.sqlite-shm", "blobs", "secret"} <= names
        assert loose(data) == {}


def test_an_existing_folder_becomes_private(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with started(tmp_path) as server:
        report = sent(server, pair_of_files(2))
    for path in (data, *data.iterdir(), data / "blobs" / "lock", *(data / "blobs").glob("??")):
        path.chmod(0o777 if path.is_dir() else 0o666)
    assert "." in loose(data)
    with started(tmp_path) as server:
        assert server.get(report["links"]["self"]).status_code == 200
        assert loose(data) == {}


def test_a_link_in_the_folder_is_left_alone(tmp_path: Path) -> None:
    (data := tmp_path / "data").mkdir()
    (other := tmp_path / "other").write_text("of somebody else")
    other.chmod(0o644)
    (data / "link").symlink_to(other)
    with started(tmp_path):
        assert stat.S_IMODE(other.stat().st_mode) == 0o644
