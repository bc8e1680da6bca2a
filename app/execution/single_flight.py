"""Equal questions at the same time are worked on once."""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future, wait
from typing import Generic, TypeVar

from app.execution.admission import QueueFull
from app.execution.deadline import POLL_SECONDS, StepTimer

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Who asks for what is under way waits for it, up to so many of them, and gets the same.

    The stored answers alone would not do: what is asked at the same time is not stored yet.
    """

    def __init__(self, waiting: int) -> None:
        self._waiting = threading.Semaphore(waiting)
        self._lock = threading.Lock()
        self._under_way: dict[Hashable, Future[T | None]] = {}

    def run(self, question: Hashable, clock: StepTimer, work: Callable[[], T]) -> T:
        """The outcome of `work`, or of the equal work under way. Where that fails, the next one tries itself: it may
        have failed for reasons of its own, as a client that is gone, or less time left.

        Raises what `work` raises, QueueFull where too many wait, and while it waits what Clock.check() does.
        """
        while True:
            with self._lock:
                other = self._under_way.get(question)
                if other is None:
                    mine = self._under_way[question] = Future()
                    break
            outcome = self._wait(other, clock)
            if outcome is not None:
                return outcome
        outcome = None
        try:
            outcome = work()
        finally:
            with self._lock:
                del self._under_way[question]
            mine.set_result(outcome)
        return outcome

    def _wait(self, other: Future[T | None], clock: StepTimer) -> T | None:
        """What the other came to; None where it failed."""
        if not self._waiting.acquire(blocking=False):
            raise QueueFull("Too many ask for this comparison. Try again in a few seconds.")
        try:
            with clock.step("queue"):
                while not wait([other], min(clock.left, POLL_SECONDS)).done:
                    clock.check()
                return other.result()
        finally:
            self._waiting.release()
