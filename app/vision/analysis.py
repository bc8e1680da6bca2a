"""What an analysis hands back."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.vision.arrays import UInt8

Metric = int | float | None


class Unavailable(Exception):
    """An analysis cannot run here; the text tells the reader why and what to do about it."""


class Drawings(Mapping[str, UInt8]):
    """Pictures by name, each drawn when it is asked for, and anew each time: who wants none pays for none."""

    def __init__(self, how: Mapping[str, Callable[[], UInt8]]) -> None:
        self._how = how

    def __getitem__(self, name: str) -> UInt8:
        return self._how[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._how)

    def __len__(self) -> int:
        return len(self._how)


@dataclass(frozen=True)
class Analysis:
    """The outcome of one analysis.

    metrics: by the names of the HTTP contract; None where a value does not exist (the reason says why). Plain
        Python numbers, finite, so that they can be written as JSON.
    images: by name, uint8, RGB (height, width, 3) or gray (height, width). What takes time to draw is in Drawings.
    facts: anything else for the report, as JSON values, merged into its top level.
    reason: why something is missing or of limited worth; None when all is well.
    """

    metrics: dict[str, Metric]
    images: Mapping[str, UInt8] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    reason: str | None = None
