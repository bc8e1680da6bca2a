"""The gallery: the results as one HTML page, with the pictures in files beside it."""

from pathlib import Path
from typing import Any

from flask import render_template

from app.batch.folders.files import write_whole
from app.batch.folders.results import Results
from app.batch.folders.row import Outcome, Row
from app.rendering.environment import templates
from app.rendering.filters import number
from app.rendering.standalone_html import static_text

NAME = "index.html"
MAX_STATIC_ROWS = 500  # rows of the page without scripts; with scripts, rows are made as they come into view

# Predicates of the headline, in the singular and the plural.
PREDICATES: dict[Outcome, tuple[str, str]] = {
    "changed": ("changed", "changed"),
    "different": ("shows something else", "show something else"),
    "removed": ("was removed", "were removed"),
    "added": ("was added", "were added"),
    "renamed": ("was renamed", "were renamed"),
    "failed": ("could not be compared", "could not be compared"),
}


def write_gallery(results: Results, folder: Path) -> None:
    """Write index.html. Raises OSError."""
    with templates().app_context():
        page = render_template(
            "folders.html",
            results=results,
            headline=headline(results),
            data=[_row_data(row) for row in results.worst_first],
            max_static_rows=MAX_STATIC_ROWS,
            inline=static_text,
        )
    write_whole(folder / NAME, page.encode())


def headline(results: Results) -> str:
    """The result in one sentence, such as "3 of 60 pairs changed; 1 was added"."""
    total, counts = len(results.rows), results.counts
    found = [(counts[outcome], predicate) for outcome, predicate in PREDICATES.items() if outcome in counts]
    pairs = f"{number(total)} pairs"
    if not found:
        return f"Nothing changed in {'the one pair' if total == 1 else pairs}."
    if total == 1:
        return f"The one pair {' and '.join(one for _, (one, _) in found)}."
    clauses = [f"{number(count)} {one if count == 1 else several}" for count, (one, several) in found]
    amount, _, predicate = clauses[0].partition(" ")
    return f"{'; '.join([f'{amount} of {pairs} {predicate}', *clauses[1:]])}."


def _row_data(row: Row) -> dict[str, Any]:
    """The values of a row that folders.js reads. Empty ones are left out, because a page may have 10,000 rows."""
    data = {
        "name": row.name,
        "after": row.name_after,
        "outcome": row.outcome,
        "renamed": True if row.status == "renamed" else None,
        "summary": row.summary or row.reason,
        "share": None if row.pixel_match_rate is None else round(row.changed, 6),
        "regions": row.regions,
        "ssim": None if row.ssim is None else round(row.ssim, 4),
        "report": row.report,
        "thumbnails": row.thumbnails,
    }
    return {name: value for name, value in data.items() if value not in (None, {})}
