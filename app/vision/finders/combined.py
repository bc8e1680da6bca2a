"""The default finder: exact where the pictures allow it, tolerant where they do not."""

from dataclasses import replace

import numpy as np

from app.vision.arrays import Mask
from app.vision.finders import exact, tolerant
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.photometric.illumination import only_light
from app.vision.photometric.noise import both_clean
from app.vision.region import Box, Finding

# Blocks that JPEG compressed anew are off by 1 to 6 levels on average over a whole group of them. What noise hides and
# the exact finder adds has to differ by more.
RIPPLE = 8.0


def find(pair: Pair, _options: Options) -> Finding:
    """The changed regions, most change first.

    Renderings that lie on each other to the pixel, or have nothing in common that could lie off, are compared exactly,
    and everything else with tolerance. A retouched photograph is both: its file was compressed anew near each change,
    which the exact finder sees as one with it. There the tolerant finder draws the regions, and the exact one adds
    what is too faint for it, unless that is a patch of light, or no more than compression does.
    """
    if not pair.unequal.any():
        nothing = np.zeros_like(pair.valid)
        return Finding([], nothing, nothing.view(np.uint8))
    equal = exact.equal_blocks(pair)
    if equal is not None and equal <= exact.EQUAL_BLOCKS:
        return tolerant.find(pair)
    # Not free_of_noise: beside an empty page, a box that begins at a multiple of eight passes for compression.
    if both_clean(pair):
        return exact.find(pair)
    tolerated = tolerant.find(pair)
    return tolerated if equal is None else _joined(tolerated, exact.find(pair), pair)


def _joined(main: Finding, more: Finding, pair: Pair) -> Finding:
    taken = np.zeros_like(main.mask)
    for region in main.regions:
        taken[region.box.slices] = True
    seen = [replace(r, found_by=(*r.found_by, *_saw(more, r.box.slices))) for r in main.regions]
    left = [region for region in more.regions if not taken[region.box.slices].any()]
    added = [region for region in left if _stands_out(region.box, more) and not _shaded(region.box, more.mask, pair)]
    mask = main.mask.copy()
    for region in added:
        mask[region.box.slices] |= more.mask[region.box.slices]
    regions = sorted([*seen, *added], key=lambda region: region.changed_pixels * region.score, reverse=True)
    return Finding(regions, mask, np.maximum(main.evidence, more.evidence))


def _stands_out(box: Box, seen: Finding) -> bool:
    return float(seen.evidence[box.slices][seen.mask[box.slices]].mean()) > RIPPLE


def _shaded(box: Box, mask: Mask, pair: Pair) -> bool:
    window = box.slices
    return only_light(pair.gray_a[window], pair.gray_b[window], mask[window])


def _saw(finding: Finding, window: tuple[slice, slice]) -> tuple[str, ...]:
    return ("pixels",) if finding.mask[window].any() else ()
