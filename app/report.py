"""A report, as the API shows it and the page renders it."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from app.vision.region import Box, Kind

VerdictKind = Literal["identical", "same", "changed", "different"]


class Part(BaseModel):
    """Base of everything in a report: immutable, and strict about its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Described(Part):
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


class PictureInfo(Described):
    """What one of the two files holds, and which file it was."""

    name: str
    bytes: int
    sha256: str


class Verdict(Part):
    """The answer: a kind for programs, a sentence for people."""

    kind: VerdictKind
    summary: str


class AlignmentInfo(Part):
    """How B was laid over A. `matrix` takes B's pixels to A's; `overlap` is a share of A; `error` is in pixels."""

    status: Literal["not_needed", "applied", "failed", "off"]
    kind: str
    matrix: list[list[float]] | None
    overlap: float
    inliers: int
    error: float | None
    summary: str | None


class AnalysisInfo(Part):
    """Whether an analysis ran, why not, and how long it took."""

    name: str
    status: Literal["ok", "unavailable", "failed"]
    reason: str | None
    milliseconds: float


class Label(Part):
    """A class that MobileNet names, and how likely it holds it."""

    label: str
    probability: float


class RegionInfo(Part):
    """A changed place: `box` in A, `box_b` the same place in B's own pixels.

    `moved_to` and `moved_from` are in A's frame; `before` and `after` the classes that MobileNet is sure of.
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


class Spot(Part):
    """A place that a finder marked in A, and how sure it is, in [0, 1]."""

    box: Box
    score: float


class MethodInfo(AnalysisInfo):
    """What one finder made of the pair: how many regions, and those with most change, 200 at most."""

    count: int
    regions: list[Spot]


class Classification(Part):
    """The five likeliest classes of each picture."""

    a: list[Label]
    b: list[Label]


class Findings(Part):
    """All that an evaluation found out. It depends on the pictures, the options and the program alone."""

    a: Described
    b: Described
    verdict: Verdict
    notes: list[str]
    alignment: AlignmentInfo
    analyses: list[AnalysisInfo]
    metrics: dict[str, int | float | None]
    classification: Classification | None
    hashes: dict[str, dict[str, str]] | None
    device: str | None
    regions: list[RegionInfo]
    # Reports stored before there was such a thing still open.
    methods: list[MethodInfo] | None = None
    correspondences: list[tuple[float, float, float, float]] | None = None
    timings: dict[str, float]

    @property
    def complete(self) -> bool:
        """Whether every analysis and every method ran: if not, asking again may tell more."""
        return all(ran.status == "ok" for ran in [*self.analyses, *(self.methods or [])])


class Report(Findings):
    """The findings, about which files, when, and where to get the rest."""

    id: str
    created: datetime
    pair: str
    a: PictureInfo
    b: PictureInfo
    images: dict[str, str]
    links: dict[str, str]
    options: dict[str, Any]
