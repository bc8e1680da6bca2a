"""The result of comparing all frames or pages of two files: its sentences, its pictures and the verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.evaluation.report import Verdict
from app.vision.analysis import Drawing
from app.vision.region import Region

MAX_NAMED = 6  # numbers in a sentence


@dataclass(frozen=True)
class DifferentFrame:
    """A frame whose pixels are not equal.

    number: from 1. verdict, regions: of this frame, as for the first one. drawings: A and B with their changes
    outlined, by name; None unless the frame is one of the first that changed.
    """

    number: int
    verdict: Verdict
    regions: Sequence[Region] = ()
    drawings: Mapping[str, Drawing] | None = None


@dataclass(frozen=True)
class FrameComparison:
    """The n-th frame of A compared with the n-th of B, for all n from 2 on.

    word: "frame" or "page". counts: the numbers of frames of A and B. compared: how many of each were compared, the
    first included. durations: the milliseconds of these frames in A and in B.
    different: those whose pixels are not equal. obstacle: why not all could be compared, as a sentence.
    """

    word: str
    counts: tuple[int, int]
    compared: int
    durations: tuple[Sequence[float | None], Sequence[float | None]]
    different: Sequence[DifferentFrame]
    obstacle: str | None = None

    @property
    def drawings(self) -> Mapping[str, Drawing]:
        """The functions that draw frames, by the names of their pictures."""
        return {name: draw for frame in self.different for name, draw in (frame.drawings or {}).items()}

    @property
    def notes(self) -> list[str]:
        """The numbers of frames, and their durations if these differ: sentences."""
        a, b = self.counts
        if a != b:
            notes = [f"A has {self._counted(a)}, B has {b:,}."]
        else:
            notes = [f"Both have {self._counted(a)}{'' if self.obstacle else '; all were compared'}."]
        return [*notes, *self._durations()]

    def verdict(self, first: Verdict) -> Verdict:
        """The verdict of all frames. first: that of the first frames.

        Frames that differ, that only one file has, or that were not compared make it `changed`. Such a frame is never
        passed over, since a test would pass, too.
        """
        if first.kind == "different":
            return first
        sentences = self._sentences()
        if sentences:
            kind = "changed"
        elif first.kind == "identical" and self.different:
            kind = "same"
            sentences = [f"{self._which(self.different)} slightly"]
        else:
            return first
        if first.kind == "identical":
            lead, *others = sentences
            summary = f"{lead}; the first {self.word}s are identical. {_joined(others)}"
        elif first.kind == "changed":
            summary = f"{first.summary} {_joined(sentences)}"
        else:
            summary = f"{_joined(sentences)} First {self.word}s: {first.summary}"
        sure = first.confidence if kind == first.kind else 1.0  # what differs in later frames was counted
        return first.model_copy(update={"kind": kind, "summary": summary.strip(), "confidence": sure})

    def _sentences(self) -> list[str]:
        """What makes the verdict `changed`, without full stops."""
        changed = [frame for frame in self.different if frame.verdict.kind in ("changed", "different")]
        more = self.counts[1] - self.counts[0]
        return [
            *([self._which(changed)] if changed else []),
            *([f"B has {self._counted(abs(more))} {'more' if more > 0 else 'fewer'}"] if more else []),
            *([self.obstacle] if self.obstacle else []),
        ]

    def _which(self, frames: Sequence[DifferentFrame]) -> str:
        """Such as "Frame 2 of 2 differs"."""
        numbers, of = [frame.number for frame in frames], f"of {min(self.counts):,}"
        first, last = numbers[0], numbers[-1]
        plural = f"{self.word.capitalize()}s"
        if len(numbers) == 1:
            return f"{self.word.capitalize()} {first:,} {of} differs"
        if len(numbers) == last - first + 1 > 2:
            return f"{plural} {first:,} to {last:,} {of} differ"
        if len(numbers) <= MAX_NAMED:
            return f"{plural} {', '.join(f'{number:,}' for number in numbers[:-1])} and {last:,} {of} differ"
        return f"{len(numbers):,} {of} {self.word}s differ, from {self.word} {first:,} on"

    def _durations(self) -> list[str]:
        a, b = ([duration for duration in side if duration is not None] for side in self.durations)
        if a == b or len(a) != len(b):  # pages have none
            return []
        totals = sum(a) / 1000, sum(b) / 1000
        if abs(totals[0] - totals[1]) < 0.005:
            return [f"Some {self.word}s are shown for a longer or a shorter time."]
        return [f"The compared {self.word}s of A take {totals[0]:.2f} s, those of B {totals[1]:.2f} s."]

    def _counted(self, count: int) -> str:
        return f"{count:,} {self.word}{'' if count == 1 else 's'}"


def _joined(sentences: Sequence[str]) -> str:
    return " ".join(f"{sentence}." for sentence in sentences)
