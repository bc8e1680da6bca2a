"""How numbers read on a page."""

import re
from datetime import datetime

import numpy as np
from flask import Flask
from markupsafe import Markup, escape

from app.vision.drawing.outlines import heat


def init_app(app: Flask) -> None:
    """Give the templates these filters, and the heat map's colours for its legend."""
    app.jinja_env.filters.update(size=size, share=share, number=number, day=day, prose=prose)
    app.jinja_env.globals["heat_colours"] = heat_colours(16)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def size(count: int) -> str:
    """Bytes as people read them: 1234567 → '1.2 MB'."""
    value = float(count)
    for unit in ("bytes", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "bytes" or value >= 99.5 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def share(value: float) -> str:
    """A share of 1 as a percentage that never rounds to all or nothing when it is neither."""
    if 0 < value < 0.0001:
        return "under 0.01 %"
    if 0.9999 < value < 1:
        return "over 99.99 %"
    return f"{value * 100:.2f} %" if value not in (0, 1) else f"{value * 100:.0f} %"


def number(value: float | None, digits: int = 3) -> str:
    """A measured number: grouped integers, fixed decimals; a dash where there is none."""
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.{digits}f}"


def day(moment: datetime) -> str:
    """A time as a day and a clock time, in UTC."""
    return f"{moment:%-d %B %Y, %H:%M} UTC"


def heat_colours(count: int) -> list[str]:
    """The colours of heat maps in so many even steps, from low to high, as CSS writes them."""
    steps = heat(np.linspace(0, 255, count).round().astype(np.uint8)[None])[0]
    return ["#{:02x}{:02x}{:02x}".format(*step) for step in steps.tolist()]


def prose(text: str) -> Markup:
    """A sentence as HTML; what stands between backticks is code."""
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped first
