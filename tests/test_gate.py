import threading
import time

import pytest

from app.clock import Clock, DeadlinePassed, Step
from app.gate import Gate, QueueFull


def occupy(gate: Gate, leave: threading.Event) -> threading.Thread:
    """A thread that is in, or waits to be, until told to leave."""

    def stay() -> None:
        with gate.enter(Clock(60)):
            leave.wait(10)

    thread = threading.Thread(target=stay)
    thread.start()
    return thread


def test_refuses_when_all_places_are_taken_and_lets_in_again() -> None:
    gate, leave = Gate(running=1, waiting=1), threading.Event()
    threads = [occupy(gate, leave), occupy(gate, leave)]
    while not gate.full:
        time.sleep(0.001)
    with pytest.raises(QueueFull), gate.enter(Clock(60)):
        pytest.fail("a third one got in")
    leave.set()
    for thread in threads:
        thread.join()
    with gate.enter(Clock(60)):
        assert not gate.full


def test_runs_no_more_at_once_than_it_may() -> None:
    gate, running, most = Gate(running=2, waiting=20), [], []
    lock = threading.Lock()

    def work() -> None:
        with gate.enter(Clock(60)):
            with lock:
                running.append(1)
                most.append(len(running))
            time.sleep(0.005)
            with lock:
                running.pop()

    threads = [threading.Thread(target=work) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 2


def test_waiting_ends_with_the_deadline_and_leaves_the_gate_as_it_was() -> None:
    gate, leave = Gate(running=1, waiting=1), threading.Event()
    thread = occupy(gate, leave)
    with pytest.raises(DeadlinePassed), gate.enter(Clock(0.05)):
        pytest.fail("there was no place")
    assert not gate.full
    leave.set()
    thread.join()


def test_an_error_inside_frees_the_place() -> None:
    gate = Gate(running=1, waiting=0)
    with pytest.raises(ZeroDivisionError), gate.enter(Clock(60)):
        1 / 0  # noqa: B018
    with gate.enter(Clock(60)):
        pass


def test_waiting_is_a_step_and_only_where_there_is_no_place() -> None:
    gate, leave, heard = Gate(running=1, waiting=1), threading.Event(), list[Step]()
    with gate.enter(Clock(60, heard.append)):
        assert heard == []
    thread = occupy(gate, leave)
    clock = Clock(60, heard.append)
    threading.Timer(0.05, leave.set).start()
    with gate.enter(clock):
        assert [(step.name, step.state) for step in heard] == [("queue", "running"), ("queue", "done")]
    thread.join()
    assert clock.milliseconds["queue"] > 20
