"""The report to download: one HTML file that needs no network, with styles, scripts and pictures inside.

The report page itself is rendered by `app.web.formats` from the same templates.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from flask import current_app, render_template

from app.evaluation.report import Report
from app.rendering.inline_images import Stored, inlined
from app.vision.encode import Encoded

# The largest size of the file, as a multiple of the bytes of the two uploaded pictures.
MAX_SIZE_RATIO = 1.5


def standalone(report: Report, picture: Callable[[str], Encoded]) -> str:
    """Render the report with its pictures, read by name. Needs an app context, but no request.

    The page is rendered twice: first with placeholders, to measure it and to count the uses of each picture.
    """
    placeholders = {name: f"data:,{name};" for name in report.images}
    bare = _page(report, placeholders)
    uses = {name: bare.count(uri) for name, uri in placeholders.items()}
    size = len(bare.encode()) - sum(uses[name] * len(uri) for name, uri in placeholders.items())
    pictures = [Stored(name, picture(name), count) for name, count in uses.items() if count]
    return _page(report, inlined(pictures, int(MAX_SIZE_RATIO * (report.a.bytes + report.b.bytes)) - size))


def _page(report: Report, images: Mapping[str, str]) -> str:
    shown = report.model_copy(update={"images": images})
    return render_template("report.html", report=shown, inline=static_text)


def static_text(name: str) -> str:
    """The text of a static file without comment lines and indentation, which saves a sixth."""
    text = (Path(current_app.static_folder or "") / name).read_text(encoding="utf-8")
    return re.sub(r"^[ \t]*(//.*\n)?", "", text, flags=re.MULTILINE)
