"""What a caller may ask of the comparison itself."""

import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from app.vision.region import Box

MAX_IGNORED = 1000


class Options(BaseModel):
    """How two pictures are to be compared. Frozen, so that it can key a stored result."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    align: Literal["auto", "off"] = Field("auto", description="Line B up with A first, or compare as given.")
    threshold: float = Field(
        0.1,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="Colour distance above which a pixel differs, as pixelmatch defines it.",
    )
    ignore: tuple[Box, ...] = Field(
        (),
        max_length=MAX_IGNORED,
        description="Boxes of A left out of every measure, as a JSON list of {x, y, width, height}.",
    )

    @field_validator("ignore", mode="before")
    @classmethod
    def _parse_form_field(cls, value: Any) -> Any:
        """A form can only send text: take the list as JSON there, too."""
        try:
            boxes = json.loads(value or "[]") if isinstance(value, str) else value
        except (ValueError, RecursionError):
            boxes = None
        if not isinstance(boxes, (list, tuple)):
            raise ValueError("must be a JSON list of boxes {x, y, width, height}")
        return boxes
