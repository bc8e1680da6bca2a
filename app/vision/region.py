"""Boxes and regions of a picture, in pixels from its top left corner."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator, ConfigDict, Field

from app.vision.arrays import Float64, Mask, UInt8
from app.vision.geometry import distort
from app.vision.networks.recognition import ClassProbability

# Larger than any picture, and small enough that sums of coordinates cannot overflow.
MAX_COORDINATE = 1_000_000


def as_integer(value: Any) -> Any:
    """Convert a float such as 3.0 to 3: JSON has one type of number, and some programs write integers like that."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Coordinate = Annotated[int, Field(ge=0, le=MAX_COORDINATE), BeforeValidator(as_integer)]
Extent = Annotated[int, Field(gt=0, le=MAX_COORDINATE), BeforeValidator(as_integer)]


@dataclass(frozen=True)
class Box:
    """An axis-aligned rectangle in pixels: its top left corner and its size."""

    __pydantic_config__: ClassVar = ConfigDict(extra="forbid")

    x: Coordinate
    y: Coordinate
    width: Extent
    height: Extent

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index of the box in an array of shape (height, width, ...)."""
        return slice(self.y, self.y + self.height), slice(self.x, self.x + self.width)


# In `found_by` of a region that only one picture has: matching rows, and a larger B, show it.
ROWS, SIZE = "rows", "size"
Kind = Literal["appeared", "disappeared", "recoloured", "replaced", "moved", "changed"]
ToleranceName = Literal[
    "min_size", "allow_tone", "allow_smoothing", "allow_shift", "allow_pixels", "allow_share", "allow_window"
]


@dataclass(frozen=True)
class Region:
    """A region in which B differs from A.

    box: in the frame of A.
    changed_pixels: number of changed pixels inside the box.
    score: the finder's confidence that the change is real, in [0, 1].
    found_by: names of the finders that detected the region, or ROWS or SIZE.
    kind: the kind of change; `changed` if no other kind is certain.
    moved_to, moved_from: the new or the former box of the content, in the frame of A, for the kind `moved`. A thing has
        a region in its old and one in its new place, or only the first if it moved by a few pixels.
    before, after: the network's class of the region in A and in B; None if it is not confident.
    box_b: the region in B's own pixels, set only if the alignment cannot give it (what one picture does not have).
    allowed: the tolerance that lets the region pass; None if none does.
    """

    box: Box
    changed_pixels: int
    score: float
    found_by: tuple[str, ...]
    kind: Kind = "changed"
    moved_to: Box | None = None
    moved_from: Box | None = None
    before: ClassProbability | None = None
    after: ClassProbability | None = None
    box_b: Box | None = None
    allowed: ToleranceName | None = None


@dataclass(frozen=True)
class Finding:
    """The result of a finder.

    regions: ordered by the amount of change, largest first.
    mask: bool (height, width), the changed pixels.
    explanation: why other pixels differ than those of the mask, as a sentence; None if nothing explains it, empty if
        the conditions say it.
    omitted: how many regions the finder left out, being too many to keep.
    doubt: the highest score of what the finder left out as light, lens or noise, in [0, 1].
    evidence: uint8 (height, width), the map that was thresholded to the mask: 0 is equal, 255 the strongest evidence.
    """

    regions: list[Region]
    mask: Mask
    evidence: UInt8
    explanation: str | None = None
    omitted: int = 0
    doubt: float = 0


def overlaps(one: Box, other: Box) -> bool:
    """Whether two boxes have pixels in common."""
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def union(one: Box, other: Box) -> Box:
    """The smallest box around two boxes."""
    x, y = min(one.x, other.x), min(one.y, other.y)
    right, bottom = max(one.x + one.width, other.x + other.width), max(one.y + one.height, other.y + other.height)
    return Box(x, y, right - x, bottom - y)


def map_box(box: Box, matrix: Float64, size: tuple[int, int], radial: float = 0.0) -> Box:
    """The bounding box of `box` under a homography, clipped to the target picture.

    matrix: 3x3, between pixel-centre coordinates of the two frames. radial: the term of the target's lens.
    size: (width, height) of the target picture in pixels; the result is at least one pixel wide and high.
    """
    x0, y0, x1, y1 = box.x - 0.5, box.y - 0.5, box.x + box.width - 0.5, box.y + box.height - 0.5
    corners = matrix @ np.array([[x0, x1, x1, x0], [y0, y0, y1, y1], [1, 1, 1, 1]], float)
    xs, ys = distort((corners[:2] / corners[2]).T, radial, size).T + 0.5
    left, right = _span(xs.min(), xs.max(), size[0])
    top, bottom = _span(ys.min(), ys.max(), size[1])
    return Box(left, top, right - left, bottom - top)


def _span(low: float, high: float, limit: int) -> tuple[int, int]:
    # Rounding first removes floating-point errors: 12.0000001 is still pixel 12.
    start = int(np.clip(np.floor(np.round(low, 6)), 0, limit - 1))
    return start, int(np.clip(np.ceil(np.round(high, 6)), start + 1, limit))
