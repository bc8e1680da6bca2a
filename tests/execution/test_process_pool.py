"""Tasks in real worker processes, and failures of the processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.evaluation.pipeline import PictureRejected
from app.evaluation.request import InvalidOptions
from app.execution.deadline import DeadlinePassed, Step, StepTimer
from app.execution.process_pool import ProcessPool, WorkerDied
from app.store.errors import MissingPair, StorageError
from app.vision.decoding.errors import UnsupportedFormat


def number(_clock: StepTimer) -> int:
    return os.getpid()


def steps(clock: StepTimer, names: tuple[str, ...]) -> float:
    def step(name: str) -> None:
        with clock.step(name):
            time.sleep(0.001)

    with ThreadPoolExecutor() as pool:
        list(pool.map(step, names))
    return clock.milliseconds[names[0]]


def stuck(_clock: StepTimer) -> None:
    """Block as a call of a library does, without steps or checks."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGINT])
    time.sleep(60)


def slow(clock: StepTimer) -> None:
    while True:
        time.sleep(0.01)
        clock.check()


def crash(_clock: StepTimer, how: signal.Signals) -> None:
    os.kill(os.getpid(), how)


def fail(_clock: StepTimer, error: Exception) -> None:
    raise error


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture(scope="module")
def workers() -> Iterator[ProcessPool]:
    workers = ProcessPool(2)
    yield workers
    workers.close()


def test_a_task_runs_in_another_process_which_is_reused(workers: ProcessPool) -> None:
    first = workers.run(StepTimer(60), number)
    assert first != os.getpid()
    assert workers.run(StepTimer(60), number) == first


def test_tasks_at_the_same_time_run_in_different_processes(workers: ProcessPool) -> None:
    with ThreadPoolExecutor(2) as pool:
        numbers = set(pool.map(lambda _: workers.run(StepTimer(60), wait_and_number), range(2)))
    assert len(numbers) == 2


def wait_and_number(_clock: StepTimer) -> int:
    time.sleep(0.3)
    return os.getpid()


def test_steps_are_reported_from_several_threads(workers: ProcessPool) -> None:
    reported: list[Step] = []
    clock = StepTimer(60, reported.append)
    names = tuple(map(str, range(50)))
    milliseconds = workers.run(clock, steps, names)
    assert [sum(step.name == name for step in reported) for name in names] == [2] * 50
    assert clock.milliseconds["0"] == milliseconds


@pytest.mark.parametrize(
    "error",
    [
        PictureRejected("b", "sky.png", UnsupportedFormat("it is a song")),
        InvalidOptions("ignore: no."),
        DeadlinePassed(60),
        StorageError("The storage is full."),
        MissingPair("0" * 32),
        ZeroDivisionError("a bug"),
    ],
)
def test_exceptions_are_raised_unchanged(workers: ProcessPool, error: Exception) -> None:
    with pytest.raises(type(error)) as raised:
        workers.run(StepTimer(60), fail, error)
    assert str(raised.value) == str(error)
    assert vars(raised.value).keys() >= vars(error).keys()
    assert "in fail" in raised.value.__notes__[0], "the log must say where"


@pytest.mark.parametrize("how", [signal.SIGSEGV, signal.SIGKILL, signal.SIGABRT])
def test_a_crash_is_an_error_and_the_next_task_runs(workers: ProcessPool, how: signal.Signals) -> None:
    with pytest.raises(WorkerDied, match="broke down"):
        workers.run(StepTimer(60), crash, how)
    assert workers.run(StepTimer(60), number)


def test_a_stuck_task_is_killed_at_the_deadline(monkeypatch: pytest.MonkeyPatch, workers: ProcessPool) -> None:
    monkeypatch.setattr("app.execution.process_pool.GRACE_SECONDS", 0.2)
    victim = workers.run(StepTimer(60), number)
    clock = StepTimer(0.3)
    with pytest.raises(DeadlinePassed, match=r"longer than 0\.3 seconds"):
        workers.run(clock, stuck)
    assert clock.elapsed < 5
    assert not alive(victim)
    assert workers.run(StepTimer(60), number) != victim


def test_a_task_ends_by_itself_between_steps_at_the_deadline(workers: ProcessPool) -> None:
    same = workers.run(StepTimer(60), number)
    with pytest.raises(DeadlinePassed):
        workers.run(StepTimer(0.1), slow)
    assert workers.run(StepTimer(60), number) == same


ORPHANING = """
import os, sys
from app.execution.deadline import StepTimer
from app.execution.process_pool import ProcessPool
from tests.execution.test_process_pool import number
if __name__ == "__main__":
    print(ProcessPool(1).run(StepTimer(60), number), flush=True)
    os.kill(os.getpid(), int(sys.argv[1]))
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_no_process_outlives_its_parent(tmp_path: Path, how: signal.Signals) -> None:
    script = tmp_path / "parent.py"
    script.write_text(ORPHANING)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in [str(Path.cwd()), *sys.path] if path)}
    parent = subprocess.run(
        [sys.executable, script, str(int(how))], env=environment, stdout=subprocess.PIPE, check=False, timeout=60
    )
    for _ in range(100):
        if not alive(int(parent.stdout)):
            return
        time.sleep(0.05)
    pytest.fail("the worker is still there")
