"""Timing of steps, progress reports, and the deadline that is checked between steps."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

# How often a waiting thread checks whether the request was cancelled.
POLL_SECONDS = 0.25


class DeadlinePassed(Exception):
    """The evaluation took longer than allowed. The message has the limit."""

    def __init__(self, deadline: float) -> None:
        super().__init__(deadline)

    def __str__(self) -> str:
        return f"The evaluation took longer than {self.args[0]:g} seconds, the limit here."


class Abandoned(Exception):
    """The request was cancelled: no client waits for the result."""


@dataclass(frozen=True)
class Step:
    """The state of a named step. `milliseconds` is its duration, None until it is done."""

    name: str
    state: Literal["waiting", "running", "done"]
    milliseconds: float | None = None


def ignore_step(_step: Step) -> None:
    """An `on_step` callback that does nothing."""


def never() -> bool:
    """A `cancelled` callback of work that cannot be cancelled."""
    return False


class StepTimer:
    """Times the named steps of a task, and stops it between two steps at the deadline or when it is cancelled.

    Safe in several threads at once if each step has a name of its own.
    """

    def __init__(
        self,
        deadline: float,
        on_step: Callable[[Step], None] = ignore_step,
        began: float | None = None,
        cancelled: Callable[[], bool] = never,
    ) -> None:
        """deadline: seconds from the start. on_step: called at each change of a step, in its thread; must not raise.

        began: time.perf_counter() at the start, by default now; on Linux all processes of a machine share this clock.
        cancelled: whether the result is not needed any more; called often, from any thread.
        """
        self.began = time.perf_counter() if began is None else began
        self.deadline = deadline
        self.cancelled = cancelled
        self._on_step = on_step
        self.milliseconds: dict[str, float] = {}

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self.began

    @property
    def left(self) -> float:
        """Seconds until the deadline, at least 0."""
        return max(0.0, self.deadline - self.elapsed)

    def check(self) -> None:
        """Raise DeadlinePassed after the deadline, Abandoned after a cancellation."""
        if not self.left:
            raise DeadlinePassed(self.deadline)
        if self.cancelled():
            raise Abandoned

    def plan(self, *names: str) -> None:
        """Report the steps to come, so that `on_step` knows how many there are."""
        for name in names:
            self._on_step(Step(name, "waiting"))

    def record(self, step: Step) -> None:
        """Record and report a step that was timed in another process."""
        if step.milliseconds is not None:
            self.milliseconds[step.name] = step.milliseconds
        self._on_step(step)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time the block; repeated steps add up. Raises as check() does, so no step starts after the deadline."""
        self.check()
        self._on_step(Step(name, "running"))
        began = time.perf_counter()
        try:
            yield
        finally:
            took = (time.perf_counter() - began) * 1000
            self.milliseconds[name] = round(self.milliseconds.get(name, 0) + took, 1)
            self._on_step(Step(name, "done", self.milliseconds[name]))
