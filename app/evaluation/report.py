"""A report, as the API shows it and the page renders it."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from app.vision.region import Box, Kind

VerdictKind = Literal["identical", "same", "changed", "different"]
Link = Annotated[str, WithJsonSchema({"type": "string", "format": "uri-reference"})]


def _open(schema: dict[str, Any]) -> None:
    """Readers are to pass over fields that they do not know, since later versions may add some."""
    schema.pop("additionalProperties", None)


class ApiModel(BaseModel):
    """Base of all that is answered: immutable, and strict about its fields."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra=_open,
        json_schema_serialization_defaults_required=True,
        json_schema_mode="serialization",  # type: ignore[typeddict-unknown-key]  # openapi-pydantic reads it
    )


class FileDescription(ApiModel):
    """What one of the two files holds; width and height are those of the upright picture."""

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
    """What one of the two files holds, and which file it was."""


class Verdict(ApiModel):
    """The answer: a kind for programs, a sentence for people."""

    kind: VerdictKind
    summary: str


class AlignmentInfo(ApiModel):
    """How B was laid over A. `matrix` takes B's pixels to A's; `overlap` is a share of A; `error` is in pixels."""

    status: Literal["not_needed", "applied", "failed", "off"]
    kind: str
    matrix: list[list[float]] | None
    overlap: float
    inliers: int
    error: float | None
    summary: str | None


class AnalysisInfo(ApiModel):
    """Whether an analysis ran, why not, and how long it took."""

    name: str
    status: Literal["ok", "unavailable", "failed"]
    reason: str | None
    milliseconds: float


class Label(ApiModel):
    """An ImageNet class, and the probability that the network gives it."""

    label: str
    probability: float


class RegionInfo(ApiModel):
    """A changed place: `box` in A, `box_b` the same place in B's own pixels.

    `moved_to` and `moved_from` are in A's frame; `before` and `after` what the network recognises there.
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


class ScoredBox(ApiModel):
    """A place that a finder marked in A, and how sure it is, in [0, 1]."""

    box: Box
    score: float


class MethodInfo(AnalysisInfo):
    """What one finder made of the pair: how many regions, and those with most change, 200 at most."""

    count: int
    regions: list[ScoredBox]


class Classification(ApiModel):
    """The five likeliest classes of each picture."""

    a: list[Label]
    b: list[Label]


class Recognised(ApiModel):
    """What each photograph shows, where the network is right about it four times of five; else null."""

    a: Label | None
    b: Label | None


class NetworkInfo(ApiModel):
    """The network that measured embeddings and classes: where its weights come from, and their licence."""

    name: str
    source: str
    licence: str


class Findings(ApiModel):
    """All that an evaluation found out. It depends on the pictures, the options and the program alone."""

    a: FileDescription
    b: FileDescription
    verdict: Verdict
    notes: list[str] = Field(description="What else the two files differ in, or what was passed over: sentences.")
    alignment: AlignmentInfo
    analyses: list[AnalysisInfo]
    metrics: dict[str, int | float | None] = Field(
        description="Those of the analyses that ran. Null: it could not be computed, and its analysis says why."
    )
    classification: Classification | None = Field(description="Null where no network ran.")
    hashes: dict[str, dict[str, str]] | None = Field(description="The perceptual hashes of `a` and `b`, hexadecimal.")
    device: str | None = Field(description="What the network ran on.")
    regions: list[RegionInfo] = Field(description="The changed places.")
    # Reports stored before there was such a thing still open.
    network: NetworkInfo | None = Field(
        None, description="What measured embeddings and classes; null where neither was asked for, or in old reports."
    )
    recognised: Recognised | None = Field(None, description="What each picture shows; null where no network ran.")
    methods: list[MethodInfo] | None = Field(
        None, description="What every finder made of it, if `methods` was asked for."
    )
    correspondences: list[tuple[float, float, float, float]] | None = Field(
        None, description="Places that ORB holds for the same: x and y in A, x and y in B."
    )
    timings: dict[str, float] = Field(description="Milliseconds by step; `total` is all of them.")

    @property
    def complete(self) -> bool:
        """Whether every analysis and every method ran: if not, asking again may tell more."""
        return all(ran.status == "ok" for ran in [*self.analyses, *(self.methods or [])])


class Report(Findings):
    """The findings, about which files, when, and where to get the rest."""

    id: str
    created: datetime
    pair: str = Field(description="The id of the pair that it is about.")
    a: PictureInfo
    b: PictureInfo
    images: dict[str, Link] = Field(description="The report's pictures by name: PNG, JPEG or WebP.")
    links: dict[str, Link] = Field(description="`self`, `page`, `download`, `sheet` and `pair`.")
    options: dict[str, Any] = Field(description="The options in force, all but `fresh`.")
