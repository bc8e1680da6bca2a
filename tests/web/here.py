"""Work done in the test's own process, where a test can reach into it: tests/execution/test_process_pool.py has the real ones."""

from collections.abc import Callable
from typing import Any

from app.execution.deadline import StepTimer
from app.execution.process_pool import ProcessPool


class Here(ProcessPool):
    """As one process after the other, and none of them apart."""

    def __init__(self) -> None:
        super().__init__(0)

    def run(self, clock: StepTimer, task: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return task(clock, *args, **kwargs)
