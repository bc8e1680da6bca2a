"""Permissions of others are taken away, where that is possible."""

import logging
import stat
from pathlib import Path

import pytest

from app.store.permissions import make_private, make_private_folder


def test_a_new_folder_is_private(tmp_path: Path) -> None:
    make_private_folder(tmp_path / "outer" / "inner")
    assert stat.S_IMODE((tmp_path / "outer" / "inner").stat().st_mode) == 0o700


def test_only_the_permissions_of_others_are_taken(tmp_path: Path) -> None:
    (file := tmp_path / "file").touch()
    file.chmod(0o574)
    make_private(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o500


def test_a_folder_of_another_user_is_reported_and_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tmp_path.chmod(0o770)

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", refuse)
    with caplog.at_level(logging.WARNING):
        make_private_folder(tmp_path)
    assert str(tmp_path) in caplog.text
    assert "chmod go=" in caplog.text
