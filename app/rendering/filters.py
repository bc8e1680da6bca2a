"""Jinja filters that format numbers, times and texts."""

import re
from datetime import datetime

import numpy as np
from flask import Flask
from markupsafe import Markup, escape

from app.vision.analyses import ANALYSES
from app.vision.drawing.outlines import heat
from app.vision.finders import FINDERS


def init_app(app: Flask) -> None:
    """Give the templates the filters, the heat map's colours for its legend, the analyses and the finders."""
    app.jinja_env.filters.update(size=size, share=share, number=number, day=day, prose=prose)
    app.jinja_env.globals.update(heat_colours=heat_colours(16), analyses=ANALYSES, finders=FINDERS)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def size(count: int) -> str:
    """A number of bytes with a unit: 1234567 → '1.2 MB'."""
    value = float(count)
    for unit in ("bytes", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "bytes" or value >= 99.5 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def share(value: float) -> str:
    """A share in [0, 1] as a percentage; only exactly 0 and 1 read as 0 % and 100 %."""
    if 0 < value < 0.0001:
        return "under 0.01 %"
    if 0.9999 < value < 1:
        return "over 99.99 %"
    return f"{value * 100:.2f} %" if value not in (0, 1) else f"{value * 100:.0f} %"


def number(value: float | None, digits: int = 3) -> str:
    """A number: integers with thousands separators, floats with `digits` decimals, None as a dash."""
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.{digits}f}"


def day(moment: datetime) -> str:
    """A UTC time as date and time: '4 March 2026, 05:06 UTC'."""
    return f"{moment:%-d %B %Y, %H:%M} UTC"


def heat_colours(count: int) -> list[str]:
    """The heat map's colours in `count` even steps from low to high, as CSS colours."""
    steps = heat(np.linspace(0, 255, count).round().astype(np.uint8)[None])[0]
    return ["#{:02x}{:02x}{:02x}".format(*step) for step in steps.tolist()]


def prose(text: str) -> Markup:
    """A sentence as HTML: escaped, with text in backticks as code."""
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped first
