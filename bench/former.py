"""The present code against that of a commit: both services answer the same requests in turn.

On a machine that others use, too, times of two runs differ by a third. Two requests one after the other meet the same
load, so their ratio is worth more than either time, and the median of such ratios more than one.
"""

import argparse
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import pairs
from bench.pairs import Pair, find, lay_out
from bench.peak_memory import ROOT, PeakMemory, processor_time, resident
from bench.service import Service, serving, warm_up
from bench.table import table

WAYS: dict[str, dict[str, str]] = {"all analyses": {}, "pixel alone": {"analyses": "pixel"}}


@dataclass(frozen=True)
class Taken:
    """What one request took: seconds until the answer, seconds of processor time, and bytes above idle at the peak."""

    wall: float
    processor: float
    memory: int


@contextmanager
def checkout(commit: str) -> Iterator[Path]:
    """The files of a commit in a folder of their own. Raises CalledProcessError if there is no such commit."""
    with TemporaryDirectory() as folder:
        archive = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True).stdout
        subprocess.run(["tar", "--extract", "--directory", folder], input=archive, check=True)
        yield Path(folder)


def ask(service: Service, pair: Pair, idle: int, options: dict[str, str]) -> Taken:
    """One request to one service."""
    a, b = pair.a.read_bytes(), pair.b.read_bytes()
    before = processor_time(service.pid)
    with PeakMemory(service.pid) as water:
        answered = service.evaluate(a, b, page=False, again=False, fresh="true", **options)
        return Taken(answered.seconds, processor_time(service.pid) - before, water.peak - idle)


def in_turn(former: Service, present: Service, pair: Pair, options: dict[str, str], repeat: int) -> list[list[Taken]]:
    """What each request took: of the former code, and of the present one. The first request of each is not counted."""
    services = {service: resident(service.pid) for service in (former, present)}
    taken: dict[Service, list[Taken]] = {former: [], present: []}
    for _ in range(repeat + 1):
        for service, idle in services.items():
            taken[service].append(ask(service, pair, idle, options))
    return [each[1:] for each in taken.values()]


def row(name: str, former: list[Taken], present: list[Taken]) -> list[str]:
    """Medians: the former and the present time, the ratios of requests one after the other, and memory at the peak."""

    def ratio(of: str) -> str:
        pairs_of = zip(former, present, strict=True)
        return f"{statistics.median(getattr(now, of) / max(getattr(then, of), 1e-3) for then, now in pairs_of):.2f}"

    def median(taken: list[Taken], of: str, unit: float) -> str:
        return f"{statistics.median(getattr(each, of) for each in taken) / unit:,.0f}"

    wall = (median(former, "wall", 1e-3), median(present, "wall", 1e-3), ratio("wall"))
    processor = (median(former, "processor", 1e-3), median(present, "processor", 1e-3), ratio("processor"))
    return [name, *wall, *processor, median(former, "memory", 1e6), median(present, "memory", 1e6)]


def main(words: list[str] | None = None) -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.former", description=__doc__)
    parser.add_argument("commit", help="the code to compare the present code with, such as HEAD~10")
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--pairs", type=Path, metavar="FOLDER", help="its pairs, in the place of the drawn ones")
    arguments = parser.parse_args(words)
    load, began = os.getloadavg()[0], datetime.now(UTC)
    rows = []
    with checkout(arguments.commit) as root, TemporaryDirectory() as folder:
        chosen = list(find(arguments.pairs)) if arguments.pairs else lay_out(pairs.DRAWN | pairs.PAGE, Path(folder))
        with serving(root) as former, serving() as present:
            warm_up(former)
            warm_up(present)
            for pair in chosen:
                for way, options in WAYS.items():
                    print(f"measuring {pair.name}, {way}", file=sys.stderr)
                    rows.append(row(f"{pair.name}, {way}", *in_turn(former, present, pair, options, arguments.repeat)))
    header = ["", "ms before", "ms now", "ratio", "processor ms before", "now", "ratio", "peak MB before", "now"]
    print(f"{began:%Y-%m-%d}, {arguments.commit} and the present code, load {load:.1f} before\n\n{table(header, rows)}")


if __name__ == "__main__":
    main()
