"""A whole run: find renamed files, compare the pairs, write the results."""

import os
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime

from app.batch.folders.files import refuse_links
from app.batch.folders.gallery import write_gallery
from app.batch.folders.journal import NAME, journal
from app.batch.folders.junit import write_junit
from app.batch.folders.local import LOG
from app.batch.folders.pairing import Files
from app.batch.folders.renames import Counter, find_renames
from app.batch.folders.results import Results, prune, write_summary
from app.batch.folders.row import Row
from app.batch.folders.run import Workers, compare_all
from app.batch.folders.work import REPORTS, THUMBNAILS, Job, Task

# Called with each finished row; the flag is False for a row known from an earlier run.
OnRow = Callable[[Row, bool], None]


def compare_folders(
    pairs: Sequence[Files],
    job: Job,
    workers: AbstractContextManager[Workers],
    on_row: OnRow,
    counter: Counter,
    fresh: bool = False,
) -> Results:
    """Find renamed files, compare the pairs, and write all results into the existing folder `job.out`.

    Rows from earlier runs are reused, so an interrupted run continues. fresh: ignore earlier rows.
    workers: one pool for the search for renamed files and for the comparisons, so that each worker loads its network
    once. on_row: called for each finished row. counter: counts the files that are searched for renames.
    Raises AlreadyRunning, CannotStart and OSError.
    """
    began = time.perf_counter()
    refuse_links(job.out / name for name in (REPORTS, THUMBNAILS, NAME, LOG))
    with journal(job.out, fresh) as log:
        rows = []
        with workers as ready:
            found = find_renames(pairs, job, ready, counter)
            counter.begin(len(found), "pairs")
            tasks = [Task(files, log.known.get(files.id)) for files in found]
            for row in compare_all(tasks, job, ready):
                on_row(row, log.add(row))
                rows.append(row)
        common = os.path.commonpath([job.before.parent, job.after.parent])  # readers of the results need not see it
        results = Results(
            before=str(job.before.relative_to(common)),
            after=str(job.after.relative_to(common)),
            rows=tuple(rows),
            options=job.request.model_dump(mode="json"),
            created=datetime.now(UTC),
            seconds=time.perf_counter() - began,
        )
        for write in (write_summary, write_gallery, write_junit, prune):
            write(results, job.out)
    return results
