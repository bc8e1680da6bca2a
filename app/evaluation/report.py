"""The report, as the API returns it and the page renders it."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from app.vision.region import Box, Kind, ToleranceName
from app.vision.tolerances import Allowed

VerdictKind = Literal["identical", "same", "changed", "different"]
Link = Annotated[str, WithJsonSchema({"type": "string", "format": "uri-reference"})]


def _allow_new_fields(schema: dict[str, Any]) -> None:
    """Allow unknown fields in the published schema, since later versions may add some."""
    schema.pop("additionalProperties", None)


class ApiModel(BaseModel):
    """Base class of the API's responses: immutable and without extra fields."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra=_allow_new_fields,
        json_schema_serialization_defaults_required=True,
        json_schema_mode="serialization",  # type: ignore[typeddict-unknown-key]  # openapi-pydantic reads it
    )


class FileDescription(ApiModel):
    """The properties of one of the two files. Width and height are those of the upright picture."""

    width: int
    height: int
    format: str
    colour: str
    bits: int
    alpha: bool
    frames: int
    orientation: int
    profile: str | None


class FileInfo(ApiModel):
    """A picture as it was sent."""

    name: str
    bytes: int
    sha256: str


class PictureInfo(FileDescription, FileInfo):
    """The properties, name, size and digest of one of the two files."""


class Verdict(ApiModel):
    """The result of the comparison: a kind for programs and a summary for people."""

    kind: VerdictKind
    summary: str
    allowed: list[Allowed] = Field([], description="What passed because of which tolerance.")
    confidence: float | None = Field(
        None, ge=0, le=1, description="An estimate of how likely the kind is right; null in reports without it."
    )


class AlignmentInfo(ApiModel):
    """The alignment of B with A. `matrix` maps B's pixels to A's; `overlap` is a share of A; `error` is in pixels.

    `radial` is the term k of B's lens, which shows a point at r half diagonals from its middle at r (1 + k r²).
    `points` is the number of pairs of points that were given.
    """

    status: Literal["not_needed", "applied", "failed", "off"]
    kind: str
    matrix: list[list[float]] | None
    overlap: float
    inliers: int
    error: float | None
    radial: float = 0.0
    points: int = 0
    summary: str | None


class AnalysisInfo(ApiModel):
    """The status of an analysis, the reason if it did not run, and its duration."""

    name: str
    status: Literal["ok", "unavailable", "failed"]
    reason: str | None
    milliseconds: float


class Label(ApiModel):
    """An ImageNet class and the probability that the network gives it."""

    label: str
    probability: float


class RegionInfo(ApiModel):
    """A changed region: `box` in A's pixels, `box_b` the same region in B's own pixels.

    `moved_to` and `moved_from` are in A's frame; `before` and `after` are what the network recognises in the region.
    """

    box: Box
    box_b: Box
    changed_pixels: int
    score: float
    found_by: tuple[str, ...]
    kind: Kind = "changed"
    moved_to: Box | None = None
    moved_from: Box | None = None
    before: Label | None = None
    after: Label | None = None
    allowed: ToleranceName | None = Field(None, description="The tolerance that lets the region pass.")


class ScoredBox(ApiModel):
    """A region of a finder, in A's pixels, and its score in [0, 1]."""

    box: Box
    score: float


class FrameInfo(ApiModel):
    """A frame or page after the first whose pixels differ: its number, counted from 1, and a verdict of its own.

    `regions`: up to 20 of those that changed, in A's pixels. They are searched until frames of 10 million pixels
    differ; the verdicts of later frames are by the number of different pixels.
    """

    number: int
    kind: VerdictKind
    summary: str
    regions: list[ScoredBox]


class MethodInfo(AnalysisInfo):
    """The result of one finder: the number of its regions, and up to 200 of those with the most change."""

    count: int
    regions: list[ScoredBox]


class Classification(ApiModel):
    """The five likeliest classes of each picture."""

    a: list[Label]
    b: list[Label]


class Recognised(ApiModel):
    """What each photograph shows, if the network is right at such a probability four times out of five; else null."""

    a: Label | None
    b: Label | None


class NetworkInfo(ApiModel):
    """The network that measured embeddings and classes, the source of its weights, and their licence."""

    name: str
    source: str
    licence: str


class Findings(ApiModel):
    """The results of an evaluation. They depend only on the pictures, the options and the program."""

    a: FileDescription
    b: FileDescription
    verdict: Verdict
    notes: list[str] = Field(description="Other differences of the files, and parts that were not compared: sentences.")
    alignment: AlignmentInfo
    analyses: list[AnalysisInfo]
    metrics: dict[str, int | float | None] = Field(
        description="The metrics of the analyses that ran. Null: it could not be computed; its analysis has the reason."
    )
    classification: Classification | None = Field(description="Null if no network ran.")
    hashes: dict[str, dict[str, str]] | None = Field(description="The perceptual hashes of `a` and `b`, hexadecimal.")
    device: str | None = Field(description="The device that the network ran on.")
    regions: list[RegionInfo] = Field(description="The changed regions: up to 1,000, those with most change.")
    # The following fields are missing in old stored reports.
    regions_omitted: int = Field(0, description="How many changed regions `regions` leaves out.")
    frames: list[FrameInfo] = Field(
        [],
        description="The frames or pages after the first that differ. Those of kind `changed` or `different` make the "
        "verdict `changed`. The pictures `frame_N_a` and `frame_N_b` show the first four of them.",
    )
    frames_compared: int | None = Field(
        None,
        description="How many frames or pages of each file were compared, the first included; null if both files have "
        "one, or if they are equal byte for byte.",
    )
    network: NetworkInfo | None = Field(
        None, description="The network of embeddings and classes; null if neither was requested, and in old reports."
    )
    recognised: Recognised | None = Field(None, description="What each picture shows; null if no network ran.")
    methods: list[MethodInfo] | None = Field(
        None, description="The results of all finders, if `methods` was requested."
    )
    correspondences: list[tuple[float, float, float, float]] | None = Field(
        None, description="Points that ORB matches: x and y in A, x and y in B."
    )
    timings: dict[str, float] = Field(description="Milliseconds by step; `total` is all of them.")

    @property
    def complete(self) -> bool:
        """Whether every analysis and every finder ran; if not, another evaluation may give more results."""
        return all(ran.status == "ok" for ran in [*self.analyses, *(self.methods or [])])

    @property
    def region_count(self) -> int:
        """The number of changed regions, listed or not."""
        return len(self.regions) + self.regions_omitted

    @property
    def changed_frames(self) -> list[FrameInfo]:
        """The frames that make the verdict `changed`."""
        return [frame for frame in self.frames if frame.kind != "same"]

    @property
    def frame_word(self) -> str:
        """What frames are called: "page" for two TIFFs, else "frame"."""
        return "page" if self.a.format == self.b.format == "TIFF" else "frame"


class Report(Findings):
    """The findings with their files, time, images and links."""

    id: str
    created: datetime
    pair: str = Field(description="The id of the pair.")
    a: PictureInfo
    b: PictureInfo
    images: dict[str, Link] = Field(description="The report's pictures by name: PNG, JPEG or WebP.")
    links: dict[str, Link] = Field(description="`self`, `page`, `download`, `sheet` and `pair`.")
    options: dict[str, Any] = Field(description="The options in force, all but `fresh`.")

    @property
    def shown_frames(self) -> list[FrameInfo]:
        """The changed frames of which there are pictures."""
        return [frame for frame in self.changed_frames if f"frame_{frame.number}_a" in self.images]
