"""Files that commands read and write, and the two streams that `-` stands for."""

import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path

import click

from app.cli.failing import Failure

STREAM = "-"


def read_whole(place: str, limit: int) -> bytes:
    """The bytes of a file, `limit` at the most. Where there are more, or it cannot be read, the command ends."""
    shown = "standard input" if place == STREAM else place
    try:
        with click.open_file(place, "rb") as file:
            data: bytes = file.read(limit + 1)
    except OSError as error:
        raise Failure(f"{shown}: {error.strerror}.") from error
    if len(data) > limit:
        raise Failure(f"{shown}: more than {limit / 1024**2:g} MiB, the limit here; MAX_BODY sets another.")
    return data


def writable(_context: click.Context, _option: click.Parameter, place: str | None) -> str | None:
    """A callback for an option with a file to be written: what can be known to fail does so before the work is done."""
    if place and place != STREAM:
        target = Path(place).resolve()
        folder = target.parent
        if target.is_dir():
            raise Failure(f"{place}: this is a folder.")
        if not folder.is_dir():
            raise Failure(f"{place}: there is no folder {folder}.")
        if not os.access(target if target.exists() else folder, os.W_OK):
            raise Failure(f"{place}: no permission to write there.")
    return place


def write_whole(place: str, data: bytes) -> None:
    """Write a file so that it is there whole or, whatever happens, as it was; `-` is standard output."""
    target = Path(place).resolve()
    if place == STREAM:
        click.echo(data, nl=False)
        return
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(data)  # a device or a pipe: to be filled, not to be replaced
        else:
            _replace(target, data)
    except OSError as error:
        raise Failure(f"{place}: {error.strerror}.") from error


def _replace(target: Path, data: bytes) -> None:
    draft = target.with_name(f".draft-{secrets.token_hex(8)}")
    try:
        draft.write_bytes(data)
        with suppress(FileNotFoundError):
            shutil.copymode(target, draft)
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
