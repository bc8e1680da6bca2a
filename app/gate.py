"""How many evaluations run at once, how many wait, and when to turn one away."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from app.clock import Clock


class QueueFull(Exception):
    """All places are taken, those for waiting too."""


class Gate:
    """Lets a bounded number in, lets a bounded number wait, and refuses the rest."""

    def __init__(self, running: int, waiting: int) -> None:
        self._places = threading.Semaphore(running)
        self._capacity = running + waiting
        self._lock = threading.Lock()
        self._inside = 0

    @property
    def full(self) -> bool:
        """Whether the next one would be refused."""
        return self._inside >= self._capacity

    @contextmanager
    def enter(self, clock: Clock) -> Iterator[None]:
        """Wait for a place (the clock's step `queue`, where there is none at once), hold it, give it back.

        Raises QueueFull at once where nobody may wait any more, DeadlinePassed where waiting took all the time.
        """
        with self._lock:
            if self.full:
                raise QueueFull("Too many comparisons are running and waiting. Try again in a few seconds.")
            self._inside += 1
        try:
            if not self._places.acquire(blocking=False):
                self._wait(clock)
            try:
                yield
            finally:
                self._places.release()
        finally:
            with self._lock:
                self._inside -= 1

    def _wait(self, clock: Clock) -> None:
        with clock.step("queue"):
            if not self._places.acquire(timeout=clock.left):
                clock.check()
