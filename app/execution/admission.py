"""A bounded admission queue: how many callers run at once, at what total cost, and how many wait."""

import math
import threading
import time
from bisect import insort
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from app.execution.deadline import POLL_SECONDS, StepTimer

Ticket = tuple[float, int]  # when its caller came, and a number, by which no two are equal


class QueueFull(Exception):
    """Too many callers are running and waiting."""


class AdmissionQueue:
    """Admits callers up to a number and a total cost, lets a bounded number wait, and refuses the rest.

    First come, first served, regardless of cost: if cheap callers could overtake, an expensive one might wait for ever.
    A caller with a delay queues as if it had come that much later, so it is overtaken for that long only.
    """

    def __init__(self, running: int, waiting: int, max_cost: float = math.inf) -> None:
        """max_cost: of all running callers together. A caller that exceeds it alone runs alone."""
        self._max_running = running
        self._capacity = running + waiting
        self._max_cost = max_cost
        self._changed = threading.Condition()
        self._queue: list[Ticket] = []  # sorted
        self._numbers = count()
        self._cost = 0.0
        self.running = 0

    @property
    def waiting(self) -> int:
        """The number of waiting callers."""
        return len(self._queue)

    @property
    def full(self) -> bool:
        """Whether the next caller would be refused."""
        return self.running + self.waiting >= self._capacity

    def check(self) -> None:
        """Raise QueueFull if the next caller would be refused."""
        if self.full:
            raise QueueFull("Too many comparisons are running and waiting. Try again in a few seconds.")

    @contextmanager
    def admit(self, clock: StepTimer, cost: float = 0, delay: float = 0) -> Iterator[None]:
        """Wait for a slot, hold it inside the block, and release it. Waiting is the clock's step `queue`.

        delay: in seconds. Callers whose work takes long state its duration, to let short work go first.
        Raises QueueFull immediately if no caller may wait any more, DeadlinePassed at the deadline, and Abandoned if
        the request is cancelled.
        """
        self._acquire(clock, cost, delay)
        try:
            yield
        finally:
            with self._changed:
                self.running -= 1
                self._cost -= cost
                self._changed.notify_all()

    def _acquire(self, clock: StepTimer, cost: float, delay: float) -> None:
        with self._changed:
            self.check()
            ticket = (time.monotonic() + delay, next(self._numbers))
            insort(self._queue, ticket)
            try:
                if not self._may_run(ticket, cost):
                    self._wait(clock, ticket, cost)
                self.running += 1
                self._cost += cost
            finally:
                self._queue.remove(ticket)
                self._changed.notify_all()

    def _wait(self, clock: StepTimer, ticket: Ticket, cost: float) -> None:
        with clock.step("queue"):
            while not self._may_run(ticket, cost):
                self._changed.wait(min(clock.left, POLL_SECONDS))
                clock.check()

    def _may_run(self, ticket: Ticket, cost: float) -> bool:
        fits = not self.running or self._cost + cost <= self._max_cost
        return self._queue[0] == ticket and self.running < self._max_running and fits
