import threading
import time

import pytest

from app.execution.admission import AdmissionQueue, QueueFull
from app.execution.deadline import Abandoned, DeadlinePassed, Step, StepTimer


def occupy(queue: AdmissionQueue, leave: threading.Event, cost: float = 0) -> threading.Thread:
    """A thread that runs inside the queue, or waits for it, until `leave` is set."""

    def stay() -> None:
        with queue.admit(StepTimer(60), cost):
            leave.wait(10)

    thread = threading.Thread(target=stay)
    thread.start()
    return thread


def test_a_full_queue_refuses_until_a_caller_leaves() -> None:
    queue, leave = AdmissionQueue(running=1, waiting=1), threading.Event()
    threads = [occupy(queue, leave), occupy(queue, leave)]
    while not queue.full:
        time.sleep(0.001)
    with pytest.raises(QueueFull), queue.admit(StepTimer(60)):
        pytest.fail("a third caller was admitted")
    leave.set()
    for thread in threads:
        thread.join()
    with queue.admit(StepTimer(60)):
        assert not queue.full


def test_the_number_of_running_callers_is_bounded() -> None:
    queue, running, most = AdmissionQueue(running=2, waiting=20), [], []
    lock = threading.Lock()

    def work() -> None:
        with queue.admit(StepTimer(60)):
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


def test_waiting_ends_at_the_deadline_and_leaves_the_queue_unchanged() -> None:
    queue, leave = AdmissionQueue(running=1, waiting=1), threading.Event()
    thread = occupy(queue, leave)
    with pytest.raises(DeadlinePassed), queue.admit(StepTimer(0.05)):
        pytest.fail("there was no place")
    assert not queue.full
    leave.set()
    thread.join()


def test_an_error_inside_releases_the_slot() -> None:
    queue = AdmissionQueue(running=1, waiting=0)
    with pytest.raises(ZeroDivisionError), queue.admit(StepTimer(60)):
        1 / 0  # noqa: B018
    with queue.admit(StepTimer(60)):
        pass


def test_waiting_is_a_step_only_if_no_slot_is_free() -> None:
    queue, leave, steps = AdmissionQueue(running=1, waiting=1), threading.Event(), list[Step]()
    with queue.admit(StepTimer(60, steps.append)):
        assert steps == []
    thread = occupy(queue, leave)
    clock = StepTimer(60, steps.append)
    threading.Timer(0.05, leave.set).start()
    with queue.admit(clock):
        assert [(step.name, step.state) for step in steps] == [("queue", "running"), ("queue", "done")]
    thread.join()
    assert clock.milliseconds["queue"] > 20


def test_a_cancelled_caller_stops_waiting_and_leaves_the_queue() -> None:
    queue, leave, cancelled = AdmissionQueue(running=1, waiting=1), threading.Event(), threading.Event()
    thread = occupy(queue, leave)
    threading.Timer(0.05, cancelled.set).start()
    clock = StepTimer(60, cancelled=cancelled.is_set)
    with pytest.raises(Abandoned), queue.admit(clock):
        pytest.fail("there was no place")
    assert clock.elapsed < 5
    assert not queue.full
    leave.set()
    thread.join()


def until(queue: AdmissionQueue, running: int, waiting: int) -> None:
    patience = StepTimer(10)
    while (queue.running, queue.waiting) != (running, waiting):
        patience.check()
        time.sleep(0.001)


def test_the_total_cost_is_bounded() -> None:
    queue, leave = AdmissionQueue(running=9, waiting=0, max_cost=10), [threading.Event() for _ in range(3)]
    threads = [occupy(queue, leave[0], 6)]
    until(queue, 1, 0)
    threads.append(occupy(queue, leave[1], 4))
    until(queue, 2, 0)
    threads.append(occupy(queue, leave[2], 5))
    until(queue, 2, 1)
    leave[1].set()
    until(queue, 1, 1)
    leave[0].set()
    until(queue, 1, 0)
    leave[2].set()
    for thread in threads:
        thread.join()


def test_a_caller_above_the_total_cost_runs_alone() -> None:
    queue, leave = AdmissionQueue(running=2, waiting=2, max_cost=10), [threading.Event() for _ in range(3)]
    threads = [occupy(queue, leave[0], 1)]
    until(queue, 1, 0)
    threads.append(occupy(queue, leave[1], 99))
    until(queue, 1, 1)
    leave[0].set()
    until(queue, 1, 0)
    threads.append(occupy(queue, leave[2], 1))
    until(queue, 1, 1)
    leave[1].set()
    leave[2].set()
    for thread in threads:
        thread.join()


def test_cheap_callers_never_overtake_an_expensive_one() -> None:
    queue, leave, inside = AdmissionQueue(running=2, waiting=9, max_cost=10), threading.Event(), list[float]()

    def work(cost: float) -> None:
        with queue.admit(StepTimer(60), cost):
            inside.append(cost)

    threads = [occupy(queue, leave, 6)]
    until(queue, 1, 0)
    for waiting, cost in enumerate([9, 1, 2, 3], start=1):
        threads.append(threading.Thread(target=work, args=(cost,)))
        threads[-1].start()
        until(queue, 1, waiting)
    leave.set()
    for thread in threads:
        thread.join()
    assert inside[0] == 9
    assert sorted(inside) == [1, 2, 3, 9]


@pytest.mark.parametrize(("delays", "order"), [((9, 0, 5), [0, 5, 9]), ((0.2, 0.1, 0), [0.1, 0.2, 0])])
def test_a_delay_lets_others_go_first_for_so_long(delays: tuple[float, ...], order: list[float]) -> None:
    """In the second case, the last caller comes when the delays of the others have passed."""
    queue, leave, admitted = AdmissionQueue(running=1, waiting=9), threading.Event(), list[float]()

    def work(delay: float) -> None:
        with queue.admit(StepTimer(60), delay=delay):
            admitted.append(delay)

    threads = [occupy(queue, leave)]
    until(queue, 1, 0)
    for waiting, delay in enumerate(delays, start=1):
        if waiting == 3:
            time.sleep(0.3)
        threads.append(threading.Thread(target=work, args=(delay,)))
        threads[-1].start()
        until(queue, 1, waiting)
    leave.set()
    for thread in threads:
        thread.join()
    assert admitted == order
