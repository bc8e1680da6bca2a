"""Equal requests at the same time share one computation."""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future, wait
from typing import Generic, TypeVar

from app.execution.admission import QueueFull
from app.execution.deadline import POLL_SECONDS, StepTimer

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Callers with the key of a running computation wait for its result; at most `waiting` callers do.

    Stored reports do not suffice for that: the report of a running computation is not stored yet.
    """

    def __init__(self, waiting: int) -> None:
        self._waiting = threading.Semaphore(waiting)
        self._lock = threading.Lock()
        self._running: dict[Hashable, Future[T | None]] = {}

    def run(self, key: Hashable, clock: StepTimer, work: Callable[[], T]) -> T:
        """The result of `work`, or of running work with the same key. If that fails, the next caller runs its own work:
        the failure may be particular to the first caller, such as a disconnected client or an earlier deadline.

        Raises the exceptions of `work`, QueueFull if too many wait, and while it waits those of StepTimer.check().
        """
        while True:
            with self._lock:
                other = self._running.get(key)
                if other is None:
                    mine = self._running[key] = Future()
                    break
            outcome = self._wait(other, clock)
            if outcome is not None:
                return outcome
        outcome = None
        try:
            outcome = work()
        finally:
            with self._lock:
                del self._running[key]
            mine.set_result(outcome)
        return outcome

    def _wait(self, other: Future[T | None], clock: StepTimer) -> T | None:
        """The result of the other computation; None if it failed."""
        if not self._waiting.acquire(blocking=False):
            raise QueueFull("Too many ask for the same at once. Try again in a few seconds.")
        try:
            with clock.step("queue"):
                while not wait([other], min(clock.left, POLL_SECONDS)).done:
                    clock.check()
                return other.result()
        finally:
            self._waiting.release()
