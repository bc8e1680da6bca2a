"""The result of one pair of files."""

from typing import Literal

from pydantic import Field

from app.evaluation.report import ApiModel, VerdictKind
from app.vision.tolerances import Allowed

Status = Literal["compared", "added", "removed", "renamed", "failed"]
Shown = Literal["before", "after", "changes"]
Outcome = Literal["different", "failed", "changed", "removed", "added", "renamed", "same", "identical"]

# Worst first.
OUTCOMES: tuple[Outcome, ...] = ("different", "failed", "changed", "removed", "added", "renamed", "same", "identical")


class Row(ApiModel):
    """One pair, or one file that only one of the folders has.

    id, name: see `Files`. name_after: the name in AFTER if it differs.
    key: a digest of the files, the options and the program; empty if the pair must be compared again.
    kind to ssim: the verdict, the number of regions, and metrics as in a report; None if not measured.
    seconds: of the comparison. report, thumbnails: files relative to the folder of results.
    allowed: what passed because of which tolerance.
    not_run: requested analyses that did not run, with the reasons. reason: of a failure or of a missing thumbnail.
    """

    id: str
    name: str
    name_after: str | None = None
    status: Status
    key: str = ""
    kind: VerdictKind | None = None
    summary: str | None = None
    regions: int | None = None
    pixel_match_rate: float | None = None
    different_pixels: int | None = None
    ssim: float | None = None
    allowed: list[Allowed] = Field(default_factory=list)
    seconds: float = 0
    report: str | None = None
    thumbnails: dict[Shown, str] = Field(default_factory=dict)
    not_run: dict[str, str] = Field(default_factory=dict)
    reason: str | None = None

    @property
    def outcome(self) -> Outcome:
        """The verdict's kind, or the status of a pair without one; "renamed" if only the name changed."""
        if self.status == "renamed":
            return self.kind if self.kind in ("changed", "different") else "renamed"
        if self.status != "compared":
            return self.status
        return self.kind or "failed"

    @property
    def current_name(self) -> str:
        """The new name of a renamed file, otherwise `name`."""
        return (self.name_after or self.name) if self.status == "renamed" else self.name

    @property
    def changed(self) -> float:
        """The share of pixels that changed, in [0, 1]; 0 if not measured."""
        return 1 - (1 if self.pixel_match_rate is None else self.pixel_match_rate)

    @property
    def files(self) -> list[str]:
        """The files of this row: thumbnails and report."""
        return [*self.thumbnails.values(), *([self.report] if self.report else [])]


def worst_first(row: Row) -> tuple[int, float, str, str]:
    """A sort key: the worst outcome first, then the largest change."""
    return OUTCOMES.index(row.outcome), -row.changed, row.name, row.id
