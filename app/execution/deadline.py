"""Time: how long each step takes, who hears of it, and the deadline that is checked between steps."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

# How often who waits for work or for a place looks whether there is still somebody to wait for.
POLL_SECONDS = 0.25


class DeadlinePassed(Exception):
    """The evaluation took longer than allowed; the text says how long that is."""

    def __init__(self, deadline: float) -> None:
        super().__init__(deadline)

    def __str__(self) -> str:
        return f"The evaluation took longer than {self.args[0]:g} seconds, the limit here."


class Abandoned(Exception):
    """Nobody waits for the outcome any more."""


@dataclass(frozen=True)
class Step:
    """Where a named step stands. `milliseconds` is what it took, None until it is done."""

    name: str
    state: Literal["waiting", "running", "done"]
    milliseconds: float | None = None


def ignore_step(_step: Step) -> None:
    """The listener of those who only want the result."""


def never() -> bool:
    """Somebody always waits."""
    return False


class StepTimer:
    """Times the named steps of one piece of work and ends it, between two steps, once it is late or for nobody.

    Safe in several threads at once, as long as each step has a name of its own.
    """

    def __init__(
        self,
        deadline: float,
        tell: Callable[[Step], None] = ignore_step,
        began: float | None = None,
        gone: Callable[[], bool] = never,
    ) -> None:
        """deadline: seconds from the beginning. tell: hears of each step, in the thread that does it; must not raise.

        began: time.perf_counter() then, which all processes of a machine share on Linux; now by default. gone: whether
        nobody waits for the outcome any more; asked often, in any thread.
        """
        self.began = time.perf_counter() if began is None else began
        self.deadline = deadline
        self.gone = gone
        self._tell = tell
        self.milliseconds: dict[str, float] = {}

    @property
    def elapsed(self) -> float:
        """Seconds since the clock was made."""
        return time.perf_counter() - self.began

    @property
    def left(self) -> float:
        """Seconds until the deadline, 0 at the least."""
        return max(0.0, self.deadline - self.elapsed)

    def check(self) -> None:
        """Raise DeadlinePassed once the time is up, Abandoned once nobody waits."""
        if not self.left:
            raise DeadlinePassed(self.deadline)
        if self.gone():
            raise Abandoned

    def plan(self, *names: str) -> None:
        """Say which steps are to come, so that a listener knows how many there are."""
        for name in names:
            self._tell(Step(name, "waiting"))

    def hear(self, step: Step) -> None:
        """Take over a step that was timed elsewhere."""
        if step.milliseconds is not None:
            self.milliseconds[step.name] = step.milliseconds
        self._tell(step)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time what is done inside, all times together; it is not begun after the deadline, nor for nobody."""
        self.check()
        self._tell(Step(name, "running"))
        began = time.perf_counter()
        try:
            yield
        finally:
            took = (time.perf_counter() - began) * 1000
            self.milliseconds[name] = round(self.milliseconds.get(name, 0) + took, 1)
            self._tell(Step(name, "done", self.milliseconds[name]))
