"""Workers on this machine: processes, one for each core."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import active_children, get_context
from pathlib import Path

from app.batch.folders.run import Workers
from app.execution.process_pool import end_with_parent


class CannotStart(Exception):
    """No worker can be started; the text says why."""


def local_workers(count: int, log: Path) -> Workers:
    """So many processes. Chunks of one pair: handing over a name takes no time here, and a death concerns few.

    log: where their standard error goes, as TensorFlow's chatter does, and why an analysis failed.
    """
    return Workers(count, 1, lambda wanted: processes(wanted, log), BrokenExecutor)


def cores() -> list[int]:
    """The cores that this process may use."""
    return sorted(os.sched_getaffinity(0))


@contextmanager
def processes(count: int, log: Path) -> Iterator[Executor]:
    """An executor of `count` processes. Left by an exception, such as Ctrl-C, it ends them at once.

    Each keeps to one core. The steps of a comparison use threads, in six places and in OpenCV's, TensorFlow's and
    NumPy's own pools, which is good for one comparison on an idle machine. Here the cores are taken: with all those
    threads, two processes do no more than one would on two cores, and pass the interpreter lock among six threads.
    Pinned from birth, all pools find one core and make do with it; to set each pool's size by its own knob was
    rejected, as one would be forgotten.
    Spawned, not forked: TensorFlow hangs in a fork of a process that has loaded it.
    Raises CannotStart.
    """
    others = set(active_children())
    executor = ProcessPoolExecutor(count, get_context("spawn"), _settle, (log,))
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
    """Wait until all processes are up: one that cannot even start must not be taken for the victim of a pair."""
    allowed = cores()
    ready = []
    for number in range(count):
        with _inherited(allowed[number % len(allowed)]):
            ready.append(executor.submit(os.getpid))  # starts a process, as none is idle yet
    try:
        for future in ready:
            future.result()
    except BrokenExecutor as reason:
        raise CannotStart("the worker processes end as soon as they start.") from reason


@contextmanager
def _inherited(core: int) -> Iterator[None]:
    """What a process started here has from its birth: one core, and no ear for Ctrl-C, which is for us to answer."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _settle(log: Path) -> None:
    """What a new worker does first."""
    with log.open("ab") as file:
        os.dup2(file.fileno(), 2)
    end_with_parent()
