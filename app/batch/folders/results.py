"""All rows together, and what a folder of results holds once they are."""

import json
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from app.batch.folders.files import write_whole
from app.batch.folders.row import OUTCOMES, Outcome, Row, worst_first
from app.batch.folders.work import REPORTS, THUMBNAILS
from app.evaluation.pipeline import code_fingerprint

SUMMARY = "results.json"
OURS = re.compile(r"[0-9a-f]{32}(\.html|-(before|after|changes)\.webp)|\.[0-9a-f]{16}")


@dataclass(frozen=True)
class Results:
    """What a run found.

    before, after: the folders, named as far as they differ. rows: in any order.
    options: of the comparison, as JSON values.
    seconds: what this run took; rows know what each pair did, maybe in an earlier one.
    """

    before: str
    after: str
    rows: tuple[Row, ...]
    options: dict[str, Any]
    created: datetime
    seconds: float

    @cached_property
    def worst_first(self) -> list[Row]:
        """The rows as one wants to look at them."""
        return sorted(self.rows, key=worst_first)

    @cached_property
    def counts(self) -> dict[Outcome, int]:
        """How many of each outcome, worst first; those that did not occur are left out.

        Under "renamed" are all renamed files: those that changed as well are counted twice.
        """
        found = Counter(row.outcome for row in self.rows)
        found["renamed"] = sum(row.status == "renamed" for row in self.rows)
        return {outcome: found[outcome] for outcome in OUTCOMES if found[outcome]}

    def json(self) -> dict[str, Any]:
        """Everything as JSON values."""
        return {
            "program": code_fingerprint(),
            "created": self.created.isoformat(timespec="seconds"),
            "before": self.before,
            "after": self.after,
            "options": self.options,
            "seconds": round(self.seconds, 3),
            "counts": self.counts,
            "pairs": [row.model_dump(mode="json") for row in self.worst_first],
        }


def write_summary(results: Results, folder: Path) -> None:
    """Write results.json. Raises OSError."""
    write_whole(folder / SUMMARY, json.dumps(results.json(), indent=1).encode())


def prune(results: Results, folder: Path) -> None:
    """Remove reports and thumbnails of pairs that are no longer there, and what killed workers left half-written.

    Only what has a name as we give it: the folder may hold other things of its owner's. Raises OSError.
    """
    wanted = {file for row in results.rows for file in row.files}
    for part in (REPORTS, THUMBNAILS):
        for path in (folder / part).glob("*"):
            if OURS.fullmatch(path.name) and f"{part}/{path.name}" not in wanted:
                path.unlink(missing_ok=True)
