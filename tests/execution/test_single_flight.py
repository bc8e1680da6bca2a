"""Equal work is done once, whatever becomes of those who wait for it."""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from app.execution.admission import QueueFull
from app.execution.deadline import DeadlinePassed, StepTimer
from app.execution.single_flight import SingleFlight


class Work:
    """Begins, and ends when it is told to."""

    def __init__(self, outcome: str | None) -> None:
        self.begun, self.end, self._outcome = threading.Event(), threading.Event(), outcome

    def __call__(self) -> str:
        self.begun.set()
        self.end.wait(10)
        if self._outcome is None:
            raise ValueError("it failed")
        return self._outcome


def begin(pool: ThreadPoolExecutor, joint: SingleFlight[str], work: Work) -> Future[str]:
    """One who is at work on the question "q"."""
    first = pool.submit(joint.run, "q", StepTimer(60), work)
    work.begun.wait(10)
    return first


def test_who_asks_meanwhile_gets_the_same() -> None:
    joint, work = SingleFlight[str](waiting=8), Work("first")
    with ThreadPoolExecutor(9) as pool:
        first = begin(pool, joint, work)
        others = [pool.submit(joint.run, "q", StepTimer(60), lambda: "second") for _ in range(8)]
        assert joint.run("another question", StepTimer(60), lambda: "at once") == "at once"
        time.sleep(0.1)
        work.end.set()
        assert {future.result(10) for future in (first, *others)} == {"first"}
    assert joint.run("q", StepTimer(60), lambda: "later") == "later"


def test_where_the_first_fails_the_next_one_tries() -> None:
    joint, work = SingleFlight[str](waiting=8), Work(None)
    with ThreadPoolExecutor(2) as pool:
        first = begin(pool, joint, work)
        other = pool.submit(joint.run, "q", StepTimer(60), lambda: "second")
        time.sleep(0.1)
        work.end.set()
        assert other.result(10) == "second"
        with pytest.raises(ValueError, match="it failed"):
            first.result(10)


def test_nobody_waits_past_the_deadline_nor_beyond_the_bound() -> None:
    joint, work = SingleFlight[str](waiting=1), Work("first")
    with ThreadPoolExecutor(2) as pool:
        first = begin(pool, joint, work)
        with pytest.raises(DeadlinePassed):
            joint.run("q", StepTimer(0.1), lambda: "second")
        other = pool.submit(joint.run, "q", StepTimer(60), lambda: "second")
        time.sleep(0.1)
        with pytest.raises(QueueFull):
            joint.run("q", StepTimer(60), lambda: "third")
        work.end.set()
        assert first.result(10) == other.result(10) == "first"
