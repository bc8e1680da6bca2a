"""Pairs through an executor, a bounded number at a time; a worker that dies takes its pair with it and nothing else."""

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

AHEAD = 2  # chunks on their way to each worker: one that it works on, one that waits there
DIED = "Its worker process died while it compared this pair: out of memory, or a crash in a decoder."


@dataclass(frozen=True)
class Workers:
    """Those who compare.

    count: how many pairs at once. chunk: pairs that travel together.
    start: makes an executor of so many workers. death: what its futures raise where a worker died.
    """

    count: int
    chunk: int
    start: Callable[[int], AbstractContextManager[Executor]]
    death: type[Exception]


def compare_all(
    tasks: Iterable[Task], job: Job, workers: Workers, work: Callable[[Sequence[Task], Job], list[Row]] = compare_chunk
) -> Iterator[Row]:
    """The row of each task, once and in no order, as they end. One that kills its worker is told as failed."""
    return run_all(tasks, job, workers, work, lambda task: failed(task.files, DIED))


def run_all(
    items: Iterable[Item],
    job: Job,
    workers: Workers,
    work: Callable[[Sequence[Item], Job], list[Result]],
    died: Callable[[Item], Result],
) -> Iterator[Result]:
    """The result of each item, once and in no order, as they end.

    Where a worker dies, nobody knows which of the items then on their way did it. All of them are done again, one at
    a time with nothing beside it: of one that kills its worker again, `died` makes the result.
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
    """Results, until all is done or a worker died; the items that were on their way when it did."""
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
