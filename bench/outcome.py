"""What was measured of the service and its peers, as tables: Markdown, or text to read at once."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.table import table

ALL, PAGE, PIXEL = "service, all analyses", "service, all, as a page", "service, pixel alone"
IDENTICAL, AGAIN = "service, identical files", "service, identical files again"
SERVICE = (ALL, PAGE, PIXEL, IDENTICAL, AGAIN)
RECIPE, RECIPE_WARM = "usual recipe, own process", "usual recipe, warm"
ODIFF = "odiff"

Row = tuple[str, ...]
Render = Callable[[Row, list[Row]], str]


@dataclass(frozen=True)
class Take:
    """One comparison: seconds, bytes at the peak if they are known, and milliseconds by step if it says them."""

    seconds: float
    memory: int | None = None
    steps: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Measured:
    """One pair: what each way took, every time, and why some took nothing. idle: bytes of the service before."""

    name: str
    idle: int
    takes: dict[str, list[Take]]
    missing: dict[str, str]

    def milliseconds(self, way: str) -> float | None:
        """The median; None where it was not measured."""
        takes = self.takes.get(way)
        return statistics.median(take.seconds for take in takes) * 1000 if takes else None


@dataclass(frozen=True)
class Load:
    """Evaluations in a second: the median of several rounds one at a time, and of as many with `at_once`."""

    at_once: int
    alone: float
    together: float


@dataclass(frozen=True)
class Soak:
    """The high-water mark of the service after the first evaluations, and after all of them, in bytes."""

    first: int
    first_peak: int
    count: int
    peak: int


@dataclass(frozen=True)
class Outcome:
    """All that was measured. starts: seconds from the server's start to the front page."""

    starts: list[float]
    pairs: list[Measured]
    load: Load
    soak: Soak | None


def tables(outcome: Outcome, markdown: bool) -> str:
    """Every table under its heading."""
    render = table if markdown else _aligned
    mark = "### " if markdown else ""
    parts = [(pair.name, _ways(pair, render)) for pair in outcome.pairs]
    parts += [(f"Steps: {pair.name}", _steps(pair, render)) for pair in outcome.pairs]
    parts.append(("Start, load and memory in the long run", _service(outcome, render)))
    return "\n\n".join(f"{mark}{heading}\n\n{text}" for heading, text in parts)


def _ways(pair: Measured, render: Render) -> str:
    header = ("", "ms", "from … to", "× recipe", "× odiff", "peak MB")
    recipe, odiff = pair.milliseconds(RECIPE_WARM), pair.milliseconds(ODIFF)
    rows: list[Row] = []
    for way, takes in pair.takes.items():
        seconds, median = [take.seconds * 1000 for take in takes], pair.milliseconds(way)
        spread = f"{_cell(min(seconds))} … {_cell(max(seconds))}"
        rows.append((way, _cell(median), spread, _times(recipe, median), _times(odiff, median), _peak(pair, way)))
    rows += [(way, *"–" * (len(header) - 1)) for way in pair.missing]
    return "\n\n".join([render(header, rows), *(f"{way}: {reason}" for way, reason in pair.missing.items())])


def _times(other: float | None, own: float | None) -> str:
    """How many times as fast."""
    return f"{other / own:.3g}" if other and own else "–"


def _peak(pair: Measured, way: str) -> str:
    """The largest of all takes; of the service, what it has above idle."""
    marks = [take.memory for take in pair.takes[way] if take.memory is not None]
    above = pair.idle if way in SERVICE else 0
    return f"{(max(marks) - above) / 1e6:,.0f}" if marks else "–"


def _steps(pair: Measured, render: Render) -> str:
    """Medians of the report's timings, and last what the client waited, with HTTP and storing."""
    columns = {way: _medians(takes) for way, takes in pair.takes.items() if takes[0].steps}
    names = dict.fromkeys(name for column in columns.values() for name in column)
    rows = [(name, *(_cell(column.get(name)) for column in columns.values())) for name in names]
    rows.append(("with HTTP and storing", *(_cell(pair.milliseconds(way)) for way in columns)))
    return render(("ms", *columns), rows)


def _medians(takes: list[Take]) -> dict[str, float]:
    return {
        name: statistics.median(take.steps[name] for take in takes if name in take.steps) for name in takes[0].steps
    }


def _cell(milliseconds: float | None) -> str:
    return "–" if milliseconds is None else f"{milliseconds:,.{0 if milliseconds >= 100 else 1}f}"


def _service(outcome: Outcome, render: Render) -> str:
    load, soak = outcome.load, outcome.soak
    rows: list[Row] = [
        ("front page after the server's start", f"{statistics.median(outcome.starts):.2f} s"),
        *((f"idle, before {pair.name}", f"{pair.idle / 1e6:,.0f} MB") for pair in outcome.pairs),
        ("1 MP pairs, one at a time", f"{load.alone:.2f} per second"),
        (f"1 MP pairs, {load.at_once} at once", f"{load.together:.2f} per second"),
        (f"{load.at_once} at once, times the throughput", f"{load.together / load.alone:.2f}"),
    ]
    if soak:
        rows.append((f"peak of the first {soak.first:,} evaluations in a row", f"{soak.first_peak / 1e6:,.0f} MB"))
        rows.append((f"peak of {soak.count:,}", f"{soak.peak / 1e6:,.0f} MB"))
        rows.append(("rise", f"{soak.peak / soak.first_peak - 1:.1%}"))
    return render(("", "median or peak"), rows)


def _aligned(header: Row, rows: list[Row]) -> str:
    """The first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    first, *others = widths
    return "\n".join(
        "  ".join([row[0].ljust(first), *(cell.rjust(width) for cell, width in zip(row[1:], others, strict=True))])
        for row in (header, *rows)
    )
