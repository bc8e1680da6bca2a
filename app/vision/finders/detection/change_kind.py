"""Classifies the kind of change of each region from both pictures; `changed` where they do not show a clearer kind."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import cv2
import numpy as np

from app.vision.arrays import Mask, UInt8
from app.vision.pair import Pair
from app.vision.photometric.tone_curve import match_tones
from app.vision.region import Box, Finding, Kind, Region

# A crop reaches MARGIN pixels beyond its region and is reduced to at most MAX_CROP pixels a side.
MARGIN, MAX_CROP = 12, 160
# Only this many regions are classified, to bound the time.
MAX_REGIONS = 100
# An object that is in one picture only has an outline and differs from its surroundings: the product of both ratios
# must exceed the square of this ratio.
MIN_RATIO = 1.8
# The inpainting residual, in levels, below which a region is background: where that is flat, where it has most texture,
# and in between so many times the median distance from the mean of a square of TEXTURE_SIDE pixels.
MIN_BACKGROUND_RESIDUAL, MAX_BACKGROUND_RESIDUAL, TEXTURE_FACTOR, TEXTURE_SIDE = 12, 30, 3, 9
# Correlation above which both pictures show the same structure in another colour; and above which an object that
# disappeared and one that appeared elsewhere are the same.
SAME_STRUCTURE, SAME_OBJECT = 0.7, 0.85
# Content that moved by less than its size: at most MAX_SHIFT pixels, in regions of at most MAX_SIDE, with at least this
# correlation at the new position and clearly less at the old one.
MAX_SHIFT, MAX_SIDE, MIN_SHIFT_CORRELATION = 32, 600, 0.95
FLAT = 4.0  # standard deviation, in levels, below which there is no structure to correlate


@dataclass(frozen=True)
class Crop:
    """One region and its surroundings, at most MAX_CROP pixels a side.

    a, b: uint8 RGB (height, width, 3). mask: bool (height, width), the pixels that changed.
    """

    a: UInt8
    b: UInt8
    mask: Mask


def classify(finding: Finding, pair: Pair) -> list[Region]:
    """The regions with their kinds, in the same order. An object that moved is `moved` in both of its regions."""
    first = finding.regions[:MAX_REGIONS]
    pair = _in_tones_of_a(pair) if first else pair
    with ThreadPoolExecutor() as pool:
        regions = list(pool.map(lambda region: _classify_region(region, finding.mask, pair), first))
    return [*_match_moves(regions, pair), *finding.regions[MAX_REGIONS:]]


def _in_tones_of_a(pair: Pair) -> Pair:
    """The pair with B in other light as it would be in A's, since a dark B has less contrast than A everywhere."""
    opaque = pair.alpha_a is None and pair.alpha_b is None
    if not opaque or all(pair.rendered) or np.count_nonzero(pair.unequal) < pair.pixels / 2:
        return pair
    return replace(pair, rgb_b=match_tones(pair.b, pair.a, pair.valid))


def _classify_region(region: Region, mask: Mask, pair: Pair) -> Region:
    if region.kind != "changed":
        return region
    kind = _kind(_crop(region.box, mask, pair))
    if kind == "changed" and (box := _shifted(region.box, pair)):
        return replace(region, kind="moved", moved_to=box)
    return replace(region, kind=kind)


def _crop(box: Box, mask: Mask, pair: Pair) -> Crop:
    rows = slice(max(0, box.y - MARGIN), box.y + box.height + MARGIN)
    columns = slice(max(0, box.x - MARGIN), box.x + box.width + MARGIN)
    a, b, inside = pair.a[rows, columns], pair.b[rows, columns], mask[rows, columns].view(np.uint8)
    scale = min(1.0, MAX_CROP / max(inside.shape))
    if scale == 1:
        return Crop(a, b, inside.view(np.bool_))
    size = max(1, round(inside.shape[1] * scale)), max(1, round(inside.shape[0] * scale))
    small = cv2.resize(inside, size, interpolation=cv2.INTER_NEAREST)
    a, b = (np.asarray(cv2.resize(p, size, interpolation=cv2.INTER_AREA), np.uint8) for p in (a, b))
    return Crop(a, b, small.astype(np.bool_))


def _kind(crop: Crop) -> Kind:
    solid = _filled(crop.mask)
    if not solid.any():
        return "changed"
    residual_a, residual_b = _inpainting_residual(crop.a, solid), _inpainting_residual(crop.b, solid)
    ratio = _outline_gradient(crop.b, solid) / _outline_gradient(crop.a, solid) * residual_b / residual_a
    if ratio > MIN_RATIO**2 and residual_a < _largest_background_residual(crop.a, solid):
        return "appeared"
    if ratio < MIN_RATIO**-2 and residual_b < _largest_background_residual(crop.b, solid):
        return "disappeared"
    return "recoloured" if _changes_in_one_direction(crop, solid) and _same_structure(crop, solid) else "changed"


