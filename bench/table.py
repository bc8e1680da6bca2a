"""The measurements as Markdown tables, and their place in a page."""

import re
import statistics
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from app.vision.options import Options
from bench.cameras import CAMERAS
from bench.conditions import CONDITIONS
from bench.scoring import Counts, average_precision
from bench.screenshots import Screenshots
from bench.trials import BOARDS, RANDOM_POSE, Trial, Way
from bench.views import View

BEGIN, END = "<!-- table -->", "<!-- /table -->"
DEFAULT = Way(Options().finder)
ALL, EVERY_CAMERA = "all conditions", "all of these"
BINS = ((0.0, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 0.97), (0.97, 1.0))


@dataclass(frozen=True)
class Results:
    """All that was measured.

    trials: every pair under every condition; quiet: some of them again, alone on the machine, for their times.
    shares: by motion, of each change the share that stays in sight.
    """

    trials: list[Trial]
    quiet: list[Trial]
    shares: dict[str, list[float]]
    screenshots: list[Screenshots]
    views: list[View]

    @property
    def ways(self) -> list[Way]:
        """In the order in which they were measured."""
        return list(dict.fromkeys(trial.way for trial in self.trials if trial.condition != RANDOM_POSE))


def tables(results: Results) -> str:
    """Every table with its heading, in Markdown."""
    parts = [
        ("F1 of every finder", _overview(results)),
        *((f"Finder: {way}", _by_condition(results, way, (*CONDITIONS, ALL, BOARDS))) for way in results.ways),
        (f"Other cameras, times and formats: {DEFAULT}", _by_condition(results, DEFAULT, (*CAMERAS, EVERY_CAMERA))),
        ("What stays in sight", _in_sight(results.shares)),
        (f"What the scores of {DEFAULT} are worth", _reliability(results.trials, (*CONDITIONS, BOARDS))),
        ("What they are worth under the conditions of other cameras", _reliability(results.trials, CAMERAS)),
        ("Random pose", _random_pose(results.trials)),
        ("Screenshots and drawings", _screenshots(results.screenshots)),
        ("Regions in them", _regions(results.screenshots)),
        ("Another viewpoint", _views(results.views)),
    ]
    return "\n\n".join(f"### {heading}\n\n{text}" for heading, text in parts)


def insert(page: str, text: str) -> str:
    """The page with the text between its markers, in the place of what is there. Raises ValueError without markers."""
    between = re.compile(f"(?<={re.escape(BEGIN)}).*(?={re.escape(END)})", re.DOTALL)
    if not between.search(page):
        raise ValueError(f"the page has no {BEGIN} … {END}")
    return between.sub(lambda _: f"\n\n{text}\n\n", page, count=1)


def table(header: Iterable[object], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table."""
    titles = [str(title) for title in header]
    lines: list[Iterable[object]] = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def count(trials: Iterable[Trial]) -> Counts:
    """Found, false and missed over the trials where something changed."""
    total = Counts()
    for trial in trials:
        found = sum(trial.hits)
        if trial.changes:
            total += Counts(found, len(trial.hits) - found, trial.changes - found)
    return total


def _of(trials: Iterable[Trial], way: Way, condition: str) -> list[Trial]:
    """Those of a way under a condition; ALL is every one of CONDITIONS, EVERY_CAMERA every one of CAMERAS."""
    wanted = {ALL: tuple(CONDITIONS), EVERY_CAMERA: tuple(CAMERAS)}.get(condition, (condition,))
    return [trial for trial in trials if trial.way == way and trial.condition in wanted]


def _overview(results: Results) -> str:
    rows = [
        (condition, *(f"{count(_of(results.trials, way, condition)).f1:.3f}" for way in results.ways))
        for condition in (*CONDITIONS, ALL, BOARDS)
    ]
    return table(["", *results.ways], rows)


def _by_condition(results: Results, way: Way, conditions: Iterable[str]) -> str:
    header = ["", "precision", "recall", "F1", "pictures with a false alarm", "milliseconds"]
    rows = []
    for condition in conditions:
        trials = _of(results.trials, way, condition)
        counts = count(trials)
        shares = (f"{share:.3f}" for share in (counts.precision, counts.recall, counts.f1))
        rows.append((condition, *shares, _alarms(trials), _median(_of(results.quiet, way, condition))))
    return table(header, rows)


def _alarms(trials: list[Trial]) -> str:
    unchanged = [trial for trial in trials if not trial.changes]
    return f"{sum(bool(trial.hits) for trial in unchanged)} of {len(unchanged)}" if unchanged else "–"


def _median(trials: list[Trial]) -> str:
    return f"{statistics.median(trial.milliseconds for trial in trials):.0f}" if trials else "–"


def _in_sight(shares: dict[str, list[float]]) -> str:
    header = ["", "changes", "wholly out of sight", "less than a tenth in sight", "less than half", "recall at most"]
    rows = []
    for motion, values in shares.items():
        hidden = sum(share == 0 for share in values)
        below = [sum(share < limit for share in values) for limit in (0.1, 0.5)]
        most = f"{1 - hidden / len(values):.3f}" if values else "–"
        rows.append((motion, len(values), hidden, *below, most))
    return table(header, rows)


def _reliability(trials: list[Trial], conditions: Iterable[str]) -> str:
    """Pairs where nothing changed count, too."""
    wanted = set(conditions)
    mine = [trial for trial in trials if trial.way == DEFAULT and trial.condition in wanted]
    pairs = [pair for trial in mine for pair in zip(trial.scores, trial.hits, strict=True)]
    rows = []
    for low, high in BINS:
        inside = [(score, hit) for score, hit in pairs if low <= score < high or score == high == 1]
        means = [f"{sum(values) / len(inside):.3f}" for values in zip(*inside, strict=True)] or ["–", "–"]
        rows.append((f"{low:g} to {high:g}", len(inside), sum(hit for _, hit in inside), *means))
    return table(["score", "regions", "of them real", "mean score", "share that is real"], rows)


def _random_pose(trials: list[Trial]) -> str:
    rows = []
    for way in dict.fromkeys(trial.way for trial in trials if trial.condition == RANDOM_POSE):
        mine = _of(trials, way, RANDOM_POSE)
        counts = count(mine)
        reported = np.array([pair for t in mine for pair in zip(t.scores, t.hits, strict=True)], np.float64).reshape(
            -1, 2
        )
        precise = average_precision(reported[:, 0], reported[:, 1] > 0, sum(trial.changes for trial in mine))
        rows.append((way, *(f"{v:.3f}" for v in (precise, counts.precision, counts.recall, counts.f1))))
    return table(["", "average precision", "precision", "recall", "F1"], rows)


def _screenshots(pairs: list[Screenshots]) -> str:
    header = ["", "size", "alignment", "different pixels", "stated elsewhere", "verdict"]
    return table(header, [(p.name, p.sizes, p.alignment, f"{p.different:,}", p.stated, p.verdict) for p in pairs])


def _regions(pairs: list[Screenshots]) -> str:
    finders = pairs[0].regions if pairs else {}
    return table(["", *finders], [(pair.name, *pair.regions.values()) for pair in pairs])


def _views(views: list[View]) -> str:
    return table(["", "mean error, pixels"], [(view.name, f"{view.error:.2f}") for view in views])
