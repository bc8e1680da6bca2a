"""A whole run: what is known, what is to be done, and the pages and files at the end."""

import os
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime

from app.batch.folders.gallery import write_gallery
from app.batch.folders.journal import journal
from app.batch.folders.junit import write_junit
from app.batch.folders.pairing import Files
from app.batch.folders.renames import Counter, find_renames
from app.batch.folders.results import Results, prune, write_summary
from app.batch.folders.row import Row
from app.batch.folders.run import Workers, compare_all
from app.batch.folders.work import Job, Task

# Hears of each row as it ends, and whether it is new or was known from an earlier run.
Tell = Callable[[Row, bool], None]


class Uncounted:
    """Shows nothing."""

    def begin(self, total: int, what: str, task: str = "") -> None:
        """Do nothing."""

    def step(self, worked: bool, aside: str = "") -> None:
        """Do nothing."""


def compare_folders(
    pairs: Sequence[Files],
    job: Job,
    workers: AbstractContextManager[Workers],
    tell: Tell,
    fresh: bool = False,
    counter: Counter | None = None,
) -> Results:
    """Compare what is not known yet and write everything into `job.out`, a folder that is there.

    Of the files without a partner, those that were renamed are found first.
    fresh: nothing is known. Cut off at any point, it goes on from there the next time.
    counter: is told how many of what there are to be done, and counts all but the rows, of which `tell` hears.
    Raises AlreadyRunning, CannotStart and OSError.
    """
    began = time.perf_counter()
    with journal(job.out, fresh) as kept:
        rows = []
        with workers as ready:
            found = find_renames(pairs, job, ready, counter or Uncounted())
            (counter or Uncounted()).begin(len(found), "pairs")
            tasks = [Task(files, kept.known.get(files.id)) for files in found]
            for row in compare_all(tasks, job, ready):
                tell(row, kept.add(row))
                rows.append(row)
        shared = os.path.commonpath([job.before.parent, job.after.parent])  # of no interest where the results are read
        results = Results(
            before=str(job.before.relative_to(shared)),
            after=str(job.after.relative_to(shared)),
            rows=tuple(rows),
            options=job.request.model_dump(mode="json"),
            created=datetime.now(UTC),
            seconds=time.perf_counter() - began,
        )
        for write in (write_summary, write_gallery, write_junit, prune):
            write(results, job.out)
    return results
