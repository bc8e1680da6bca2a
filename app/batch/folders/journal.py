"""What is done so far, on disk: a line for each pair as it ends, so that a run can go on wherever it was cut off."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from app.batch.folders.row import Row

NAME = "results.jsonl"


class AlreadyRunning(Exception):
    """Another run writes to the same folder; the text says so."""


class Journal:
    """The rows of this run and of earlier ones, JSON Lines. `known` has the last of each pair, by its id."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.known: dict[str, Row] = {}
        whole = 0
        for line in file:
            if line.endswith(b"\n"):
                whole += len(line)
                self._learn(line)
        # What follows the last line's end is half a line, of a run that was killed while it wrote.
        file.truncate(whole)

    def add(self, row: Row) -> bool:
        """Write a row, unless that very row is there: whether it is new. It outlives this process from then on.

        A failed one is always new: it was tried again, even if it failed in the same time.
        """
        if row.status != "failed" and self.known.get(row.id) == row:
            return False
        self.known[row.id] = row
        self._file.write(row.model_dump_json().encode() + b"\n")
        self._file.flush()
        return True

    def _learn(self, line: bytes) -> None:
        """Take a line for what it says; one that another version wrote, or a broken disk, says nothing."""
        try:
            row = Row.model_validate_json(line)
        except ValidationError:
            return
        self.known[row.id] = row


@contextmanager
def journal(folder: Path, fresh: bool) -> Iterator[Journal]:
    """The journal of a folder of results, held for one run alone. fresh: what is in it is forgotten.

    The lock ends with the process, however that ends. Raises AlreadyRunning and OSError.
    """
    with os.fdopen(os.open(folder / NAME, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666), "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(f"another run writes to {folder}.") from None
        if fresh:
            file.truncate(0)
        yield Journal(file)
