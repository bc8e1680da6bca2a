"""The result of an analysis."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.vision.arrays import UInt8

Metric = int | float | None


class Unavailable(Exception):
    """The analysis cannot run; the message gives the reason and the remedy."""


class LazyImages(Mapping[str, UInt8]):
    """Images by name, each drawn on every access and never stored, so that unused ones cost nothing."""

    def __init__(self, draw: Mapping[str, Callable[[], UInt8]]) -> None:
        self._draw = draw

    def __getitem__(self, name: str) -> UInt8:
        return self._draw[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._draw)

    def __len__(self) -> int:
        return len(self._draw)


@dataclass(frozen=True)
class Analysis:
    """The result of one analysis.

    metrics: finite Python numbers by their names in the HTTP API; None if the value is undefined (see `reason`).
    images: uint8 RGB (height, width, 3) or gray (height, width), by name; LazyImages if drawing them takes time.
    facts: other JSON values, merged into the top level of the report.
    reason: why a value is missing or unreliable; None if neither applies.
    """

    metrics: dict[str, Metric]
    images: Mapping[str, UInt8] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    reason: str | None = None