def _filled(mask: Mask) -> Mask:
    """The filled outer contours of the mask: an object whose middle resembles its background stays whole."""
    closed = cv2.morphologyEx(mask.view(np.uint8), cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    contours, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return cv2.drawContours(np.zeros_like(closed), contours, -1, 1, cv2.FILLED).astype(np.bool_)


def _outline_gradient(picture: UInt8, solid: Mask) -> float:
    """The mean gradient along the border of the mask, in levels, plus 1 so that ratios are finite."""
    gradient = cv2.morphologyEx(picture, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)).max(axis=2)
    band = cv2.morphologyEx(solid.view(np.uint8), cv2.MORPH_GRADIENT, np.ones((5, 5), np.uint8)).view(np.bool_)
    return float(gradient[band].mean()) + 1 if band.any() else 1.0


def _inpainting_residual(picture: UInt8, solid: Mask) -> float:
    """How far the region differs from an inpainting of it from its surroundings, in levels, plus 1.

    A. Telea, "An image inpainting technique based on the fast marching method", Journal of Graphics Tools 9(1), 2004.
    """
    hole = cv2.dilate(solid.view(np.uint8), np.ones((5, 5), np.uint8))
    if hole.all():
        return 1.0
    inpainted = cv2.inpaint(picture, hole, 3, cv2.INPAINT_TELEA)
    return float(cv2.absdiff(picture, np.asarray(inpainted, np.uint8))[solid].mean()) + 1


def _largest_background_residual(picture: UInt8, solid: Mask) -> float:
    """The inpainting residual below which a region is background: more where that has texture, such as grass."""
    around = ~cv2.dilate(solid.view(np.uint8), np.ones((5, 5), np.uint8)).view(np.bool_)
    texture = cv2.absdiff(picture, cv2.blur(picture, (TEXTURE_SIDE, TEXTURE_SIDE))).mean(axis=2)
    level = float(np.median(texture[around])) if around.any() else 0.0
    return min(MAX_BACKGROUND_RESIDUAL, MIN_BACKGROUND_RESIDUAL + TEXTURE_FACTOR * level)


def _changes_in_one_direction(crop: Crop, solid: Mask) -> bool:
    """Whether some channel changes mostly in one direction; an object that moved changes pixels in both directions."""
    step = crop.b[solid].astype(np.float32) - crop.a[solid]
    return bool((np.abs(step.mean(axis=0)) > np.maximum(np.abs(step).mean(axis=0) / 2, 0.5)).any())


def _same_structure(crop: Crop, solid: Mask) -> bool:
    """Whether both pictures have the same structure in the region: they correlate, or both are flat."""
    a, b = (cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[solid].astype(np.float32) for picture in (crop.a, crop.b))
    if a.std() < FLAT or b.std() < FLAT:
        return bool(a.std() < FLAT and b.std() < FLAT)
    return float(np.corrcoef(a, b)[0, 1]) > SAME_STRUCTURE


def _match_moves(regions: Sequence[Region], pair: Pair) -> list[Region]:
    """Match regions that disappeared with regions that appeared and look the same; both become `moved`."""
    matched = list(regions)
    for i, source in enumerate(regions):
        for j, target in enumerate(regions):
            kinds = matched[i].kind, matched[j].kind
            if kinds == ("disappeared", "appeared") and _matches_template(source.box, target.box, pair):
                matched[i] = replace(source, kind="moved", moved_to=target.box)
                matched[j] = replace(target, kind="moved", moved_from=source.box)
    return matched


def _shifted(box: Box, pair: Pair) -> Box | None:
    """The box that A's content moved to by less than a quarter of its size, found by template match; None without."""
    max_x, max_y = min(MAX_SHIFT, box.width // 4), min(MAX_SHIFT, box.height // 4)
    template = pair.a[box.y + max_y : box.y + box.height - max_y, box.x + max_x : box.x + box.width - max_x]
    if max(box.width, box.height) > MAX_SIDE or not max_x or not max_y or template.std() < FLAT:
        return None
    scores = cv2.matchTemplate(pair.b[box.slices], template, cv2.TM_CCOEFF_NORMED)
    _, best, _, (x, y) = cv2.minMaxLoc(scores)
    margin = best - scores[max_y, max_x]
    if best < MIN_SHIFT_CORRELATION or margin < 1 - MIN_SHIFT_CORRELATION or (x, y) == (max_x, max_y):
        return None
    left, top = max(0, box.x + x - max_x), max(0, box.y + y - max_y)
    return Box(left, top, min(box.width, pair.size[0] - left), min(box.height, pair.size[1] - top))


def _matches_template(source: Box, target: Box, pair: Pair) -> bool:
    """Whether A in the source box looks like B in the target box: similar sizes and a template match."""
    if not (0.7 < source.width / target.width < 1.4 and 0.7 < source.height / target.height < 1.4):
        return False
    before, after = pair.a[source.slices], pair.b[target.slices]
    width, height = min(source.width, target.width), min(source.height, target.height)
    inset_x, inset_y = width // 8, height // 8
    template = before[inset_y : height - inset_y, inset_x : width - inset_x]
    if template.std() < FLAT:
        return False
    return bool(cv2.matchTemplate(after, template, cv2.TM_CCOEFF_NORMED).max() > SAME_OBJECT)
