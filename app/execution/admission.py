"""A bounded admission queue: how many callers run at once, at what total cost, and how many wait."""

import math
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from app.execution.deadline import POLL_SECONDS, StepTimer


class QueueFull(Exception):
    """Too many callers are running and waiting."""


class AdmissionQueue:
    """Admits callers up to a number and a total cost, lets a bounded number wait, and refuses the rest.

    First come, first served, regardless of cost: if cheap callers could overtake, an expensive one might wait for ever.
    """

    def __init__(self, running: int, waiting: int, max_cost: float = math.inf) -> None:
        """max_cost: of all running callers together. A caller that exceeds it alone runs alone."""
        self._max_running = running
        self._capacity = running + waiting
        self._max_cost = max_cost
        self._changed = threading.Condition()
        self._queue = deque[object]()
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
    def admit(self, clock: StepTimer, cost: float = 0) -> Iterator[None]:
        """Wait for a slot, hold it inside the block, and release it. Waiting is the clock's step `queue`.

        Raises QueueFull immediately if no caller may wait any more, DeadlinePassed at the deadline, and Abandoned if
        the request is cancelled.
        """
        self._acquire(clock, cost)
        try:
            yield
        finally:
            with self._changed:
                self.running -= 1
                self._cost -= cost
                self._changed.notify_all()

    def _acquire(self, clock: StepTimer, cost: float) -> None:
        ticket = object()
        with self._changed:
            self.check()
            self._queue.append(ticket)
            try:
                if not self._may_run(ticket, cost):
                    self._wait(clock, ticket, cost)
                self.running += 1
                self._cost += cost
            finally:
                self._queue.remove(ticket)
                self._changed.notify_all()

    def _wait(self, clock: StepTimer, ticket: object, cost: float) -> None:
        with clock.step("queue"):
            while not self._may_run(ticket, cost):
                self._changed.wait(min(clock.left, POLL_SECONDS))
                clock.check()

    def _may_run(self, ticket: object, cost: float) -> bool:
        fits = not self.running or self._cost + cost <= self._max_cost
        return self._queue[0] is ticket and self.running < self._max_running and fits
