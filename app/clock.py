"""Time: how long each step takes, and the deadline that is checked between steps."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class DeadlinePassed(Exception):
    """The evaluation took longer than allowed; the text says how long that is."""


class Clock:
    """Times the named steps of one piece of work and ends it, between two steps, once its time is up."""

    def __init__(self, deadline: float) -> None:
        """deadline: seconds from now."""
        self._start = time.perf_counter()
        self._deadline = deadline
        self.milliseconds: dict[str, float] = {}

    @property
    def elapsed(self) -> float:
        """Seconds since the clock was made."""
        return time.perf_counter() - self._start

    @property
    def left(self) -> float:
        """Seconds until the deadline, 0 at the least."""
        return max(0.0, self._deadline - self.elapsed)

    def check(self) -> None:
        """Raise DeadlinePassed once the time is up."""
        if not self.left:
            raise DeadlinePassed(f"The evaluation took longer than {self._deadline:g} seconds, the limit here.")

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time what is done inside; it is not begun after the deadline."""
        self.check()
        began = time.perf_counter()
        try:
            yield
        finally:
            self.milliseconds[name] = round((time.perf_counter() - began) * 1000, 1)
