"""How fast the service is and how much memory it takes, beside the usual recipe, odiff and pixelmatch.

    python -m bench.performance [--repeat 5] [--pairs FOLDER] [--soak COUNT] [--markdown]

Everything runs in turn on the same pairs: a photograph of 1 and of 12 megapixels as JPEG, and a very tall screenshot of
a page, all drawn; FOLDER, with NAME_a.png and NAME_b.png (or .jpg), has other pairs for the place of the page.
"""

import argparse
import multiprocessing
import os
import platform
import re
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import pairs, recipe
from bench.competitors import PACKAGES, Competitor, CompetitorMissing, as_png, install
from bench.outcome import (
    AGAIN,
    ALL,
    IDENTICAL,
    PAGE,
    PIXEL,
    RECIPE,
    RECIPE_WARM,
    Load,
    Measured,
    Outcome,
    Soak,
    Take,
    tables,
)
from bench.pairs import Pair, find, lay_out
from bench.peak_memory import CommandFailed, PeakMemory, resident, run
from bench.service import Service, ServiceFailed, serving, warm_up

AT_ONCE, BATCH, WARM_ROUNDS = 4, 8, 3
FIRST = 50  # evaluations after which memory has to have its height
LIBRARIES = ("opencv-python-headless", "scikit-image", "numpy", "pillow", "tensorflow")

Way = Callable[[], Take]


def in_turn(ways: dict[str, Way], repeat: int) -> tuple[dict[str, list[Take]], dict[str, str]]:
    """What each way took, `repeat` times, each round all of them, after one round to warm up; and why some did not."""
    takes: dict[str, list[Take]] = {}
    missing: dict[str, str] = {}
    for way, take in ways.items():
        try:
            take()
            takes[way] = []
        except (CommandFailed, ServiceFailed, recipe.NotComparable) as reason:
            missing[way] = str(reason)
    for _ in range(repeat):
        for way, measured in takes.items():
            measured.append(ways[way]())
    return takes, missing


def ask(service: Service, a: bytes, b: bytes, page: bool = False, again: bool = False, **options: str) -> Take:
    """One evaluation by the service, with the high-water mark of all its processes."""
    with PeakMemory(service.pid) as water:
        answered = service.evaluate(a, b, page, again, **options)
        # A stored answer says how long the first took.
        return Take(answered.seconds, water.peak, {} if again else answered.report["timings"])


def alone(pair: Pair) -> Take:
    """The usual recipe in a process of its own."""
    ended = run([sys.executable, "-m", "bench.recipe", str(pair.a), str(pair.b)])
    return Take(ended.seconds, ended.memory)


def by_peer(peer: Competitor, pair: Pair) -> Take:
    """Another program's count of the pixels that differ."""
    ended = peer.compare(pair)
    return Take(ended.seconds, ended.memory)


def measure(pair: Pair, peers: list[Competitor], warm: Executor, repeat: int, scratch: Path) -> Measured:
    """Every way on one pair, with a service of its own: what others left in its memory is not in the figures."""
    a, b = pair.a.read_bytes(), pair.b.read_bytes()
    with serving() as service:
        lacking = {f"service, {name}": reason for name, reason in warm_up(service).items()}
        idle = resident(service.pid)
        ways: dict[str, Way] = {
            ALL: partial(ask, service, a, b, fresh="true"),
            PAGE: partial(ask, service, a, b, page=True, fresh="true"),
            PIXEL: partial(ask, service, a, b, fresh="true", analyses="pixel"),
            IDENTICAL: partial(ask, service, a, a),
            AGAIN: partial(ask, service, a, a, again=True),
            RECIPE: partial(alone, pair),
            RECIPE_WARM: lambda: Take(warm.submit(recipe.timed, pair.a, pair.b).result()),
        }
        for peer in peers:
            readable = as_png(pair, scratch) if peer.png else pair
            name = peer.name if readable is pair else f"{peer.name}, on PNG of them"
            ways[name] = partial(by_peer, peer, readable)
        takes, missing = in_turn(ways, repeat)
        return Measured(pair.name, idle, takes, lacking | missing)


