"""What an analysis hands back."""

from dataclasses import dataclass, field
from typing import Any

from app.vision.arrays import UInt8

Metric = int | float | None


class Unavailable(Exception):
    """An analysis cannot run here; the text tells the reader why and what to do about it."""


@dataclass(frozen=True)
class Analysis:
    """The outcome of one analysis.

    metrics: by the names of the HTTP contract; None where a value does not exist (the reason says why). Plain
        Python numbers, finite, so that they can be written as JSON.
    images: by name, uint8, RGB (height, width, 3) or gray (height, width).
    facts: anything else for the report, as JSON values, merged into its top level.
    reason: why something is missing or of limited worth; None when all is well.
    """

    metrics: dict[str, Metric]
    images: dict[str, UInt8] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    reason: str | None = None
