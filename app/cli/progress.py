"""Progress of a long command on standard error: one changing line on a terminal, else a line every ten seconds."""

import sys
import time
from typing import Self, TextIO

from click.exceptions import Exit

from app.cli.failing import INTERRUPTED

TERMINAL_SECONDS, LINE_SECONDS = 0.1, 10.0  # between two updates, on a terminal and elsewhere
CLEAR = "\r\x1b[K"


class Progress:
    """Counts finished items and estimates the remaining time from those that took time.

    As a context manager it ends the command after Ctrl-C, with one line that says how far it came.
    """

    def __init__(self, total: int, items: str, quiet: bool = False, stream: TextIO | None = None) -> None:
        """items: the plural noun for what is counted. quiet: no progress is printed."""
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._quiet = quiet
        self._shown = time.monotonic()
        self.begin(total, items)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.clear()
        if kind is KeyboardInterrupt:
            line = f"Interrupted with {self._count()} done; the same command continues."
            print(line, file=self._stream)
            raise Exit(INTERRUPTED) from None

    def begin(self, total: int, items: str, task: str = "") -> None:
        """Start counting other items. task: printed before the numbers."""
        self.total, self._items, self._task = total, items, f"{task}: " if task else ""
        self._began = time.monotonic()
        self._worked = 0
        self.done = 0

    def step(self, worked: bool, note: str = "", count: int = 1) -> None:
        """Count an item. worked: it took time, unlike an item known from an earlier run. note: printed after it.

        count: the number of items, if several finished.
        """
        self.done += count
        self._worked += count * worked
        now = time.monotonic()
        if not self._quiet and now - self._shown > (TERMINAL_SECONDS if self._terminal else LINE_SECONDS):
            self._shown = now
            line = ", ".join(filter(None, [self._task + self._count(), note, self._left(now)]))
            self._stream.write(f"{CLEAR}{line}" if self._terminal else f"{line}\n")
            self._stream.flush()

    def clear(self) -> None:
        """Clear the line on a terminal."""
        if self._terminal and not self._quiet:
            self._stream.write(CLEAR)
            self._stream.flush()

    def _count(self) -> str:
        return f"{self.done:,} of {self.total:,} {self._items}"

    def _left(self, now: float) -> str:
        if not self._worked:
            return ""
        return f"about {duration((now - self._began) / self._worked * (self.total - self.done))} left"


def duration(seconds: float) -> str:
    """Seconds in words: 75 → '1 min', 4000 → '1 h 7 min'."""
    if round(seconds) < 60:
        return f"{round(seconds)} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
