"""What kind of change a region is: decided from what both pictures show there, and `changed` where they do not tell."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import cv2
import numpy as np

from app.vision.arrays import Mask, UInt8
from app.vision.pair import Pair
from app.vision.region import Box, Finding, Kind, Region

# How far around a region its surroundings reach, in pixels; and the largest crop that is looked at.
MARGIN, CROP = 12, 160
# More regions than this are not looked at one by one.
MOST = 100
# A thing shows by its outline and by standing off from its surroundings. So many times more of both, and it is only
# in this picture.
CLEARLY = 1.8
# What differs less from its surroundings, in levels, passes for a part of them.
EMPTY = 30
# Correlation of the two pictures inside a region above which they show the same structure, in another colour; and of
# what vanished in one place with what came up in another, above which it is the same thing.
SAME_STRUCTURE, SAME_THING = 0.7, 0.85
# What moved by less than its size, at most so many pixels, must correlate so well there, and clearly worse in place.
FARTHEST, LARGEST, UNMISTAKABLE = 32, 600, 0.95
FLAT = 4.0  # standard deviation, in levels, of what has no structure to correlate


@dataclass(frozen=True)
class Crop:
    """One region and its surroundings, at most CROP pixels a side.

    a, b: uint8 RGB (height, width, 3). mask: bool (height, width), the pixels that changed.
    """

    a: UInt8
    b: UInt8
    mask: Mask


def classify(finding: Finding, pair: Pair) -> list[Region]:
    """The regions with their kinds, in the same order; a thing that moved is `moved` in both of its places."""
    with ThreadPoolExecutor() as pool:
        regions = list(pool.map(lambda region: _classify_region(region, finding.mask, pair), finding.regions[:MOST]))
    return [*_moved(regions, pair), *finding.regions[MOST:]]


def _classify_region(region: Region, mask: Mask, pair: Pair) -> Region:
    kind = _kind(_cut(region.box, mask, pair))
    if kind == "changed" and (place := _shifted(region.box, pair)):
        return replace(region, kind="moved", moved_to=place)
    return replace(region, kind=kind)


def _cut(box: Box, mask: Mask, pair: Pair) -> Crop:
    rows = slice(max(0, box.y - MARGIN), box.y + box.height + MARGIN)
    columns = slice(max(0, box.x - MARGIN), box.x + box.width + MARGIN)
    a, b, inside = pair.a[rows, columns], pair.b[rows, columns], mask[rows, columns].view(np.uint8)
    scale = min(1.0, CROP / max(inside.shape))
    if scale == 1:
        return Crop(a, b, inside.view(np.bool_))
    size = max(1, round(inside.shape[1] * scale)), max(1, round(inside.shape[0] * scale))
    small = cv2.resize(inside, size, interpolation=cv2.INTER_NEAREST)
    a, b = (np.asarray(cv2.resize(p, size, interpolation=cv2.INTER_AREA), np.uint8) for p in (a, b))
    return Crop(a, b, small.astype(np.bool_))


def _kind(cut: Crop) -> Kind:
    solid = _solid(cut.mask)
    apart_a, apart_b = _surround_residual(cut.a, solid), _surround_residual(cut.b, solid)
    more = _outline(cut.b, solid) / _outline(cut.a, solid) * apart_b / apart_a
    if more > CLEARLY**2 and apart_a < EMPTY:
        return "appeared"
    if more < CLEARLY**-2 and apart_b < EMPTY:
        return "disappeared"
    return "recoloured" if _is_signed_shift(cut, solid) and _same_structure(cut, solid) else "changed"


def _solid(mask: Mask) -> Mask:
    """The outer contours of the mask, filled: a thing whose middle happens to look like its background is whole."""
    closed = cv2.morphologyEx(mask.view(np.uint8), cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    contours, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return cv2.drawContours(np.zeros_like(closed), contours, -1, 1, cv2.FILLED).astype(np.bool_)


def _outline(picture: UInt8, solid: Mask) -> float:
    """The mean gradient along the border of the mask, in levels; never 0."""
    gradient = cv2.morphologyEx(picture, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)).max(axis=2)
    size = np.ones((5, 5), np.uint8)
    band = cv2.morphologyEx(solid.view(np.uint8), cv2.MORPH_GRADIENT, size).view(np.bool_)
    return float(gradient[band].mean()) + 1 if band.any() else 1.0


def _surround_residual(picture: UInt8, solid: Mask) -> float:
    """How far the inside is from what its surroundings lead to expect, in levels; never 0.

    A. Telea, "An image inpainting technique based on the fast marching method", Journal of Graphics Tools 9(1), 2004.
    """
    hole = cv2.dilate(solid.view(np.uint8), np.ones((5, 5), np.uint8))
    if hole.all():
        return 1.0
    expected = cv2.inpaint(picture, hole, 3, cv2.INPAINT_TELEA)
    return float(cv2.absdiff(picture, np.asarray(expected, np.uint8))[solid].mean()) + 1


def _is_signed_shift(cut: Crop, solid: Mask) -> bool:
    """Whether the inside moves one way in some channel: a thing that moved by itself moves both ways."""
    step = cut.b[solid].astype(np.float32) - cut.a[solid]
    return bool((np.abs(step.mean(axis=0)) > np.maximum(np.abs(step).mean(axis=0) / 2, 0.5)).any())


def _same_structure(cut: Crop, solid: Mask) -> bool:
    """Whether both show the same structure inside: they correlate, or both are flat."""
    a, b = (cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[solid].astype(np.float32) for picture in (cut.a, cut.b))
    if a.std() < FLAT or b.std() < FLAT:
        return bool(a.std() < FLAT and b.std() < FLAT)
    return float(np.corrcoef(a, b)[0, 1]) > SAME_STRUCTURE


def _moved(regions: Sequence[Region], pair: Pair) -> list[Region]:
    """Pair what vanished with what came up elsewhere and looks the same."""
    told = list(regions)
    for i, gone in enumerate(regions):
        for j, come in enumerate(regions):
            if (
                told[i].kind != "disappeared"
                or told[j].kind != "appeared"
                or not _matches_template(gone.box, come.box, pair)
            ):
                continue
            told[i] = replace(gone, kind="moved", moved_to=come.box)
            told[j] = replace(come, kind="moved", moved_from=gone.box)
    return told


def _shifted(box: Box, pair: Pair) -> Box | None:
    """Where A's content went if it moved by less than a quarter of its size."""
    by_x, by_y = min(FARTHEST, box.width // 4), min(FARTHEST, box.height // 4)
    template = pair.a[box.y + by_y : box.y + box.height - by_y, box.x + by_x : box.x + box.width - by_x]
    if max(box.width, box.height) > LARGEST or not by_x or not by_y or template.std() < FLAT:
        return None
    fit = cv2.matchTemplate(pair.b[box.slices], template, cv2.TM_CCOEFF_NORMED)
    _, best, _, (x, y) = cv2.minMaxLoc(fit)
    if best < UNMISTAKABLE or best - fit[by_y, by_x] < 1 - UNMISTAKABLE or (x, y) == (by_x, by_y):
        return None
    left, top = max(0, box.x + x - by_x), max(0, box.y + y - by_y)
    return Box(left, top, min(box.width, pair.size[0] - left), min(box.height, pair.size[1] - top))


def _matches_template(gone: Box, come: Box, pair: Pair) -> bool:
    """Whether A at one place looks as B does at the other."""
    if not (0.7 < gone.width / come.width < 1.4 and 0.7 < gone.height / come.height < 1.4):
        return False
    before, after = pair.a[gone.slices], pair.b[come.slices]
    width, height = min(gone.width, come.width), min(gone.height, come.height)
    inset_x, inset_y = width // 8, height // 8
    template = before[inset_y : height - inset_y, inset_x : width - inset_x]
    if template.std() < FLAT:
        return False
    return bool(cv2.matchTemplate(after, template, cv2.TM_CCOEFF_NORMED).max() > SAME_THING)
