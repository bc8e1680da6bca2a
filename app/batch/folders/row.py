"""What is told of one pair of files."""

from typing import Literal

from pydantic import Field

from app.evaluation.report import ApiModel, VerdictKind

Status = Literal["compared", "added", "removed", "renamed", "failed"]
Shown = Literal["before", "after", "changes"]
Outcome = Literal["different", "failed", "changed", "removed", "added", "renamed", "same", "identical"]

# Worst first.
OUTCOMES: tuple[Outcome, ...] = ("different", "failed", "changed", "removed", "added", "renamed", "same", "identical")


class Row(ApiModel):
    """One pair, or one file that only one of the folders has.

    id, name: of the file, see `Files`. name_after: its name in AFTER, where it is another there.
    key: a digest of the question that this row answers; empty where the question is to be asked again.
    kind and what follows: of the verdict, and of the metrics by their names in a report; None where not measured.
    seconds: what it took. report, thumbnails: files, relative to the folder of results; thumbnails by what they show.
    not_run: analyses that were asked for and did not run, and why. reason: why it failed, or why there is no thumbnail.
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
    seconds: float = 0
    report: str | None = None
    thumbnails: dict[Shown, str] = Field(default_factory=dict)
    not_run: dict[str, str] = Field(default_factory=dict)
    reason: str | None = None

    @property
    def outcome(self) -> Outcome:
        """The verdict's kind, or what happened instead of a verdict; "renamed" where nothing but the name changed."""
        if self.status == "renamed":
            return self.kind if self.kind in ("changed", "different") else "renamed"
        if self.status != "compared":
            return self.status
        return self.kind or "failed"

    @property
    def current_name(self) -> str:
        """The name that a renamed file has now; of others, `name`."""
        return (self.name_after or self.name) if self.status == "renamed" else self.name

    @property
    def changed(self) -> float:
        """The share of pixels that changed, 0 to 1; 0 where it was not measured."""
        return 1 - (1 if self.pixel_match_rate is None else self.pixel_match_rate)

    @property
    def files(self) -> list[str]:
        """The files that belong to it."""
        return [*self.thumbnails.values(), *([self.report] if self.report else [])]


def worst_first(row: Row) -> tuple[int, float, str, str]:
    """A key to sort by."""
    return OUTCOMES.index(row.outcome), -row.changed, row.name, row.id
