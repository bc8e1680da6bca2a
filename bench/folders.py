"""How much faster whole folders are compared on all cores, and how much memory the workers take.

    python -m bench.folders [--pairs 60] [--rounds 2] [--jobs CORES] [--reports changed] [BEFORE AFTER]

Compares the same pairs with one process and with all, in turn, `--rounds` times. BEFORE and AFTER are cut to `--pairs`,
or repeated under other names until there are as many; without them, photograph-like pairs of one megapixel are drawn.
On a shared machine look at the load, and at the cores that the workers really got: their seconds of CPU, by the clock.
The memory is that of the largest worker, at each quarter of the pairs: where it is flat, it can go on for ever.
"""

import argparse
import os
import re
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from multiprocessing import active_children
from pathlib import Path

from app.batch.folders.compare import compare_folders
from app.batch.folders.local import cores, local_workers
from app.batch.folders.pairing import list_pictures, pair
from app.batch.folders.row import Row
from app.batch.folders.work import POLICIES, Job, Reports
from app.cli.progress import Progress
from app.config import Settings
from app.evaluation.request import EvaluationRequest
from bench.pairs import photo

QUARTERS = 4


@dataclass(frozen=True)
class Run:
    """What one run took: seconds by the clock and of CPU, and MiB of the largest worker after each quarter."""

    seconds: float
    cpu: float
    memory: list[float]


def lay_out(root: Path, given: list[Path], count: int) -> None:
    """Fill root/before and root/after with `count` pairs."""
    for side in ("before", "after"):
        (root / side).mkdir()
    for place, (name, a, b) in enumerate(islice(cycle(list(_pictures(given))), count)):
        (root / "before" / f"{place:05}-{name}").write_bytes(a)
        (root / "after" / f"{place:05}-{name}").write_bytes(b)


def _pictures(given: list[Path]) -> Iterator[tuple[str, bytes, bytes]]:
    if not given:
        yield "photo.jpg", *photo(1152, 864)
        return
    before, after = given
    names = list_pictures(before, Path(), True).names & list_pictures(after, Path(), True).names
    for name in sorted(names):
        yield Path(name).name, (before / name).read_bytes(), (after / name).read_bytes()


def measure(root: Path, jobs: int, reports: Reports) -> Run:
    """One run over all pairs, into a folder of its own."""
    out = Path(tempfile.mkdtemp(dir=root))
    settings = Settings()
    limits = settings.max_body, settings.max_pixels, settings.deadline
    job = Job(root / "before", root / "after", out, EvaluationRequest(), reports, *limits, settings.weights)
    pairs = pair(*(list_pictures(folder, out).names for folder in (job.before, job.after)))
    memory: list[float] = []
    done = 0

    def on_row(_row: Row, _new: bool) -> None:
        nonlocal done
        done += 1
        if done * QUARTERS >= len(pairs) * (len(memory) + 1):
            memory.append(max(_resident(child.pid) for child in active_children()))

    began, cpu = time.perf_counter(), _cpu()
    workers = local_workers(jobs, out / "workers.log")
    results = compare_folders(pairs, job, workers, on_row, Progress(0, "pairs", quiet=True))
    if "failed" in results.counts:
        raise SystemExit(f"{results.counts['failed']} pairs failed: {results.worst_first[0].reason}")
    return Run(time.perf_counter() - began, _cpu() - cpu, memory)


def _resident(pid: int | None) -> float:
    """MiB of memory that a process has now."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def _cpu() -> float:
    """Seconds of CPU of all workers that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Measure and print a line for each run, then the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER", help="BEFORE and AFTER")
    parser.add_argument("--pairs", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--jobs", type=int, default=len(cores()))
    parser.add_argument("--reports", choices=POLICIES, default="changed")
    arguments = parser.parse_args()
    if len(arguments.folders) not in (0, 2):
        parser.error("BEFORE and AFTER, or neither")
    taken: dict[int, list[float]] = {1: [], arguments.jobs: []}
    with tempfile.TemporaryDirectory() as folder:
        lay_out(Path(folder), arguments.folders, arguments.pairs)
        print("jobs  seconds  pairs/s  cores used  load  MiB of the largest worker")
        for jobs in list(taken) * arguments.rounds:
            run = measure(Path(folder), jobs, arguments.reports)
            taken[jobs].append(run.seconds)
            memory = " ".join(f"{size:.0f}" for size in run.memory)
            rate, used, load = arguments.pairs / run.seconds, run.cpu / run.seconds, os.getloadavg()[0]
            print(f"{jobs:4}  {run.seconds:7.1f}  {rate:7.2f}  {used:10.2f}  {load:4.1f}  {memory}", flush=True)
    one, all_ = (statistics.median(seconds) for seconds in taken.values()) if len(taken) == 2 else (1.0, 1.0)
    print(f"{arguments.jobs} jobs are {one / all_:.2f} times as fast as one.")


if __name__ == "__main__":
    main()
