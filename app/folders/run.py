"""Pairs through an executor, a bounded number at a time; a worker that dies takes its pair with it and nothing else."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass

from app.folders.row import Row
from app.folders.work import Job, Task, compare_chunk, failed

Chunk = Sequence[Task]
Work = Callable[[Chunk, Job], list[Row]]

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


def compare_all(tasks: Iterable[Task], job: Job, workers: Workers, work: Work = compare_chunk) -> Iterator[Row]:
    """The row of each task, once and in no order, as they end.

    Where a worker dies, nobody knows which of the pairs then on their way did it. All of them are done again, one at
    a time with nothing beside it: whichever kills its worker again is told as failed.
    """
    waiting = deque(_chunks(list(tasks), workers.chunk))
    while waiting:
        with workers.start(workers.count) as executor:
            suspects = yield from _until_a_death(executor, waiting, job, workers, work)
        if suspects:
            yield from _one_by_one(suspects, job, workers, work)


def _until_a_death(
    executor: Executor, waiting: deque[Chunk], job: Job, workers: Workers, work: Work
) -> Generator[Row, None, list[Task]]:
    """Rows, until all is done or a worker died; the tasks that were on their way when it did."""
    running: dict[Future[list[Row]], Chunk] = {}
    suspects: list[Task] = []
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


def _one_by_one(suspects: list[Task], job: Job, workers: Workers, work: Work) -> Iterator[Row]:
    waiting = deque(suspects)
    while waiting:
        with workers.start(1) as executor:
            alive = True
            while waiting and alive:
                task = waiting.popleft()
                try:
                    yield from executor.submit(work, [task], job).result()
                except workers.death:
                    alive = False
                    yield failed(task.files, DIED)


def _chunks(tasks: list[Task], size: int) -> Iterator[Chunk]:
    return (tasks[start : start + size] for start in range(0, len(tasks), size))
