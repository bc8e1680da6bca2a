"""The results as a page: one file, with the pictures beside it."""

from pathlib import Path
from typing import Any

from flask import render_template

from app.batch.folders.files import write_whole
from app.batch.folders.results import Results
from app.batch.folders.row import Outcome, Row
from app.rendering.environment import templates
from app.rendering.filters import number
from app.rendering.html import static_text

NAME = "index.html"
PLAIN = 500  # rows that are there without scripts, which make the others as they come into sight

# One, several.
TOLD: dict[Outcome, tuple[str, str]] = {
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
            data=[_told(row) for row in results.worst_first],
            plain=PLAIN,
            inline=static_text,
        )
    write_whole(folder / NAME, page.encode())


def headline(results: Results) -> str:
    """The answer in one sentence, such as "3 of 60 pairs changed; 1 was added"."""
    total, counts = len(results.rows), results.counts
    found = [(counts[outcome], words) for outcome, words in TOLD.items() if outcome in counts]
    pairs = f"{number(total)} pairs"
    if not found:
        return f"Nothing changed in {'the one pair' if total == 1 else pairs}."
    if total == 1:
        return f"The one pair {' and '.join(one for _, (one, _) in found)}."
    told = [f"{number(count)} {one if count == 1 else several}" for count, (one, several) in found]
    amount, _, what = told[0].partition(" ")
    return f"{'; '.join([f'{amount} of {pairs} {what}', *told[1:]])}."


def _told(row: Row) -> dict[str, Any]:
    """What the page needs of a row: 10,000 of them are in it, so no word more. Order and names as in folders.js."""
    told = {
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
    return {name: value for name, value in told.items() if value not in (None, {})}
