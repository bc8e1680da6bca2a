"""Run items through an executor, a bounded number at a time. A worker that dies costs only the item that killed it."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TypeVar

from app.batch.folders.row import Row
from app.batch.folders.work import Job, Task, compare_chunk, failed

Item = TypeVar("Item")
Result = TypeVar("Result")

AHEAD = 2  # submitted chunks per worker: one in progress and one waiting
DIED = "Its worker process died while it compared this pair: out of memory, or a crash in a decoder."


@dataclass(frozen=True)
class Workers:
    """A kind of workers.

    count: of workers. chunk: items sent together. start: makes an executor of that many workers.
    death: the exception of futures whose worker died.
    """

    count: int
    chunk: int
    start: Callable[[int], AbstractContextManager[Executor]]
    death: type[Exception]


def compare_all(
    tasks: Iterable[Task], job: Job, workers: Workers, work: Callable[[Sequence[Task], Job], list[Row]] = compare_chunk
) -> Iterator[Row]:
    """Yield the row of each task, in the order of completion. A task that kills its worker has failed."""
    return run_all(tasks, job, workers, work, lambda task: failed(task.files, DIED))


def run_all(
    items: Iterable[Item],
    job: Job,
    workers: Workers,
    work: Callable[[Sequence[Item], Job], list[Result]],
    died: Callable[[Item], Result],
) -> Iterator[Result]:
    """Yield the result of each item, in the order of completion.

    When a worker dies, any of the submitted items may be the cause. All of them run again, one at a time and alone; if
    an item kills its worker again, `died` makes its result.
    """
    waiting = deque(_chunks(list(items), workers.chunk))
    while waiting:
        with workers.start(workers.count) as executor:
            suspects = yield from _until_a_death(executor, waiting, job, workers, work)
        if suspects:
            yield from _one_by_one(suspects, job, workers, work, died)


def _until_a_death(
    executor: Executor,
    waiting: deque[Sequence[Item]],
    job: Job,
    workers: Workers,
    work: Callable[[Sequence[Item], Job], list[Result]],
) -> Generator[Result, None, list[Item]]:
    """Yield results until all are done or a worker dies. Returns the items that were submitted when it died."""
    running: dict[Future[list[Result]], Sequence[Item]] = {}
    suspects: list[Item] = []
    while running or (waiting and not suspects):
        while waiting and not suspects and len(running) < AHEAD * workers.count:
            try:
                running[executor.submit(work, waiting[0], job)] = waiting[0]
            except workers.death:
                suspects.extend(waiting[0])
            waiting.popleft()
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            chunk = running.pop(future)
            try:
                yield from future.result()
            except workers.death:
                suspects.extend(chunk)
    return suspects


def _one_by_one(
    suspects: list[Item],
    job: Job,
    workers: Workers,
    work: Callable[[Sequence[Item], Job], list[Result]],
    died: Callable[[Item], Result],
) -> Iterator[Result]:
    waiting = deque(suspects)
    while waiting:
        with workers.start(1) as executor:
            alive = True
            while waiting and alive:
                item = waiting.popleft()
                try:
                    yield from executor.submit(work, [item], job).result()
                except workers.death:
                    alive = False
                    yield died(item)


def _chunks(items: list[Item], size: int) -> Iterator[Sequence[Item]]:
    return (items[start : start + size] for start in range(0, len(items), size))
