"""What it costs to open a file, reported from within the process that opens it."""

import os
import re
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from app.execution.deadline import StepTimer
from app.vision.decoding.decode import decode
from app.vision.decoding.errors import PictureError
from app.vision.decoding.frames import frames


@dataclass(frozen=True)
class Cost:
    """How it ended ("opened", or the reason), seconds of a processor, MiB at the height, what went to stderr."""

    outcome: str
    seconds: float
    mebibytes: float
    said: str


def open_it(_clock: StepTimer, data: bytes, max_pixels: int) -> Cost:
    """Decode bytes and all frames, for `Workers.run`. Raises what decode() and frames() should not."""
    warnings.simplefilter("always", append=True)  # each time, not once; what header.py mutes stays muted
    with _stderr() as said:
        before, began = _height(reset=True), time.process_time()
        try:
            first = decode(data, max_pixels)
            outcome = "opened"
            with suppress(PictureError):  # a later frame is no reason to refuse the file
                for _ in frames(data, first, max_pixels) if first.description.frames > 1 else ():
                    pass
        except PictureError as error:
            outcome = str(error)
        seconds, height = time.process_time() - began, _height()
        said.seek(0)
        return Cost(outcome, seconds, height - before, said.read().decode(errors="replace"))


def _height(reset: bool = False) -> float:
    """The most memory that this process has held since the last reset, in MiB."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
    kilobytes = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    assert kilobytes
    return int(kilobytes[1]) / 1024


@contextmanager
def _stderr() -> Iterator[BinaryIO]:
    """A file that gets what this process writes to stderr meanwhile, its libraries in C included."""
    kept = os.dup(2)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 2)
        try:
            yield file
        finally:
            os.dup2(kept, 2)
            os.close(kept)
