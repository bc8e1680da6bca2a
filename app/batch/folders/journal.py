"""The journal of a run: a line for each finished pair, so that an interrupted run can continue."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from app.batch.folders.files import open_file
from app.batch.folders.row import Row

NAME = "results.jsonl"


class AlreadyRunning(Exception):
    """Another run writes to the same folder. The text says so."""


class Journal:
    """The rows of this run and earlier ones as JSON Lines. `known` maps the id of a pair to its last row."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.known: dict[str, Row] = {}
        length = 0
        for line in file:
            if line.endswith(b"\n"):
                length += len(line)
                self._load(line)
        # Remove the incomplete last line of a run that was killed while it wrote.
        file.truncate(length)

    def add(self, row: Row) -> bool:
        """Write a row unless an equal one is known. Returns whether it was written.

        A failed row is always written, because it was tried again even if the result is equal.
        """
        if row.status != "failed" and self.known.get(row.id) == row:
            return False
        self.known[row.id] = row
        self._file.write(row.model_dump_json().encode() + b"\n")
        self._file.flush()
        return True

    def _load(self, line: bytes) -> None:
        """Add the row of a line to `known`; ignore a line of another version or a damaged one."""
        try:
            row = Row.model_validate_json(line)
        except ValidationError:
            return
        self.known[row.id] = row


@contextmanager
def journal(folder: Path, fresh: bool) -> Iterator[Journal]:
    """The journal of a folder of results, locked for this run. fresh: delete its contents.

    The lock is released whenever the process ends. Raises AlreadyRunning and OSError.
    """
    with os.fdopen(open_file(folder / NAME, os.O_RDWR | os.O_APPEND), "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(f"another run writes to {folder}.") from None
        if fresh:
            file.truncate(0)
        yield Journal(file)
