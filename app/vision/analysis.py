"""The result of an analysis."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.vision.arrays import UInt8

Metric = int | float | None
Drawing = Callable[[], UInt8]  # draws uint8 RGB (height, width, 3) or gray (height, width)


class Unavailable(Exception):
    """The analysis cannot run; the message gives the reason and the remedy."""


@dataclass(frozen=True)
class Analysis:
    """The result of one analysis.

    metrics: finite Python numbers by their names in the HTTP API; None if the value is undefined (see `reason`).
    images: by name, as functions that draw them, so that images that nobody requests take no time.
    facts: other JSON values, merged into the top level of the report.
    reason: why a value is missing or unreliable; None if neither applies.
    """

    metrics: dict[str, Metric]
    images: Mapping[str, Drawing] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    reason: str | None = None
