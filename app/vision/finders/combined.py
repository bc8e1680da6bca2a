"""The default finder: exact if the pictures allow it, else tolerant."""

from dataclasses import replace

import numpy as np

from app.vision.arrays import Mask
from app.vision.finders.detection import exact, tolerant
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.photometric.illumination import is_illumination_change
from app.vision.photometric.noise import both_clean
from app.vision.region import Box, Finding

NAME = "combined"
TITLE = "Combined"
DESCRIPTION = "Marks what noise does not explain."
DETAILS = (
    "Compares clean pictures pixel by pixel. In photographs it warps After onto Before, evens out light and "
    "sharpness, keeps what still exceeds the noise, and asks the network whether that is only light or lens. "
    "Raises the fewest false alarms; a few faint pixels may pass for noise."
)

# Recompressing JPEG blocks changes a group of them by 1 to 6 levels on average. Regions that only the exact finder
# reports must differ by more.
MIN_MEAN_DIFFERENCE = 8.0


def find(pair: Pair, _options: Options) -> Finding:
    """The changed regions, most change first.

    Renderings that are aligned to the pixel, or have no common texture that could be misaligned, are compared exactly,
    and all other pairs with tolerance. A retouched photograph needs both finders: the exact one would merge a change
    with the recompressed blocks around it, so the tolerant one draws the regions, and the exact one adds changes that
    are too faint for it, except patches of light and compression artefacts.
    """
    if not pair.unequal.any():
        nothing = np.zeros_like(pair.valid)
        return Finding([], nothing, nothing.view(np.uint8))
    equal = exact.equal_blocks(pair)
    if equal is not None and equal <= exact.EQUAL_BLOCKS:
        return tolerant.find(pair)
    # Not free_of_noise(), which also compares blockiness: beside an empty page it mistakes a box at a multiple of eight
    # pixels for compression.
    if both_clean(pair):
        return exact.find(pair)
    tolerated = tolerant.find(pair)
    return tolerated if equal is None else _merged(tolerated, exact.find(pair), pair)


def _merged(main: Finding, more: Finding, pair: Pair) -> Finding:
    taken = np.zeros_like(main.mask)
    for region in main.regions:
        taken[region.box.slices] = True
    confirmed = [replace(r, found_by=(*r.found_by, *_found_by_pixels(more, r.box.slices))) for r in main.regions]
    left = [region for region in more.regions if not taken[region.box.slices].any()]
    strong = [region for region in left if _exceeds_compression(region.box, more)]
    added = [region for region in strong if not _is_shadow(region.box, more.mask, pair)]
    mask = main.mask.copy()
    for region in added:
        mask[region.box.slices] |= more.mask[region.box.slices]
    regions = sorted([*confirmed, *added], key=lambda region: region.changed_pixels * region.score, reverse=True)
    return Finding(regions, mask, np.maximum(main.evidence, more.evidence))


def _exceeds_compression(box: Box, finding: Finding) -> bool:
    return float(finding.evidence[box.slices][finding.mask[box.slices]].mean()) > MIN_MEAN_DIFFERENCE


def _is_shadow(box: Box, mask: Mask, pair: Pair) -> bool:
    window = box.slices
    return is_illumination_change(pair.gray_a[window], pair.gray_b[window], mask[window])


def _found_by_pixels(finding: Finding, window: tuple[slice, slice]) -> tuple[str, ...]:
    return ("pixels",) if finding.mask[window].any() else ()
