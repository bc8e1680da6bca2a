"""Equal requests at the same time share one computation, also if some of them fail or wait too long."""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from app.execution.admission import QueueFull
from app.execution.deadline import DeadlinePassed, StepTimer
from app.execution.single_flight import SingleFlight


class Work:
    """Work that ends when `end` is set."""

    def __init__(self, outcome: str | None) -> None:
        self.begun, self.end, self._outcome = threading.Event(), threading.Event(), outcome

    def __call__(self) -> str:
        self.begun.set()
        self.end.wait(10)
        if self._outcome is None:
            raise ValueError("it failed")
        return self._outcome


def begin(pool: ThreadPoolExecutor, flights: SingleFlight[str], work: Work) -> Future[str]:
    """Start work with the key "q"."""
    first = pool.submit(flights.run, "q", StepTimer(60), work)
    work.begun.wait(10)
    return first


def test_callers_at_the_same_time_get_the_same_result() -> None:
    flights, work = SingleFlight[str](waiting=8), Work("first")
    with ThreadPoolExecutor(9) as pool:
        first = begin(pool, flights, work)
        others = [pool.submit(flights.run, "q", StepTimer(60), lambda: "second") for _ in range(8)]
        assert flights.run("another question", StepTimer(60), lambda: "at once") == "at once"
        time.sleep(0.1)
        work.end.set()
        assert {future.result(10) for future in (first, *others)} == {"first"}
    assert flights.run("q", StepTimer(60), lambda: "later") == "later"


def test_if_the_first_fails_the_next_one_runs() -> None:
    flights, work = SingleFlight[str](waiting=8), Work(None)
    with ThreadPoolExecutor(2) as pool:
        first = begin(pool, flights, work)
        other = pool.submit(flights.run, "q", StepTimer(60), lambda: "second")
        time.sleep(0.1)
        work.end.set()
        assert other.result(10) == "second"
        with pytest.raises(ValueError, match="it failed"):
            first.result(10)


def test_waiting_is_bounded_in_time_and_number() -> None:
    flights, work = SingleFlight[str](waiting=1), Work("first")
    with ThreadPoolExecutor(2) as pool:
        first = begin(pool, flights, work)
        with pytest.raises(DeadlinePassed):
            flights.run("q", StepTimer(0.1), lambda: "second")
        other = pool.submit(flights.run, "q", StepTimer(60), lambda: "second")
        time.sleep(0.1)
        with pytest.raises(QueueFull):
            flights.run("q", StepTimer(60), lambda: "third")
        work.end.set()
        assert first.result(10) == other.result(10) == "first"
