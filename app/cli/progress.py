"""Progress of a long command on standard error: one changing line on a terminal, else a line every ten seconds."""

import sys
import time
from typing import TextIO

TERMINAL_SECONDS, LINE_SECONDS = 0.1, 10.0  # between two updates, on a terminal and elsewhere
CLEAR = "\r\x1b[K"


class Progress:
    """Counts finished items and estimates the remaining time from those that took time."""

    def __init__(self, total: int, items: str, quiet: bool = False, stream: TextIO | None = None) -> None:
        """items: the plural noun for what is counted. quiet: nothing is printed."""
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._quiet = quiet
        self._shown = time.monotonic()
        self.begin(total, items)

    def begin(self, total: int, items: str, task: str = "") -> None:
        """Start counting other items. task: printed before the numbers."""
        self.total, self.items, self._task = total, items, task
        self._began = time.monotonic()
        self._worked = 0
        self.done = 0

    def step(self, worked: bool, note: str = "") -> None:
        """Count one item. worked: it took time, unlike an item known from an earlier run. note: printed after it."""
        self.done += 1
        self._worked += worked
        now = time.monotonic()
        if now - self._shown > (TERMINAL_SECONDS if self._terminal else LINE_SECONDS):
            self._shown = now
            count = f"{self._task + ': ' if self._task else ''}{self.done:,} of {self.total:,} {self.items}"
            self._print(", ".join(filter(None, [count, note, self._left(now)])))

    def close(self) -> None:
        """Clear the line on a terminal."""
        if self._terminal and not self._quiet:
            self._stream.write(CLEAR)
            self._stream.flush()

    def _left(self, now: float) -> str:
        if not self._worked:
            return ""
        return f"about {duration((now - self._began) / self._worked * (self.total - self.done))} left"

    def _print(self, line: str) -> None:
        if not self._quiet:
            self._stream.write(f"{CLEAR}{line}" if self._terminal else f"{line}\n")
            self._stream.flush()


def duration(seconds: float) -> str:
    """Seconds in words: 75 → '1 min', 4000 → '1 h 7 min'."""
    if round(seconds) < 60:
        return f"{round(seconds)} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