def load(pair: Pair, repeat: int) -> Load:
    """A batch one at a time and a batch several at once, in turn, after some to have every process started and warm."""
    a, b = pair.a.read_bytes(), pair.b.read_bytes()
    rates: dict[int, list[float]] = {1: [], AT_ONCE: []}
    with serving() as service:
        for _ in range(WARM_ROUNDS):
            rate(service, a, b, AT_ONCE)
        for at_once in list(rates) * repeat:
            rates[at_once].append(rate(service, a, b, at_once))
    return Load(AT_ONCE, *map(statistics.median, rates.values()))


def rate(service: Service, a: bytes, b: bytes, at_once: int) -> float:
    """Evaluations in a second, of a batch."""
    began = time.perf_counter()
    with ThreadPoolExecutor(at_once) as clients:
        for asked in [clients.submit(service.evaluate, a, b, fresh="true") for _ in range(BATCH)]:
            asked.result()
    return BATCH / (time.perf_counter() - began)


def soak(pair: Pair, count: int) -> Soak:
    """So many evaluations in a row by one service."""
    a, b = pair.a.read_bytes(), pair.b.read_bytes()
    first, first_peak = min(FIRST, count), 0
    with serving() as service, PeakMemory(service.pid) as water:
        for done in range(1, count + 1):
            service.evaluate(a, b, fresh="true")
            show(f"{done} of {count} in a row")
            if done == first:
                first_peak = water.peak
        return Soak(first, first_peak, count, water.peak)


def start() -> float:
    """Seconds until the front page answers, with an empty data folder."""
    with serving() as service:
        return service.started


def show(line: str) -> None:
    """Tell on standard error how far it is."""
    print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)


def everything(given: Path | None, repeat: int, in_a_row: int, peers: list[Competitor]) -> Outcome:
    """Measure it all."""
    # A process that is started anew: a fork of this one would share what it has loaded.
    spawn = multiprocessing.get_context("spawn")
    with TemporaryDirectory() as folder, ProcessPoolExecutor(1, spawn) as warm:
        scratch = Path(folder)
        photos = lay_out(pairs.DRAWN, scratch)
        pages = list(find(given.absolute())) if given else lay_out(pairs.PAGE, scratch)
        starts = [start() for _ in range(repeat)]
        measured = []
        for pair in photos + pages:
            show(f"measuring {pair.name}")
            measured.append(measure(pair, peers, warm, repeat, scratch))
        show("measuring the throughput")
        small = photos[0]
        return Outcome(starts, measured, load(small, repeat), soak(small, in_a_row) if in_a_row else None)


def heading(arguments: argparse.Namespace, began: datetime, load_then: float, peers: str) -> str:
    """When, how, where and of what versions."""
    chosen = " --pairs FOLDER" if arguments.pairs else ""
    chosen += f" --soak {arguments.soak}" if arguments.soak else ""
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"Measured on {began:%Y-%m-%d} by `python -m bench.performance --repeat {arguments.repeat}{chosen}`, on "
        f"{len(os.sched_getaffinity(0))} cores of {processor()} with a load of {load_then:.1f} before. "
        f"Python {platform.python_version()}, {libraries}; {peers}."
    )


def processor() -> str:
    """The processor's name."""
    found = re.search(r"^model name\s*: (.*)", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def main(words: list[str] | None = None) -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--pairs", type=Path, metavar="FOLDER", help="its pairs, in the place of the drawn page")
    parser.add_argument("--soak", type=int, default=0, metavar="COUNT", help="so many evaluations in a row, for memory")
    parser.add_argument("--markdown", action="store_true")
    arguments = parser.parse_args(words)
    if arguments.repeat < 1:
        parser.error("--repeat is 1 or more")
    if arguments.pairs and not any(find(arguments.pairs)):
        parser.error("FOLDER has no NAME_a.png with a NAME_b.png, nor such .jpg")
    began, load_then = datetime.now(UTC), os.getloadavg()[0]
    try:
        peers = install()
        reported = ", ".join(f"{name} {number}" for name, number in PACKAGES.items())
    except CompetitorMissing as reason:
        peers, reported = [], f"odiff and pixelmatch were not measured: {reason}"
    outcome = everything(arguments.pairs, arguments.repeat, arguments.soak, peers)
    show("")
    print(f"{heading(arguments, began, load_then, reported)}\n\n{tables(outcome, arguments.markdown)}")


if __name__ == "__main__":
    main()
