"""Reading files up to a limit, and writing them atomically."""

import os
import stat
import threading
from pathlib import Path

import click
import pytest

from app.cli.failing import Failure
from app.cli.files import read_upload, writable, write_output
from app.store import Upload


def checked(path: Path) -> str | None:
    context = click.Context(click.Command("command"))
    return writable(context, click.Option(["--file"]), str(path))


def test_a_file_is_read_up_to_the_limit(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    assert read_upload(str(tmp_path / "file"), 5) == Upload("file", b"12345")
    with pytest.raises(Failure, match="MAX_BODY"):
        read_upload(str(tmp_path / "file"), 4)


def test_a_new_file_has_the_default_mode(tmp_path: Path) -> None:
    (usual := tmp_path / "usual").touch()
    write_output(str(tmp_path / "new"), b"new")
    assert (tmp_path / "new").read_bytes() == b"new"
    assert (tmp_path / "new").stat().st_mode == usual.stat().st_mode
    assert sorted(file.name for file in tmp_path.iterdir()) == ["new", "usual"]


def test_a_links_target_is_replaced_and_keeps_its_mode(tmp_path: Path) -> None:
    (kept := tmp_path / "kept").write_bytes(b"older")
    kept.chmod(0o640)
    (tmp_path / "link").symlink_to("kept")
    write_output(str(tmp_path / "link"), b"newer")
    assert (tmp_path / "link").is_symlink()
    assert kept.read_bytes() == b"newer"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o640


def test_if_writing_fails_the_old_file_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (kept := tmp_path / "kept").write_bytes(b"older")
    monkeypatch.setattr(os, "replace", lambda *_, **__: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(Failure, match="kept: No space left on device"):
        write_output(str(kept), b"newer")
    assert kept.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [kept]


def test_a_pipe_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(pipe := tmp_path / "pipe")
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write_output(str(pipe), b"through")
    reader.join(10)
    assert read == [b"through"]
    assert pipe.is_fifo()


def test_unwritable_files_fail_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert checked(tmp_path / "new") == str(tmp_path / "new")
    with pytest.raises(Failure, match="there is no folder"):
        checked(tmp_path / "no" / "new")
    with pytest.raises(Failure, match="this is a folder"):
        checked(tmp_path)
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
    with pytest.raises(Failure, match="no permission"):
        checked(tmp_path / "new")
