"""The options of a comparison."""

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from app.vision.areas import Areas
from app.vision.points import MAX_PAIRS, PointPairs
from app.vision.region import as_integer

MAX_PIXELS = 1_000_000_000  # more than any picture has
MAX_FIELDS = 100  # of an object; far more than there are options
WINDOW = 16  # the side of the window of `window_pixels`, in pixels


def _boxes(value: Any, info: ValidationInfo) -> Any:
    """A list of boxes, or from a form its JSON text."""
    boxes = _parse_text(value, "[]", info)
    if not isinstance(boxes, (list, tuple)):
        raise ValueError("must be a list of boxes {x, y, width, height} or [x, y, width, height]")
    return tuple(boxes)


def _flag(value: Any, info: ValidationInfo) -> Any:
    """A form sends text, a Python client `True`. Pydantic alone would also accept `on`, `y` and 1."""
    text = isinstance(value, str) and info.mode == "python"
    return {"true": True, "false": False}.get(value.lower(), value) if text else value


Flag = Annotated[bool, Field(strict=True), BeforeValidator(_flag)]


def _settings(value: Any, info: ValidationInfo) -> Any:
    """The settings of a finder as an object, or from a form its JSON text."""
    settings = _parse_text(value, "{}", info)
    if not isinstance(settings, (dict, Settings)):
        raise ValueError("must be a JSON object with the settings of this finder")
    return settings


def _parse_text(value: Any, empty: str, info: ValidationInfo) -> Any:
    """Parse text from a form as JSON; None if it is invalid. In a JSON body, text stays text."""
    try:
        return json.loads(value or empty) if isinstance(value, str) and info.mode == "python" else value
    except (ValueError, RecursionError):
        return None


class Settings(BaseModel):
    """Base of all options."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _limit_fields(cls, fields: Any) -> Any:
        """Refuse very many fields before each becomes an error of its own."""
        if isinstance(fields, dict) and len(fields) > MAX_FIELDS:
            raise ValueError(f"must have at most {MAX_FIELDS} fields")
        return fields

    @field_validator("*", mode="before")
    @classmethod
    def _as_integer(cls, value: Any) -> Any:
        return as_integer(value)


class Pixelwise(Settings):
    """Settings of the finder `pixelwise`."""

    distance: float = Field(60, ge=0, le=765, description="Red-mean colour distance above which a pixel changed.")
    reach: int = Field(8, ge=1, le=100, description="The largest distance of neighbours, in rows and columns (eps).")
    neighbours: int = Field(
        12, ge=1, le=10_000, description="Changed pixels within reach that make a core pixel (MinPts)."
    )
    interest: float = Field(100, ge=0, description="Clusters with a smaller changed + 2 height + width are dropped.")


class Spotter(Settings):
    """Settings of the finder `spotter`."""

    blur: int = Field(50, ge=1, le=10_000, description="The blur's kernel is the width divided by this, made odd.")
    sigma: float = Field(1.5, gt=0, le=10, description="Standard deviation of the blur, in pixels.")
    quantile: float = Field(0.95, ge=0, le=1, description="Pixels above this quantile of 1 - SSIM count.")
    openings: int = Field(3, ge=0, le=100, description="Number of openings of the mask, by 3 x 3.")
    dilations: int = Field(2, ge=0, le=100, description="Number of dilations of the mask, by 5 x 5.")
    longest: float = Field(0.5, gt=0, le=1, description="Boxes that are longer than this share of a side are dropped.")
    count: int = Field(15, ge=1, le=100, description="The largest regions are kept, up to this number.")


class Gradient(Settings):
    """Settings of the finder `gradient`; `preprocess` and `factor` also apply to `difference`."""

    metric: Literal["mse", "psnr", "ssim", "ms_ssim", "lpips"] = Field("mse", description="The metric that is derived.")
    preprocess: Literal["identity", "normalize", "high_pass", "low_pass"] = Field(
        "identity", description="The filter that is applied to both pictures first."
    )
    factor: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="high_pass: the central share of the spectrum that is zeroed, by default 0.1; "
        "low_pass: the central share that is kept, by default 0.9.",
    )


class Options(Settings):
    """How to compare two pictures. `finder` is a key of app.vision.finders.FINDERS; EvaluationRequest checks that."""

    align: Literal["auto", "off"] = Field("auto", description="Align B with A first, or compare the pictures as given.")
    threshold: float = Field(
        0.1, ge=0, le=1, description="Colour distance above which a pixel differs, as pixelmatch defines it."
    )
    colour_distance: Literal["oklab", "yiq"] = Field(
        "oklab", description="The colour distance: HyAB in OKLab as in pixelmatch 8, or YIQ as in pixelmatch 5 to 7."
    )
    ignore: Annotated[Areas, BeforeValidator(_boxes)] = Field(
        (),
        description="Boxes of A that all measures leave out, as a JSON list of {x, y, width, height} or "
        "[x, y, width, height]. Boxes are rounded outwards to whole pixels and cut at the edges of the picture.",
    )
    points: PointPairs = Field(
        (),
        description="Two to four pairs of points that lie on each other, as a JSON list of [ax, ay, bx, by] in pixels "
        "of A and of B. B is lined up by them and no motion is searched; `align` says whether their motion is refined "
        "(`auto`) or kept (`off`).",
        json_schema_extra={"maxItems": MAX_PAIRS},
    )
    min_size: int = Field(
        0, ge=0, le=MAX_PIXELS, description="Regions with fewer changed pixels are not reported and do not count."
    )
    allow_pixels: int = Field(
        0, ge=0, le=MAX_PIXELS, description="Changes pass together if at most this many pixels differ."
    )
    allow_share: float = Field(
        0, ge=0, le=1, description="Changes pass together if at most this share of the compared pixels differs."
    )
    allow_window: int = Field(
        0,
        ge=0,
        le=WINDOW**2,
        description="Changes pass together if at most this many pixels differ in any window of 16 x 16.",
    )
    allow_shift: int = Field(
        0,
        ge=0,
        le=32,
        description="A region passes if its content only moved, by at most this many pixels in x and in y.",
    )
    allow_tone: int = Field(
        0,
        ge=0,
        le=255,
        description="A region passes if no channel of its pixels differs by more than this many levels.",
    )
    allow_smoothing: Flag = Field(
        False, description="A region passes if only the smoothing of its text and edges differs."
    )
    finder: str = "combined"
    pixelwise: Annotated[Pixelwise, BeforeValidator(_settings)] = Field(
        Pixelwise(), description="Settings of the finder pixelwise, as a JSON object."
    )
    spotter: Annotated[Spotter, BeforeValidator(_settings)] = Field(
        Spotter(), description="Settings of the finder spotter, as a JSON object."
    )
    gradient: Annotated[Gradient, BeforeValidator(_settings)] = Field(
        Gradient(), description="Settings of the finders gradient and difference, as a JSON object."
    )
