"""Worker processes for untrusted pictures: each can be killed without stopping the service.

A thread cannot be killed, so its deadline could only be checked between steps; and a decoder that crashes ends its
process. A new process for each task was rejected, since it would import for two seconds; a process for decoding alone,
since pixels would have to be copied between processes and the later steps would have no enforced deadline.
"""

import logging
import os
import signal
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing import connection, get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from app import logs
from app.execution.deadline import POLL_SECONDS, DeadlinePassed, Step, StepTimer
from app.execution.memory import return_all, share_free_blocks

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

# At the deadline a task stops by itself between two steps; after this time its process is killed.
GRACE_SECONDS = 2.0


class WorkerDied(Exception):
    """The process ended before its task was done: it crashed, or was killed because of its memory."""


@dataclass
class _Done:
    value: Any


@dataclass
class _Failed:
    error: Exception


class ProcessPool:
    """At most `count` processes, each with one task at a time; started on demand, replaced when they die."""

    def __init__(self, count: int, prepare: Callable[[], object] = int) -> None:
        """prepare: an importable function that each process calls first."""
        self._prepare = prepare
        self._slots = threading.Semaphore(count)
        # A stack: the process used last has warm caches, and few callers keep few processes busy.
        self._idle: list[_Worker] = []

    def start(self) -> None:
        """Start one process now, so that the first caller does not wait for it."""
        with self._slots:
            self._idle.append(self._take())

    def run(
        self, clock: StepTimer, task: Callable[Concatenate[StepTimer, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `task` in a process, with a clock that reports its steps to this clock and has the same deadline.

        A cancelled task stops at its next step; its process is kept, since starting another one takes seconds.

        The task must be importable, and its arguments, result and exceptions must pickle. Raises the task's exceptions,
        DeadlinePassed, after which the process is killed, and WorkerDied.
        """
        with self._slots:
            worker = self._take()
            try:
                outcome = worker.run(clock, task, args, kwargs)
            except BaseException:  # the process is dead or still running an abandoned task
                worker.kill()
                raise
            self._idle.append(worker)
        if isinstance(outcome, _Failed):
            raise outcome.error
        return cast(T, outcome.value)

    def close(self) -> None:
        """Kill the idle processes."""
        while self._idle:
            self._idle.pop().kill()

    def _take(self) -> "_Worker":
        try:
            return self._idle.pop()
        except IndexError:
            return _Worker(self._prepare)


class _Worker:
    """A process and the pipe to it."""

    def __init__(self, prepare: Callable[[], object]) -> None:
        context = get_context("spawn")  # TensorFlow hangs in a fork of a process that has loaded it
        self._pipe, child_pipe = context.Pipe()
        # A daemon, since Python waits for other processes when it exits.
        self._process: SpawnProcess = context.Process(target=_serve, args=(child_pipe, prepare), daemon=True)
        # Ctrl-C and a closed terminal signal the whole process group: the service itself decides when workers stop.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        child_pipe.close()

    def run(self, clock: StepTimer, task: Callable[..., Any], args: Any, kwargs: Any) -> _Done | _Failed:
        """Send the task and receive its steps until it is done. Raises DeadlinePassed and WorkerDied."""
        try:
            self._pipe.send((task, args, kwargs, clock.began, clock.deadline, logs.current()))
            stopped = False
            while clock.elapsed < clock.deadline + GRACE_SECONDS:
                if self._pipe.poll(POLL_SECONDS):
                    message = self._pipe.recv()
                    if not isinstance(message, Step):
                        return cast(_Done | _Failed, message)
                    clock.record(message)
                elif not stopped and clock.cancelled():
                    self._pipe.send(None)
                    stopped = True
        except (EOFError, OSError) as error:
            self._process.join(GRACE_SECONDS)
            log.error("a worker process died, exit code %s", self._process.exitcode)
            raise WorkerDied(
                "The program that reads and compares pictures broke down on this pair. One of the pictures may be made "
                "so as to cause that, or the pair needs more memory than there is."
            ) from error
        raise DeadlinePassed(clock.deadline)

    def kill(self) -> None:
        self._process.kill()
        self._process.join()
        self._pipe.close()


def end_with_parent() -> None:
    """Exit when the parent process ends, even if it is killed. To be called first in a process."""

    def wait() -> None:
        if parent := parent_process():
            connection.wait([parent.sentinel])
            os._exit(1)

    threading.Thread(target=wait, name="parent", daemon=True).start()


def _serve(pipe: Connection, prepare: Callable[[], object]) -> None:
    """Run one task after the other until the pipe is closed."""
    share_free_blocks()
    end_with_parent()
    prepare()
    sending = threading.Lock()  # analyses run in parallel threads, and each reports its steps

    def send(message: Step | _Done | _Failed) -> None:
        with sending:
            pipe.send(message)

    with suppress(EOFError):
        while True:
            if received := pipe.recv():  # None cancels a task that was done by then
                task, args, kwargs, began, deadline, request = received
                logs.set_request_id_source(partial(str, request))
                # While a task runs, the only message that can arrive is its cancellation.
                clock = StepTimer(deadline, send, began, cancelled=pipe.poll)
                send(_outcome(partial(task, clock, *args, **kwargs)))
                return_all()


def _outcome(work: Callable[[], Any]) -> _Done | _Failed:
    try:
        return _Done(work())
    except Exception as error:
        error.add_note(traceback.format_exc())  # for the log, since tracebacks do not pickle
        return _Failed(error)
