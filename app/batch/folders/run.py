"""Run items through an executor, a bounded number at a time. A worker that dies costs only the item that killed it."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import AbstractContextManager, ExitStack
from typing import Any, TypeVar

from app.batch.folders.row import Row
from app.batch.folders.work import Job, Task, compare_chunk, failed

Item = TypeVar("Item")
Result = TypeVar("Result")
Work = Callable[[Sequence[Item], Job], list[Result]]

AHEAD = 2  # submitted chunks per worker: one in progress and one waiting
DIED = "Its worker process died while it compared this pair: out of memory, or a crash in a decoder."


class Workers(ExitStack):
    """A pool of workers that starts when it is first used. `close` ends it; the next use starts another one."""

    def __init__(
        self, count: int, chunk: int, start: Callable[[], AbstractContextManager[Executor]], death: type[Exception]
    ) -> None:
        """count: of workers. chunk: items sent together. death: the exception of futures whose worker died."""
        super().__init__()
        self.count, self.chunk, self.death = count, chunk, death
        self._start = start
        self._executor: Executor | None = None

    @property
    def executor(self) -> Executor:
        """The running pool. Raises CannotStart."""
        if self._executor is None:
            self._executor = self.enter_context(self._start())
        return self._executor

    def __exit__(self, *error: Any) -> bool | None:
        self._executor = None
        return super().__exit__(*error)


def compare_all(
    tasks: Iterable[Task], job: Job, workers: Workers, work: Work[Task, Row] = compare_chunk
) -> Iterator[Row]:
    """Yield the row of each task, in the order of completion. A task that kills its worker has failed."""
    return run_all(tasks, job, workers, work, lambda task: failed(task.files, DIED))


def run_all(
    items: Iterable[Item], job: Job, workers: Workers, work: Work[Item, Result], died: Callable[[Item], Result]
) -> Iterator[Result]:
    """Yield the result of each item, in the order of completion.

    When a worker dies, any of the submitted items may be the cause. All of them run again in a new pool, one at a time
    and alone; if an item kills its worker again, `died` makes its result.
    """
    waiting = deque(_chunks(list(items), workers.chunk))
    while waiting:
        for item in (yield from _until_a_death(waiting, job, workers, work)):
            try:
                yield from workers.executor.submit(work, [item], job).result()
            except workers.death:
                workers.close()
                yield died(item)


def _until_a_death(
    waiting: deque[Sequence[Item]], job: Job, workers: Workers, work: Work[Item, Result]
) -> Generator[Result, None, list[Item]]:
    """Yield results until all are done or a worker dies. Returns the items that were submitted when it died."""
    running: dict[Future[list[Result]], Sequence[Item]] = {}
    suspects: list[Item] = []
    while running or (waiting and not suspects):
        while waiting and not suspects and len(running) < AHEAD * workers.count:
            try:
                running[workers.executor.submit(work, waiting[0], job)] = waiting[0]
            except workers.death:
                suspects.extend(waiting[0])
            waiting.popleft()
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            chunk = running.pop(future)
            try:
                yield from future.result()
            except workers.death:
                suspects.extend(chunk)
    if suspects:
        workers.close()
    return suspects


def _chunks(items: list[Item], size: int) -> Iterator[Sequence[Item]]:
    return (items[start : start + size] for start in range(0, len(items), size))
