"""Files are written whole or not at all."""

import os
import stat
import threading
from pathlib import Path

import click
import pytest

from app.cli.failing import Failure
from app.cli.files import read_whole, writable, write_whole


def checked(place: Path) -> str | None:
    context = click.Context(click.Command("command"))
    return writable(context, click.Option(["--file"]), str(place))


def test_as_much_as_is_allowed_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    assert read_whole(str(tmp_path / "file"), 5) == b"12345"
    with pytest.raises(Failure, match="MAX_BODY"):
        read_whole(str(tmp_path / "file"), 4)


def test_a_new_file_has_the_usual_rights(tmp_path: Path) -> None:
    (usual := tmp_path / "usual").touch()
    write_whole(str(tmp_path / "new"), b"new")
    assert (tmp_path / "new").read_bytes() == b"new"
    assert (tmp_path / "new").stat().st_mode == usual.stat().st_mode
    assert sorted(file.name for file in tmp_path.iterdir()) == ["new", "usual"]


def test_a_file_is_replaced_behind_its_link_and_keeps_its_rights(tmp_path: Path) -> None:
    (kept := tmp_path / "kept").write_bytes(b"older")
    kept.chmod(0o640)
    (tmp_path / "link").symlink_to("kept")
    write_whole(str(tmp_path / "link"), b"newer")
    assert (tmp_path / "link").is_symlink()
    assert kept.read_bytes() == b"newer"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o640


def test_where_writing_fails_the_older_file_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (kept := tmp_path / "kept").write_bytes(b"older")
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(Failure, match="kept: No space left on device"):
        write_whole(str(kept), b"newer")
    assert kept.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [kept]


def test_a_pipe_is_filled_and_stays_one(tmp_path: Path) -> None:
    os.mkfifo(pipe := tmp_path / "pipe")
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write_whole(str(pipe), b"through")
    reader.join(10)
    assert read == [b"through"]
    assert pipe.is_fifo()


def test_what_cannot_be_written_is_told_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert checked(tmp_path / "new") == str(tmp_path / "new")
    with pytest.raises(Failure, match="there is no folder"):
        checked(tmp_path / "no" / "new")
    with pytest.raises(Failure, match="this is a folder"):
        checked(tmp_path)
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
    with pytest.raises(Failure, match="no permission"):
        checked(tmp_path / "new")
