"""The tolerances that a team sets: which changes pass because of which option.

First each region is tested by itself: `allow_tone`, `allow_smoothing`, `allow_shift`. Then the remaining regions pass
together, or none of them: `allow_pixels`, `allow_share`, `allow_window`. The first tolerance that suffices is named.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import get_args

import cv2
import numpy as np

from app.vision.analyses.pixel import fullest_window
from app.vision.arrays import Mask
from app.vision.finders.detection.exact import MIN_SHADE
from app.vision.finders.detection.smoothing import SMOOTHING, Differences, divide
from app.vision.metrics.pixel_differences import differences
from app.vision.options import WINDOW, Options
from app.vision.pair import Pair
from app.vision.region import Box, Region, ToleranceName
from app.vision.region_motion import motion

Permit = tuple[ToleranceName, float | None]  # and the value that was measured


# Those that count all pixels that differ, whether or not in a region.
TOGETHER: tuple[ToleranceName, ...] = ("allow_pixels", "allow_share", "allow_window")


@dataclass(frozen=True)
class Allowed:
    """What passed because of one tolerance.

    tolerance: the name of the option. limit: its value.
    regions: the number of regions that pass; 0 if only pixels differ, without a region.
    largest: the largest value measured in them, in the unit of the limit; None for `allow_smoothing`, which has none.
    """

    tolerance: ToleranceName
    limit: bool | int | float
    regions: int
    largest: int | float | None


def permit(
    regions: Sequence[Region], pair: Pair, options: Options, same_size: bool
) -> tuple[list[Region], list[Allowed]]:
    """The regions, those that pass marked with `allowed`, and what passes because of which tolerance.

    Without regions, all pixels that differ are tested as if they were one, but not for motion.
    same_size: A and B have the same size; if not, inserted and removed rows never pass, nor what is left with them.
    """
    if not any(getattr(options, name) for name in get_args(ToleranceName)):
        return list(regions), []
    if not regions:
        permits = _permits([_everything(pair)], pair, options.model_copy(update={"allow_shift": 0}), same_size)
        return [], [replace(allowed, regions=0) for allowed in _summed(permits, options)]
    permits = _permits(regions, pair, options, same_size)
    marked = [replace(region, allowed=permit and permit[0]) for region, permit in zip(regions, permits, strict=True)]
    return marked, _summed(permits, options)


def not_reported(regions: Sequence[Region], options: Options) -> list[Allowed]:
    """The regions that `min_size` leaves out of a report."""
    permits: list[Permit | None] = [("min_size", region.changed_pixels) for region in regions]
    return _summed(permits, options)


def _everything(pair: Pair) -> Region:
    return Region(Box(0, 0, *pair.size), int(np.count_nonzero(pair.unequal)), 1.0, ())


def _summed(permits: Sequence[Permit | None], options: Options) -> list[Allowed]:
    found = []
    for name in get_args(ToleranceName):
        values = [permit[1] for permit in permits if permit and permit[0] == name]
        if values:
            largest = max((value for value in values if value is not None), default=None)
            found.append(Allowed(name, getattr(options, name), len(values), largest))
    return found


def _permits(regions: Sequence[Region], pair: Pair, options: Options, same_size: bool) -> list[Permit | None]:
    """For each region the tolerance that lets it pass, or None."""
    divided = divide(pair, SMOOTHING) if options.allow_smoothing else None
    permits = [_by_itself(region, pair, options, divided) for region in regions]
    if None not in permits or (not same_size and any(region.box_b for region in regions)):
        return permits
    together = _together(regions, permits, pair, options)
    return [permit or together for permit in permits]


def _by_itself(region: Region, pair: Pair, options: Options, divided: Differences | None) -> Permit | None:
    """The tolerance that lets a region pass by itself. None does where one picture has nothing to compare."""
    if region.box_b or not pair.unequal[region.box.slices].any():
        return None
    if options.allow_tone and (levels := _largest_step(region.box, pair)) <= options.allow_tone:
        return "allow_tone", levels
    if divided and _is_smoothing(divided, region.box):
        return "allow_smoothing", None
    if options.allow_shift and (pixels := motion(region.box, pair, options.allow_shift)) is not None:
        return "allow_shift", pixels
    return None


def _largest_step(box: Box, pair: Pair) -> int:
    """The largest difference of any channel, alpha included, in levels."""
    step = cv2.norm(pair.a[box.slices], pair.b[box.slices], cv2.NORM_INF)
    opaque = np.full((box.height, box.width), 255, np.uint8)
    alpha_a, alpha_b = (opaque if alpha is None else alpha[box.slices] for alpha in (pair.alpha_a, pair.alpha_b))
    return int(max(step, cv2.norm(alpha_a, alpha_b, cv2.NORM_INF)))


def _is_smoothing(divided: Differences, box: Box) -> bool:
    """Whether the differences in a box vanish when they are blurred, as those of text that is smoothed differently."""
    masks = divided.content, divided.faint, divided.shade
    content, faint, shade = (int(np.count_nonzero(mask[box.slices])) for mask in masks)
    return not content and bool(faint) and shade <= MIN_SHADE * faint


def _together(
    regions: Sequence[Region], permits: Sequence[Permit | None], pair: Pair, options: Options
) -> Permit | None:
    """The tolerance that lets all regions pass together that do not pass by themselves.

    Regions without a pixel that differs by more than the threshold, and those that one picture lacks, count with their
    changed pixels.
    """
    left = [region for region, permit in zip(regions, permits, strict=True) if not permit]
    different = differences(pair, options.threshold, options.colour_distance)[0]
    _clear([region.box for region, permit in zip(regions, permits, strict=True) if permit], left, different)
    faint = [region.changed_pixels for region in left if region.box_b or not different[region.box.slices].any()]
    pixels = int(np.count_nonzero(different)) + sum(faint)
    window = max([fullest_window(different), *(min(n, WINDOW**2) for n in faint)])
    measured = zip(TOGETHER, (pixels, pixels / pair.pixels, window), strict=True)
    return next(((name, value) for name, value in measured if value <= (getattr(options, name) or -1)), None)


def _clear(passed: Sequence[Box], left: Sequence[Region], different: Mask) -> None:
    """Set the pixels of boxes that pass to False, except where another region overlaps them."""
    if not passed:
        return
    before = different.copy()  # once: thousands of boxes may overlap, and copies of each would take gigabytes
    for box in passed:
        different[box.slices] = False
    for region in left:
        different[region.box.slices] = before[region.box.slices]
