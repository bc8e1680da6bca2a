"""How far a long command is, on standard error: one line that changes on a terminal, else a line now and then."""

import sys
import time
from typing import TextIO

ON_TERMINAL, ELSEWHERE = 0.1, 10.0  # seconds between two lines
CLEAR = "\r\x1b[K"


class Progress:
    """Counts what is done, and estimates what is left from what took time."""

    def __init__(self, total: int, what: str, quiet: bool = False, stream: TextIO | None = None) -> None:
        """what: is counted, in the plural. quiet: nothing is printed."""
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._quiet = quiet
        self._shown = time.monotonic()
        self.begin(total, what)

    def begin(self, total: int, what: str, task: str = "") -> None:
        """Count something else from now on. task: what it is counted for, said before the numbers."""
        self.total, self.what, self._task = total, what, task
        self._began = time.monotonic()
        self._worked = 0
        self.done = 0

    def step(self, worked: bool, aside: str = "") -> None:
        """One more is done. worked: it took time, as those that were known did not. aside: what to say beside."""
        self.done += 1
        self._worked += worked
        now = time.monotonic()
        if now - self._shown > (ON_TERMINAL if self._terminal else ELSEWHERE):
            self._shown = now
            count = f"{self._task + ': ' if self._task else ''}{self.done:,} of {self.total:,} {self.what}"
            self._print(", ".join(filter(None, [count, aside, self._left(now)])))

    def close(self) -> None:
        """Take the line back, where it can be."""
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
    """Seconds as people say them: 75 → '1 min', 4000 → '1 h 7 min'."""
    if round(seconds) < 60:
        return f"{round(seconds)} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
