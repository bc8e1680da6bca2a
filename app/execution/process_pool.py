"""Processes for what a stranger's picture could break: each can be killed, and the service stays up.

A thread cannot be ended from outside, so a deadline could only be checked between steps; and a decoder that crashes
takes its whole process along. A process for each piece of work was rejected: it would import for two seconds. A process
for the decoding alone was, too: its pixels would travel, and all after it would have no deadline that holds.
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

# Between two steps work ends by itself; it is killed when it has not by then.
GRACE_SECONDS = 2.0


class WorkerDied(Exception):
    """The process was gone before the work was done: it crashed, or was killed for its memory."""


@dataclass
class _Done:
    value: Any


@dataclass
class _Failed:
    error: Exception


class ProcessPool:
    """So many processes at most, each for one piece of work at a time; started when needed, replaced when they die."""

    def __init__(self, count: int, prepare: Callable[[], object] = int) -> None:
        """prepare: what each process does first; importable."""
        self._prepare = prepare
        self._places = threading.Semaphore(count)
        # The last one back is the first to go out again: its caches are warm, and few callers need few processes.
        self._idle: list[_Worker] = []

    def start(self) -> None:
        """Start one process now, that the first caller need not wait for it."""
        with self._places:
            self._idle.append(self._take())

    def run(
        self, clock: StepTimer, task: Callable[Concatenate[StepTimer, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do `task` in a process; it gets a clock that tells this one's listener and ends when this one does.

        Where nobody waits any more, too: then at the next step, as killing would cost the start of another process.

        The task must be importable, and what it takes, gives and raises must pickle. Whatever it raises is raised here.
        Raises DeadlinePassed, after which the process is no more, and WorkerDied.
        """
        with self._places:
            worker = self._take()
            try:
                outcome = worker.ask(clock, task, args, kwargs)
            except BaseException:  # it is dead or at work for nobody
                worker.kill()
                raise
            self._idle.append(worker)
        if isinstance(outcome, _Failed):
            raise outcome.error
        return cast(T, outcome.value)

    def close(self) -> None:
        """End those that are idle."""
        while self._idle:
            self._idle.pop().kill()

    def _take(self) -> "_Worker":
        try:
            return self._idle.pop()
        except IndexError:
            return _Worker(self._prepare)


class _Worker:
    """A process and the line to it."""

    def __init__(self, prepare: Callable[[], object]) -> None:
        context = get_context("spawn")  # TensorFlow hangs in a fork of a process that has loaded it
        self._line, theirs = context.Pipe()
        # A daemon, since Python waits at its end for those that are none.
        self._process: SpawnProcess = context.Process(target=_serve, args=(theirs, prepare), daemon=True)
        # Ctrl-C and a terminal that closes go to the whole group: what runs may end in peace, as we decide.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        theirs.close()

    def ask(self, clock: StepTimer, task: Callable[..., Any], args: Any, kwargs: Any) -> _Done | _Failed:
        """Hand the work over and listen until it is done. Raises DeadlinePassed and WorkerDied."""
        try:
            self._line.send((task, args, kwargs, clock.began, clock.deadline, logs.current()))
            stopped = False
            while clock.elapsed < clock.deadline + GRACE_SECONDS:
                if self._line.poll(POLL_SECONDS):
                    message = self._line.recv()
                    if not isinstance(message, Step):
                        return cast(_Done | _Failed, message)
                    clock.hear(message)
                elif not stopped and clock.gone():
                    self._line.send(None)
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
        self._line.close()


def end_with_parent() -> None:
    """End this process when the one that started it is gone, also where that was killed; to be called first."""

    def wait() -> None:
        if parent := parent_process():
            connection.wait([parent.sentinel])
            os._exit(1)

    threading.Thread(target=wait, name="parent", daemon=True).start()


def _serve(line: Connection, prepare: Callable[[], object]) -> None:
    """Take one piece of work after the other, until nobody is there any more."""
    share_free_blocks()
    end_with_parent()
    prepare()
    one_at_a_time = threading.Lock()  # analyses run side by side, and each tells its steps

    def tell(message: Step | _Done | _Failed) -> None:
        with one_at_a_time:
            line.send(message)

    with suppress(EOFError):
        while True:
            if asked := line.recv():  # None: to stop what was done by then
                task, args, kwargs, began, deadline, request = asked
                logs.ask(partial(str, request))
                # While it is at work, all that can come is the word to stop.
                clock = StepTimer(deadline, tell, began, gone=line.poll)
                tell(_outcome(partial(task, clock, *args, **kwargs)))
                return_all()


def _outcome(work: Callable[[], Any]) -> _Done | _Failed:
    try:
        return _Done(work())
    except Exception as error:
        error.add_note(traceback.format_exc())  # for the log: its own traceback does not travel
        return _Failed(error)
