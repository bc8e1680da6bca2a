import threading
import time

import pytest

from app.execution.admission import AdmissionQueue, QueueFull
from app.execution.deadline import Abandoned, DeadlinePassed, Step, StepTimer


def occupy(gate: AdmissionQueue, leave: threading.Event, weight: float = 0) -> threading.Thread:
    """A thread that is in, or waits to be, until told to leave."""

    def stay() -> None:
        with gate.admit(StepTimer(60), weight):
            leave.wait(10)

    thread = threading.Thread(target=stay)
    thread.start()
    return thread


def test_refuses_when_all_places_are_taken_and_lets_in_again() -> None:
    gate, leave = AdmissionQueue(running=1, waiting=1), threading.Event()
    threads = [occupy(gate, leave), occupy(gate, leave)]
    while not gate.full:
        time.sleep(0.001)
    with pytest.raises(QueueFull), gate.admit(StepTimer(60)):
        pytest.fail("a third one got in")
    leave.set()
    for thread in threads:
        thread.join()
    with gate.admit(StepTimer(60)):
        assert not gate.full


def test_runs_no_more_at_once_than_it_may() -> None:
    gate, running, most = AdmissionQueue(running=2, waiting=20), [], []
    lock = threading.Lock()

    def work() -> None:
        with gate.admit(StepTimer(60)):
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
    gate, leave = AdmissionQueue(running=1, waiting=1), threading.Event()
    thread = occupy(gate, leave)
    with pytest.raises(DeadlinePassed), gate.admit(StepTimer(0.05)):
        pytest.fail("there was no place")
    assert not gate.full
    leave.set()
    thread.join()


def test_an_error_inside_frees_the_place() -> None:
    gate = AdmissionQueue(running=1, waiting=0)
    with pytest.raises(ZeroDivisionError), gate.admit(StepTimer(60)):
        1 / 0  # noqa: B018
    with gate.admit(StepTimer(60)):
        pass


def test_waiting_is_a_step_and_only_where_there_is_no_place() -> None:
    gate, leave, heard = AdmissionQueue(running=1, waiting=1), threading.Event(), list[Step]()
    with gate.admit(StepTimer(60, heard.append)):
        assert heard == []
    thread = occupy(gate, leave)
    clock = StepTimer(60, heard.append)
    threading.Timer(0.05, leave.set).start()
    with gate.admit(clock):
        assert [(step.name, step.state) for step in heard] == [("queue", "running"), ("queue", "done")]
    thread.join()
    assert clock.milliseconds["queue"] > 20


def test_who_is_gone_waits_no_longer_and_leaves_room() -> None:
    gate, leave, gone = AdmissionQueue(running=1, waiting=1), threading.Event(), threading.Event()
    thread = occupy(gate, leave)
    threading.Timer(0.05, gone.set).start()
    clock = StepTimer(60, gone=gone.is_set)
    with pytest.raises(Abandoned), gate.admit(clock):
        pytest.fail("there was no place")
    assert clock.elapsed < 5
    assert not gate.full
    leave.set()
    thread.join()


def until(gate: AdmissionQueue, running: int, waiting: int) -> None:
    patience = StepTimer(10)
    while (gate.running, gate.waiting) != (running, waiting):
        patience.check()
        time.sleep(0.001)


def test_the_weight_of_all_inside_is_bounded() -> None:
    gate, leave = AdmissionQueue(running=9, waiting=0, weight=10), [threading.Event() for _ in range(3)]
    threads = [occupy(gate, leave[0], 6)]
    until(gate, 1, 0)
    threads.append(occupy(gate, leave[1], 4))
    until(gate, 2, 0)
    threads.append(occupy(gate, leave[2], 5))
    until(gate, 2, 1)
    leave[1].set()
    until(gate, 1, 1)
    leave[0].set()
    until(gate, 1, 0)
    leave[2].set()
    for thread in threads:
        thread.join()


def test_what_is_heavier_than_all_may_be_goes_in_alone() -> None:
    gate, leave = AdmissionQueue(running=2, waiting=2, weight=10), [threading.Event() for _ in range(3)]
    threads = [occupy(gate, leave[0], 1)]
    until(gate, 1, 0)
    threads.append(occupy(gate, leave[1], 99))
    until(gate, 1, 1)
    leave[0].set()
    until(gate, 1, 0)
    threads.append(occupy(gate, leave[2], 1))
    until(gate, 1, 1)
    leave[1].set()
    leave[2].set()
    for thread in threads:
        thread.join()


def test_light_ones_never_overtake_a_heavy_one() -> None:
    gate, leave, inside = AdmissionQueue(running=2, waiting=9, weight=10), threading.Event(), list[float]()

    def work(weight: float) -> None:
        with gate.admit(StepTimer(60), weight):
            inside.append(weight)

    threads = [occupy(gate, leave, 6)]
    until(gate, 1, 0)
    for waiting, weight in enumerate([9, 1, 2, 3], start=1):
        threads.append(threading.Thread(target=work, args=(weight,)))
        threads[-1].start()
        until(gate, 1, waiting)
    leave.set()
    for thread in threads:
        thread.join()
    assert inside[0] == 9
    assert sorted(inside) == [1, 2, 3, 9]
