"""Compares the frames of two animations, or the pages of two TIFFs, in pairs."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import cv2
import numpy as np

from app.evaluation.compare import Comparison, compare
from app.evaluation.findings import first_verdict
from app.evaluation.frames import DifferentFrame, FrameComparison
from app.evaluation.report import Verdict
from app.evaluation.request import EvaluationRequest, InvalidOptions
from app.execution.deadline import StepTimer
from app.vision.alignment.align import same_pixels
from app.vision.analysis import Drawing
from app.vision.arrays import UInt8
from app.vision.decoding.decode import Picture
from app.vision.decoding.errors import PictureError, PictureTooLarge, UnsupportedFormat
from app.vision.decoding.frames import Frame, frames
from app.vision.decoding.metadata import Description
from app.vision.drawing.outlines import illustrate
from app.vision.geometry import Size
from app.vision.pair import Pair
from app.vision.region import Box, Region
from app.vision.resize import shrink_to

ANALYSES = ("pixel", "regions")
MAX_DRAWN = 4
THOROUGH_PIXELS, MIN_COST = 10_000_000, 100_000  # of frames in which regions are searched; pixels that each counts
DRAWN_PIXELS = 500_000


def compare_frames(
    files: tuple[bytes, bytes],
    pictures: tuple[Picture, Picture],
    request: EvaluationRequest,
    max_pixels: int,
    clock: StepTimer,
) -> FrameComparison | None:
    """Compare the n-th frame of A with the n-th of B; None if the files are equal byte for byte, or have one frame each
    and nothing that may be another.

    pictures: the first frames. max_pixels: of all frames of a file together. Frames are decoded one after the other, so
    that only one pair is in memory. Raises DeadlinePassed.
    """
    descriptions = [picture.description for picture in pictures]
    counts = descriptions[0].frames, descriptions[1].frames
    if files[0] == files[1] or all(description.is_single for description in descriptions):
        return None
    readers = [frames(data, first, max_pixels) for data, first in zip(files, pictures, strict=True)]
    word = "page" if all(description.format == "TIFF" for description in descriptions) else "frame"
    judge = _Judge(request, clock, (pictures[0].size, pictures[1].size))
    durations: tuple[list[float | None], list[float | None]] = ([], [])
    obstacle, compared, shared = None, 1, min(counts)
    for number in range(1, shared + 1) if shared > 1 else ():
        clock.check()
        a, b = (_next(reader) for reader in readers)
        if isinstance(a, PictureError) or isinstance(b, PictureError):
            obstacle = _obstacle(word, number, shared, a, b)
            break
        for side, frame in zip(durations, (a, b), strict=True):
            side.append(frame.duration)
        if number > 1 and not same_pixels(a.picture, b.picture):
            judge.add(number, a.picture, b.picture)
        compared = number
    obstacle = obstacle or _rest(word, descriptions)
    return FrameComparison(word, counts, compared, durations, judge.different, obstacle)


def _next(reader: Iterator[Frame]) -> Frame | PictureError:
    try:
        return next(reader)
    except PictureError as error:
        return error


def _obstacle(word: str, number: int, last: int, *outcomes: Frame | PictureError) -> str:
    """Why the frames from `number` to `last` are not compared, without a full stop."""
    errors = {name: error for name, error in zip("AB", outcomes, strict=True) if isinstance(error, PictureError)}
    name, error = next(iter(errors.items()))
    left = (
        f"{word.capitalize()} {number:,} was" if number == last else f"{word.capitalize()}s {number:,} to {last:,} were"
    )
    if isinstance(error, PictureTooLarge | UnsupportedFormat):
        return f"{left} not compared: {error}"
    return f"{left} not compared: {word} {number:,} of {name} cannot be read, {error}"


def _rest(word: str, descriptions: Sequence[Description]) -> str | None:
    """That a file goes on after its last frame, without a full stop."""
    names = [name for name, description in zip("AB", descriptions, strict=True) if description.has_more]
    of = " and of ".join(names)
    return f"What follows the last {word} of {of} cannot be read, and was not compared" if names else None


class _Judge:
    """Collects the frames that differ, each with a verdict of its own. sizes: those of the first frames."""

    def __init__(self, request: EvaluationRequest, clock: StepTimer, sizes: tuple[Size, Size]) -> None:
        analyses = tuple(name for name in ANALYSES if name in request.analyses)
        self._thorough = request.model_copy(update={"analyses": analyses})
        self._quick = request.model_copy(update={"analyses": ("pixel",), "align": "off"})
        self._clock = clock
        self._budget = THOROUGH_PIXELS
        self._undrawn = MAX_DRAWN
        self._sizes = sizes
        self.different: list[DifferentFrame] = []

    def add(self, number: int, a: Picture, b: Picture) -> None:
        """Judge a frame as the first one is judged, by its changed regions, or by its pixels beyond the budget."""
        request = self._thorough if self._budget > 0 else self._quick
        if (a.size, b.size) != self._sizes:
            request = request.model_copy(update={"points": ()})  # they are places on the first frames
        self._budget -= max(a.size[0] * a.size[1], MIN_COST)
        # A timer of its own, since the steps of the report are those of the first frame.
        clock = StepTimer(self._clock.deadline, began=self._clock.began, cancelled=self._clock.cancelled)
        try:
            comparison = compare(a, b, request, clock)
        except InvalidOptions:  # `ignore` covers all of a page
            verdict = Verdict(kind="same", summary="All of it was left out.")
            self.different.append(DifferentFrame(number, verdict))
            return
        verdict = first_verdict(comparison, bool(request.ignore), same_bytes=False)
        regions: list[Region] = comparison.facts.get("regions") or []
        drawings = None
        if verdict.kind != "same" and self._undrawn:
            drawings = _drawings(number, comparison, regions)
            self._undrawn -= 1
        self.different.append(DifferentFrame(number, verdict, regions, drawings))


def _drawings(number: int, comparison: Comparison, regions: Sequence[Region]) -> Mapping[str, Drawing]:
    """A and B in A's frame with their regions outlined. They are drawn now, so that the frames need not be kept."""
    pair = comparison.whole
    boxes = [region.box for region in regions] or _differing(comparison.pair)

    def drawn(picture: UInt8) -> UInt8:
        return illustrate(shrink_to(picture, DRAWN_PIXELS), pair.size, boxes)

    return {f"frame_{number}_{side}": partial(np.copy, drawn(getattr(pair, side))) for side in "ab"}


def _differing(pair: Pair) -> list[Box]:
    """The bounding box of all pixels that differ, where regions were not searched or none was found."""
    left, top, width, height = cv2.boundingRect(pair.unequal.view(np.uint8))
    return [Box(left, top, width, height)] if width else []
