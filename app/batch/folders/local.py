"""Workers on this machine: one process per core."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import active_children, get_context
from pathlib import Path

from app.batch.folders.files import open_file
from app.batch.folders.run import Workers
from app.execution.process_pool import end_with_parent

LOG = "workers.log"


class CannotStart(Exception):
    """No worker can be started. The text says why."""


def local_workers(count: int, log: Path) -> Workers:
    """Worker processes with chunks of one pair: sending a name is fast, and a death affects few pairs.

    log: the file for their standard error, such as TensorFlow's messages and tracebacks of failed analyses.
    """
    return Workers(count, 1, lambda: processes(count, log), BrokenExecutor)


def cores() -> list[int]:
    """The cores that this process may use."""
    return sorted(os.sched_getaffinity(0))


@contextmanager
def processes(count: int, log: Path) -> Iterator[Executor]:
    """An executor of `count` processes. An exception in the body, such as Ctrl-C, kills them at once.

    Each process is pinned to one core. The thread pools of a comparison, of OpenCV, TensorFlow and NumPy speed up one
    comparison on an idle machine, but here all cores are busy: with those threads, two processes on two cores are no
    faster than one. Processes pinned from the start size all their pools for one core; setting each pool's size
    separately was rejected, because one would be forgotten.
    They are spawned, not forked: TensorFlow hangs in a fork of a process that has loaded it.
    Raises CannotStart.
    """
    others = set(active_children())
    executor = ProcessPoolExecutor(count, get_context("spawn"), _initialise, (log,))
    try:
        _start(executor, count)
        yield executor
    except BaseException:
        for child in set(active_children()) - others:
            child.kill()
        raise
    finally:
        executor.shutdown(cancel_futures=True)


def _start(executor: Executor, count: int) -> None:
    """Wait until all processes run, so that a failure to start is not blamed on a pair."""
    allowed = cores()
    ready = []
    for number in range(count):
        with _inherited_settings(allowed[number % len(allowed)]):
            ready.append(executor.submit(os.getpid))  # starts a process, because none is idle yet
    try:
        for future in ready:
            future.result()
    except BrokenExecutor as reason:
        raise CannotStart("the worker processes end as soon as they start.") from reason


@contextmanager
def _inherited_settings(core: int) -> Iterator[None]:
    """Let processes that the body starts inherit one core and a blocked SIGINT, which this process handles."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _initialise(log: Path) -> None:
    """Redirect a new worker's standard error to `log`, and let the worker end with its parent."""
    descriptor = open_file(log, os.O_WRONLY | os.O_APPEND)
    os.dup2(descriptor, 2)
    os.close(descriptor)
    end_with_parent()
