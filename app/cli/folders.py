"""`compare-folders`: compare two folders in parallel and write a gallery."""

import shutil
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.exceptions import Exit

from app.cli.environment import settings
from app.cli.failing import ERROR, Failure
from app.cli.files import list_folders
from app.cli.options import comparison_options, fail_on, reached
from app.cli.progress import Progress, duration
from app.evaluation.report import VerdictKind
from app.evaluation.request import EvaluationRequest

if TYPE_CHECKING:
    from app.batch.folders.pairing import Files
    from app.batch.folders.results import Results
    from app.batch.folders.row import Row
    from app.batch.folders.run import Workers
    from app.batch.folders.work import Job, Reports

MAX_WORST, MAX_WIDTH = 10, 120  # pairs in the table; columns
FOLDER: Any = click.Path(exists=True, file_okay=False, path_type=Path)

EXITS = """\b
Exit codes:
  0    compared
  1    a pair reached --fail-on; a removed file counts as changed, added and renamed files do not count
  2    an error, or a pair could not be compared; its row says why
  130  interrupted; the same command continues"""


@click.command("compare-folders", epilog=EXITS)
@click.argument("before", type=FOLDER)
@click.argument("after", type=FOLDER)
@click.option(
    "--out",
    metavar="FOLDER",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder for the results: index.html, results.json, junit.xml.",
)
@click.option(
    "--jobs", type=click.IntRange(1), metavar="NUMBER", help="Processes, each on a core.  [default: all cores]"
)
@click.option(
    "--dask",
    metavar="ADDRESS",
    help="Compare on the Dask cluster with this scheduler: tls://…, or tcp://… in a network that you trust.",
)
@click.option(
    "--reports",
    type=click.Choice(["changed", "all", "none"]),
    default="changed",
    show_default=True,
    help="Which pairs get a report of their own, one HTML file each.",
)
@click.option("--follow-links", is_flag=True, help="Read files through links that lead out of their folder.")
@click.option("--fresh", is_flag=True, help="Compare all pairs again, also those known from an earlier run.")
@fail_on
@click.option("-q", "--quiet", is_flag=True, help="Print neither progress nor table.")
@comparison_options
def compare_folders(
    before: Path,
    after: Path,
    out: Path,
    request: EvaluationRequest,
    jobs: int | None,
    dask: str | None,
    reports: "Reports",
    follow_links: bool,
    fresh: bool,
    fail_on: VerdictKind | None,
    quiet: bool,
) -> None:
    """Compare the pictures in BEFORE with those of the same name in AFTER.

    Files that differ only in their suffix, such as x.png and x.jpg, are paired if both names are unique; renamed and
    moved files are recognised by their contents. Hidden files are skipped. After an interruption the same command
    continues; after a full run it compares only what has changed since. The settings MAX_BODY (for one file),
    MAX_PIXELS, DEADLINE and TFHUB_CACHE_DIR apply as for the service.
    """
    from app.batch.folders import compare  # imports inside functions keep `--help` fast

    job = _job(before, after, out, request, reports)
    pairs = _pairs(job, follow_links)
    progress = Progress(len(pairs), "pairs", quiet)
    outcomes: Counter[str] = Counter()

    def report(row: "Row", new: bool) -> None:
        outcomes[row.outcome] += 1
        progress.step(new, ", ".join(f"{outcomes[name]:,} {name}" for name in ("changed", "failed") if outcomes[name]))

    with progress, _failures_reported(job.out, dask):
        results = compare.compare_folders(pairs, job, _workers(job, len(pairs), jobs, dask), report, progress, fresh)
    if not quiet:
        click.echo("\n".join(_summary(results, out)))
    raise Exit(_code(results, fail_on))


@contextmanager
def _failures_reported(out: Path, dask: str | None) -> Iterator[None]:
    """Turn exceptions that end a run into one line and an exit code."""
    from app.batch.folders.journal import AlreadyRunning
    from app.batch.folders.local import CannotStart

    try:
        yield
    except (AlreadyRunning, CannotStart) as reason:
        raise Failure(str(reason)) from reason
    except CancelledError as reason:
        raise Failure(f"the connection to the cluster at {dask} was lost; the same command continues.") from reason
    except OSError as error:
        raise Failure(f"{error.filename or out}: {error.strerror}.") from error


def _job(before: Path, after: Path, out: Path, request: EvaluationRequest, reports: "Reports") -> "Job":
    from app.batch.folders.work import Job

    if out.resolve() in (before.resolve(), after.resolve()):
        raise Failure(f"{out}: the results need a separate folder.")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Failure(f"{out}: {error.strerror}.") from error
    current = settings()
    return Job(
        before=before.resolve(),
        after=after.resolve(),
        out=out.resolve(),
        request=request,
        reports=reports,
        max_bytes=current.max_body,
        max_pixels=current.max_pixels,
        deadline=current.deadline,
        weights=current.weights,
        cache=current.cache_dir,
    )


def _pairs(job: "Job", follow_links: bool) -> "list[Files]":
    from app.batch.folders.pairing import pair

    before, after = list_folders([job.before, job.after], job.out, follow_links)
    if not before and not after:
        raise Failure("there are no pictures in either folder.")
    return pair(before, after)


def _workers(job: "Job", pairs: int, jobs: int | None, dask: str | None) -> "AbstractContextManager[Workers]":
    from app.batch.folders.local import LOG, cores, local_workers

    if dask:
        from app.batch.folders.cluster import cluster_workers

        return cluster_workers(dask, pairs, [job.before, job.after, job.out])
    return local_workers(min(jobs or len(cores()), pairs), job.out / LOG)


def _code(results: "Results", limit: VerdictKind | None) -> int:
    if "failed" in results.counts:
        return ERROR
    counted: dict[str, VerdictKind] = {"removed": "changed", "added": "identical"}
    return max(reached(counted.get(row.outcome, row.kind or "identical"), limit) for row in results.rows)


def _summary(results: "Results", out: Path) -> Iterator[str]:
    """The lines of the summary: headline, counts, worst pairs, analyses that did not run, and the gallery's path."""
    from app.batch.folders.gallery import headline

    width = min(shutil.get_terminal_size((MAX_WIDTH, 24)).columns, MAX_WIDTH)
    yield from (headline(results), "")
    yield from (f"{count:>9,}  {outcome}" for outcome, count in results.counts.items())
    yield from _worst(results, width)
    missing = Counter((name, reason) for row in results.rows for name, reason in row.not_run.items())
    for (name, reason), count in missing.most_common():
        yield f"\n{name} did not run on {count:,} of {len(results.rows):,} pairs: {reason}"
    yield f"\n{out / 'index.html'} shows all pairs; this run took {duration(results.seconds)}."


def _worst(results: "Results", width: int) -> Iterator[str]:
    """A line for each of the worst pairs. Long names are cut at their beginning."""
    from app.batch.folders.pairing import printable

    worst = [row for row in results.worst_first if row.outcome not in ("same", "identical", "added")][:MAX_WORST]
    names = [printable(row.current_name) for row in worst]
    longest = min(max(map(len, names), default=0), width // 3)
    if worst:
        yield ""
    for row, name in zip(worst, names, strict=True):
        shown = name if len(name) <= longest else f"…{name[1 - longest :]}"
        line = f"{row.outcome:<9}  {shown:<{longest}}  {printable(row.summary or row.reason or '')}"
        yield line if len(line) <= width else f"{line[: width - 1]}…"
