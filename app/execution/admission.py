"""Who may work at once, by number and by weight, how many wait, and when to turn one away."""

import math
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from app.execution.deadline import POLL_SECONDS, StepTimer


class QueueFull(Exception):
    """All places are taken, those for waiting too."""


class AdmissionQueue:
    """Lets a bounded number and weight in, lets a bounded number wait, and refuses the rest.

    First come, first served, whatever one weighs: to let light ones overtake would leave a heavy one waiting for ever.
    """

    def __init__(self, running: int, waiting: int, weight: float = math.inf) -> None:
        """weight: of all inside together. What is heavier by itself goes in alone."""
        self._places = running
        self._capacity = running + waiting
        self._most = weight
        self._changed = threading.Condition()
        self._line = deque[object]()
        self._weight = 0.0
        self.running = 0

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._line)

    @property
    def full(self) -> bool:
        """Whether the next one would be refused."""
        return self.running + self.waiting >= self._capacity

    def check(self) -> None:
        """Raise QueueFull where the next one would be refused."""
        if self.full:
            raise QueueFull("Too many comparisons are running and waiting. Try again in a few seconds.")

    @contextmanager
    def admit(self, clock: StepTimer, weight: float = 0) -> Iterator[None]:
        """Wait for a place (the clock's step `queue`, where there is none at once), hold it, give it back.

        Raises QueueFull at once where nobody may wait any more, DeadlinePassed where waiting took all the time, and
        Abandoned where nobody waits for the outcome.
        """
        self._take_place(clock, weight)
        try:
            yield
        finally:
            with self._changed:
                self.running -= 1
                self._weight -= weight
                self._changed.notify_all()

    def _take_place(self, clock: StepTimer, weight: float) -> None:
        turn = object()
        with self._changed:
            self.check()
            self._line.append(turn)
            try:
                if not self._free(turn, weight):
                    self._wait(clock, turn, weight)
                self.running += 1
                self._weight += weight
            finally:
                self._line.remove(turn)
                self._changed.notify_all()

    def _wait(self, clock: StepTimer, turn: object, weight: float) -> None:
        with clock.step("queue"):
            while not self._free(turn, weight):
                self._changed.wait(min(clock.left, POLL_SECONDS))
                clock.check()

    def _free(self, turn: object, weight: float) -> bool:
        fits = not self.running or self._weight + weight <= self._most
        return self._line[0] is turn and self.running < self._places and fits
