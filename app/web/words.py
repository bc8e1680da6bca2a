"""How numbers read on a page."""

from datetime import datetime

from flask import Flask


def init_app(app: Flask) -> None:
    """Give the templates these filters."""
    app.jinja_env.filters.update(size=size, share=share, number=number, day=day)
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
