"""How much of what changed each finder finds, and how much of what it finds is true: the tables in docs/accuracy.md.

    python -m bench.accuracy DATA [--every 6] [--jobs 4] [--finder NAME ...]

DATA is a folder with manifest.json and pairs of pictures: docs/accuracy.md says which, and what is measured.
"""

import argparse
import json
import multiprocessing
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from datetime import UTC, datetime
from functools import partial
from itertools import chain, product
from pathlib import Path
from typing import Any

from app.vision.finders import FINDERS
from bench.cameras import CAMERAS
from bench.conditions import CONDITIONS, MOTIONS
from bench.screenshots import screenshots
from bench.table import DEFAULT, Results, insert, tables
from bench.trials import Entry, Trial, Way, board, changed, random_pose, unchanged
from bench.views import view, visible

PAGE = Path(__file__).parent.parent / "docs/accuracy.md"
# So many pairs of each kind are measured once more with nothing beside them, for the times.
TIMED = 3

Manifest = dict[str, list[Entry]]


def main(words: Sequence[str] | None = None) -> None:
    """Measure, and write the tables into the page."""
    arguments = _parse(words)
    insert(arguments.page.read_text(), "")  # a page without markers is an error now, not minutes later
    began = datetime.now(UTC)
    manifest: Manifest = json.loads((arguments.data / "manifest.json").read_text())
    for name in ("spot", "pcb"):
        manifest[name] = manifest[name][:: arguments.every]
    results = measure(arguments.data, manifest, arguments.finder, arguments.jobs)
    seconds = (datetime.now(UTC) - began).total_seconds()
    text = f"{_heading(arguments, manifest, began, seconds)}\n\n{tables(results)}"
    arguments.page.write_text(insert(arguments.page.read_text(), text))
    print(f"{arguments.page}: the tables are new; it took {seconds:.0f} s.")


def measure(folder: Path, manifest: Manifest, finders: list[str], jobs: int) -> Results:
    """Every measurement of the manifest's sets, side by side; then the times, alone."""
    ways = [*map(Way, finders), *([Way(DEFAULT.finder, "off")] if DEFAULT.finder in finders else [])]
    spot, pcb = manifest["spot"], manifest["pcb"]
    with _executor(jobs) as pool:
        # The screenshots come first: one is so large that all others are done while it still runs.
        pages = [pool.submit(screenshots, folder, entry, finders) for entry in manifest["ui"]]
        trials = [
            pool.submit(trial, folder, entry, condition, ways)
            for entry, condition, trial in product(spot, CONDITIONS, (changed, unchanged))
        ]
        if DEFAULT.finder in finders:
            trials += [
                pool.submit(trial, folder, entry, condition, [DEFAULT])
                for entry, condition, trial in product(spot, CAMERAS, (changed, unchanged))
            ]
        trials += [pool.submit(board, folder, entry, ways) for entry in pcb]
        trials += [pool.submit(random_pose, folder, entry, _random_pose(finders)) for entry in spot]
        shares = {motion: [pool.submit(visible, folder, entry, motion) for entry in spot] for motion in MOTIONS}
        views = [pool.submit(view, folder, entry) for entry in manifest["align"]]
        _follow([*pages, *trials, *chain(*shares.values()), *views])
    return Results(
        trials=list(chain(*(future.result() for future in trials))),
        quiet=_timed(folder, spot, pcb, list(map(Way, finders))),
        shares={motion: list(chain(*(future.result() for future in some))) for motion, some in shares.items()},
        screenshots=[future.result() for future in pages],
        views=[future.result() for future in views],
    )


def _random_pose(finders: list[str]) -> list[Way]:
    """The finders that are measured with random poses: those that can compare such pictures."""
    return [way for way in (Way("combined"), Way("siamese", "off")) if way.finder in finders]


def _timed(folder: Path, spot: list[Entry], pcb: list[Entry], ways: list[Way]) -> list[Trial]:
    """A part of the trials again, one after the other. The first is thrown away: it loads what finders load once."""
    tasks: list[Callable[[], list[Trial]]] = [
        *(partial(changed, folder, entry, condition, ways) for entry, condition in product(spot[:TIMED], CONDITIONS)),
        *(partial(board, folder, entry, ways) for entry in pcb[:TIMED]),
    ]
    trials = []
    for done, task in enumerate(tasks[:1] + tasks):
        _show(f"{done} of {len(tasks)} measured again for their times")
        trials.append(task())
    _show("\n")
    return list(chain(*trials[1:]))


def _executor(jobs: int) -> Executor:
    """So many processes; each starts anew, for a fork of a process with threads, such as TensorFlow's, may hang."""
    return ThreadPoolExecutor(1) if jobs == 1 else ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"))


def _follow(futures: list[Future[Any]]) -> None:
    """Tell how many are done until all are. The first error ends them all."""
    try:
        for done, future in enumerate(as_completed(futures), 1):
            future.result()
            _show(f"{done} of {len(futures)} measured")
    finally:
        for future in futures:
            future.cancel()
    _show("\n")


def _show(line: str) -> None:
    print(f"\r{line}", end="", file=sys.stderr, flush=True)


def _heading(arguments: argparse.Namespace, manifest: Manifest, began: datetime, seconds: float) -> str:
    chosen = "" if arguments.finder == list(FINDERS) else f" --finder {' '.join(arguments.finder)}"
    return (
        f"Measured on {began:%Y-%m-%d} by `python -m bench.accuracy DATA --every {arguments.every}{chosen}` in "
        f"{seconds:.0f} s: {len(manifest['spot'])} pairs of photographs under {len(CONDITIONS)} conditions, "
        f"{len(manifest['pcb'])} of circuit boards, {len(manifest['ui'])} of screenshots and drawings, "
        f"{len(manifest['align'])} of viewpoints. Times: medians of {TIMED} pairs, with nothing beside them on "
        f"{os.cpu_count()} cores, without decoding and alignment."
    )


def _parse(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("data", type=Path, metavar="DATA", help="the folder with manifest.json")
    parser.add_argument("--every", type=int, default=6, help="use every n-th pair of photographs and of circuit boards")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many pairs at once")
    parser.add_argument("--finder", nargs="+", choices=FINDERS, default=list(FINDERS), help="measure these alone")
    parser.add_argument("--page", type=Path, default=PAGE, help="the page with the tables")
    return parser.parse_args(words)


if __name__ == "__main__":
    main()
