"""Boxes and regions: places in a picture, in pixels, origin top left."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator, ConfigDict, Field

from app.vision.arrays import Float64, Mask, UInt8
from app.vision.networks.recognition import ClassProbability

# More than any picture has, and far from what overflows.
FARTHEST = 1_000_000


def whole(value: Any) -> Any:
    """3.0 as 3: JSON knows one kind of number, and programs that reckon with fractions write it so."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Place = Annotated[int, Field(ge=0, le=FARTHEST), BeforeValidator(whole)]
Extent = Annotated[int, Field(gt=0, le=FARTHEST), BeforeValidator(whole)]


@dataclass(frozen=True)
class Box:
    """An upright rectangle in pixels: the corner nearest the origin, and the extent."""

    __pydantic_config__: ClassVar = ConfigDict(extra="forbid")

    x: Place
    y: Place
    width: Extent
    height: Extent

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index of the box in an array of shape (height, width, ...)."""
        return slice(self.y, self.y + self.height), slice(self.x, self.x + self.width)


Kind = Literal["appeared", "disappeared", "recoloured", "moved", "changed"]


@dataclass(frozen=True)
class Region:
    """A place where B differs from A.

    box: in the frame of A.
    changed_pixels: how many pixels inside the box count as changed.
    score: how sure the finder is that this is a real change, in [0, 1].
    found_by: names of the measures that saw it.
    kind: what happened there; `changed` where the pictures do not tell.
    moved_to, moved_from: where the content went or came from, in the frame of A, for the kind `moved`.
    before, after: what the network sees there in A and in B, where it is sure.
    box_b: the place in B's own pixels, where the alignment does not tell it: rows that A does not have.
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


@dataclass(frozen=True)
class Finding:
    """What a finder hands back.

    regions: most change first.
    mask: bool (height, width), the pixels that count as changed.
    evidence: uint8 (height, width), the map that the mask was cut from: 0 is alike, 255 the most this finder can tell.
    """

    regions: list[Region]
    mask: Mask
    evidence: UInt8


def map_box(box: Box, matrix: Float64, size: tuple[int, int]) -> Box:
    """The smallest box that holds `box` once moved by a homography, clipped to a picture.

    matrix: 3x3, between pixel-centre coordinates of the two frames.
    size: (width, height) of the target picture, in pixels; at least one pixel of it is kept.
    """
    x0, y0, x1, y1 = box.x - 0.5, box.y - 0.5, box.x + box.width - 0.5, box.y + box.height - 0.5
    corners = matrix @ np.array([[x0, x1, x1, x0], [y0, y0, y1, y1], [1, 1, 1, 1]], float)
    xs, ys = corners[:2] / corners[2] + 0.5
    left, right = _span(xs.min(), xs.max(), size[0])
    top, bottom = _span(ys.min(), ys.max(), size[1])
    return Box(left, top, right - left, bottom - top)


def _span(low: float, high: float, limit: int) -> tuple[int, int]:
    # Rounding first absorbs the last bits of floating point: 12.0000001 is still pixel 12.
    start = int(np.clip(np.floor(np.round(low, 6)), 0, limit - 1))
    return start, int(np.clip(np.ceil(np.round(high, 6)), start + 1, limit))
