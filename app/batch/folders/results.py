"""The results of a run, results.json, and the removal of outdated files."""

import json
import os
import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from app.batch.folders.files import opened_folder, write_whole
from app.batch.folders.row import OUTCOMES, Outcome, Row, worst_first
from app.batch.folders.work import REPORTS, THUMBNAILS
from app.evaluation.pipeline import code_fingerprint

SUMMARY = "results.json"
OWN_FILES = re.compile(r"[0-9a-f]{32}(\.html|-(before|after|changes)\.webp)|\.[0-9a-f]{16}")


@dataclass(frozen=True)
class Results:
    """The results of a run.

    before, after: the paths of the folders below their common parent. rows: in any order.
    options: of the comparison, as JSON values. seconds: of this run; rows have their own, maybe from an earlier run.
    """

    before: str
    after: str
    rows: tuple[Row, ...]
    options: dict[str, Any]
    created: datetime
    seconds: float

    @cached_property
    def worst_first(self) -> list[Row]:
        """The rows, sorted by `worst_first`."""
        return sorted(self.rows, key=worst_first)

    @cached_property
    def counts(self) -> dict[Outcome, int]:
        """The number of rows of each outcome that occurs, worst first.

        "renamed" counts all renamed files; those that also changed are counted twice.
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
    """Remove reports and thumbnails of former pairs, and incomplete files of killed workers. Raises OSError.

    Files with other names than this program's own are kept.
    """
    wanted = {file for row in results.rows for file in row.files}
    for part in (REPORTS, THUMBNAILS):
        with suppress(FileNotFoundError), opened_folder(folder / part) as opened:
            for name in os.listdir(opened):  # noqa: PTH208 - pathlib knows no descriptors
                if OWN_FILES.fullmatch(name) and f"{part}/{name}" not in wanted:
                    os.unlink(name, dir_fd=opened)
