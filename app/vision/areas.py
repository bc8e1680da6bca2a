"""Areas as clients send them: boxes with fractions, beyond the edge of the picture, or as lists of four numbers."""

import math
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, ConfigDict, Field, GetCoreSchemaHandler, GetPydanticSchema
from pydantic_core import CoreSchema, core_schema

from app.vision.region import MAX_COORDINATE, Box

MAX_AREAS = 1000
_FIELDS = "x", "y", "width", "height"

# Strict, since `true` and "1" are no numbers in JSON.
Position = Annotated[float, Field(strict=True, ge=-MAX_COORDINATE, le=MAX_COORDINATE)]
Length = Annotated[float, Field(strict=True, gt=0, le=MAX_COORDINATE)]


@dataclass(frozen=True)
class Area:
    """A rectangle in pixels of A: its top left corner and its size."""

    __pydantic_config__: ClassVar = ConfigDict(extra="forbid", allow_inf_nan=False)

    x: Position
    y: Position
    width: Length
    height: Length


def _name_fields(value: Any) -> Any:
    """A list [x, y, width, height] or a Box as an object with these fields, and none beside them."""
    if isinstance(value, Box):
        return vars(value)
    if isinstance(value, (list, tuple)) and len(value) == 4:
        return dict(zip(_FIELDS, value, strict=True))
    if not isinstance(value, dict):
        raise ValueError("must be a box {x, y, width, height} or [x, y, width, height]")
    unknown = next((name for name in value if name not in _FIELDS), None)
    if unknown is not None:
        raise ValueError(f"must have only x, y, width and height, and not {str(unknown)[:40]!r}")
    return value


def _limit_number(areas: Any) -> Any:
    """Refuse too many areas before each is checked: pydantic itself collects the errors of all of them first."""
    if isinstance(areas, (list, tuple)) and len(areas) > MAX_AREAS:
        raise ValueError(f"must have at most {MAX_AREAS} items")
    return areas


def _boxes(areas: tuple[Area, ...]) -> tuple[Box, ...]:
    """The areas in whole pixels, rounded outwards, without the parts left of and above the picture."""
    spans = [(_span(area.x, area.width), _span(area.y, area.height)) for area in areas]
    return tuple(Box(x, y, right - x, bottom - y) for (x, right), (y, bottom) in spans if right > x and bottom > y)


def _span(start: float, length: float) -> tuple[int, int]:
    # Rounding first removes floating-point errors: 12.0000001 is still pixel 12.
    end = math.ceil(round(start + length, 6))
    return max(0, math.floor(round(start, 6))), min(end, MAX_COORDINATE)


_Four = tuple[Position, Position, Length, Length]
_Named = Annotated[Area, BeforeValidator(_name_fields, json_schema_input_type=Area | _Four)]


def _schema(_source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
    sent = handler.generate_schema(
        Annotated[tuple[_Named, ...], Field(max_length=MAX_AREAS), BeforeValidator(_limit_number)]
    )
    read = core_schema.no_info_after_validator_function(_boxes, sent)
    return core_schema.chain_schema([read, handler.generate_schema(tuple[Box, ...])])


Areas = Annotated[tuple[Box, ...], GetPydanticSchema(_schema)]
"""Areas that were sent, as boxes in whole pixels."""
