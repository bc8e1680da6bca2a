"""A process pool that works in the test's own process, so that a test can patch the work."""

from collections.abc import Callable
from typing import Any

from app.execution.deadline import StepTimer
from app.execution.process_pool import ProcessPool


class Here(ProcessPool):
    """Run each task in this process."""

    def __init__(self) -> None:
        super().__init__(0)

    def run(self, clock: StepTimer, task: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return task(clock, *args, **kwargs)
