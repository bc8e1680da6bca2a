"""Files that commands read and write; `-` is standard input or output."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.batch.folders.files import read_bounded, write_whole
from app.cli.failing import Failure

if TYPE_CHECKING:
    from app.store import Upload

STREAM = "-"


def shown_name(path: str) -> str:
    """The name of a file in a message."""
    return "standard input" if path == STREAM else path


def read_upload(path: str, limit: int) -> "Upload":
    """A file with its name for display. Raises Failure if it has more than `limit` bytes or cannot be read."""
    from app.store import Upload
    from app.store.names import display_name

    try:
        with click.open_file(path, "rb") as file:
            return Upload(shown_name(path) if path == STREAM else display_name(path), read_bounded(file, limit))
    except OSError as error:
        raise Failure(f"{shown_name(path)}: {error.strerror}.") from error


def list_folders(folders: Sequence[Path], exclude: Path, follow_links: bool) -> list[frozenset[str]]:
    """The pictures of each folder, see `list_pictures`. Reports skipped links. Raises Failure."""
    from app.batch.folders.pairing import list_pictures

    try:
        listings = [list_pictures(folder, exclude, follow_links) for folder in folders]
    except OSError as error:
        raise Failure(f"{error.filename}: {error.strerror}.") from error
    if outside := sum(listing.outside for listing in listings):
        links = "1 link that leads" if outside == 1 else f"{outside:,} links that lead"
        click.echo(f"Skipped {links} out of the folder; see --follow-links.", err=True)
    return [listing.names for listing in listings]


def writable(_context: click.Context, _option: click.Parameter, path: str | None) -> str | None:
    """The click callback of an option for an output file: fail before the work if the file cannot be written."""
    if path and path != STREAM:
        target = Path(path).resolve()
        folder = target.parent
        if target.is_dir():
            raise Failure(f"{path}: this is a folder.")
        if not folder.is_dir():
            raise Failure(f"{path}: there is no folder {folder}.")
        if not os.access(target if target.exists() else folder, os.W_OK):
            raise Failure(f"{path}: no permission to write there.")
    return path


def write_output(path: str, data: bytes) -> None:
    """Write a file atomically, or standard output for `-`. Raises Failure."""
    target = Path(path).resolve()
    if path == STREAM:
        click.echo(data, nl=False)
        return
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(data)  # a device or a pipe, which must not be replaced
        else:
            write_whole(target, data)
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}.") from error
