"""What a verdict is decided by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.vision.alignment.align import Alignment
from app.vision.region import Region
from app.vision.tolerances import Allowed


@dataclass(frozen=True)
class Evidence:
    """The measurements that decide the verdict.

    equal: all compared pixels are equal, and both pictures have the same size.
    ignored: the request had boxes to ignore.
    same_bytes: the two files are equal byte for byte.
    compared: the number of pixels of A that were compared: those that B covers, without ignored boxes.
    metrics: by name; those of analyses that did not run are missing.
    network: the name of the network that measured the embeddings; None without embeddings.
    regions: the changed regions; None if they were not searched. omitted: how many more the finder counted.
    doubt: the highest score of what the finder left out as light, lens or noise, in [0, 1].
    allowed: what passes because of a tolerance: of the regions, or without any of all pixels that differ.
    explanation: why pixels differ outside the regions, as a sentence; empty if `conditions` say it, None if nothing
        explains it.
    rendered: both were drawn by a program.
    conditions: how B was taken or stored differently, as phrases. notes: how the files differ, as sentences.
    """

    equal: bool
    ignored: bool
    same_bytes: bool
    alignment: Alignment
    compared: int
    metrics: Mapping[str, int | float | None]
    network: str | None
    regions: Sequence[Region] | None
    omitted: int = 0
    doubt: float = 0
    allowed: Sequence[Allowed] = ()
    explanation: str | None = None
    rendered: bool = False
    conditions: Sequence[str] = ()
    notes: Sequence[str] = ()
