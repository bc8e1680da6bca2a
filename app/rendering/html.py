"""A report as one HTML file that needs no network: styles, scripts and pictures inside."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from flask import current_app, render_template

from app.evaluation.report import Report
from app.rendering.inline_images import Stored, inlined
from app.vision.encode import Encoded

# The file has at most so many times the bytes of the two pictures as they were sent.
LIMIT = 1.5


def standalone(report: Report, picture: Callable[[str], Encoded]) -> str:
    """Render the report, whose pictures are given by name. Needs an app context, but no request.

    Rendered twice: first with marks for pictures, to learn how large the page is and how often it holds each.
    """
    marks = {name: f"data:,{name};" for name in report.images}
    bare = _page(report, marks)
    uses = {name: bare.count(mark) for name, mark in marks.items()}
    size = len(bare.encode()) - sum(uses[name] * len(mark) for name, mark in marks.items())
    pictures = [Stored(name, picture(name), count) for name, count in uses.items() if count]
    return _page(report, inlined(pictures, int(LIMIT * (report.a.bytes + report.b.bytes)) - size))


def _page(report: Report, images: Mapping[str, str]) -> str:
    shown = report.model_copy(update={"images": images})
    return render_template("report.html", report=shown, inline=static_text)


def static_text(name: str) -> str:
    """The text of one of our own static files, without comments and indentation: a sixth of it."""
    text = (Path(current_app.static_folder or "") / name).read_text(encoding="utf-8")
    return re.sub(r"^[ \t]*(//.*\n)?", "", text, flags=re.MULTILINE)
