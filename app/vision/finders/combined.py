"""The default finder: exact if the pictures allow it, else tolerant."""

from dataclasses import replace

import numpy as np

from app.vision.finders.detection import exact, tolerant
from app.vision.finders.detection.grouping import most_change_first, no_change
from app.vision.finders.detection.smoothing import LOSSY
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.photometric.illumination import is_illumination_change
from app.vision.photometric.rendering import is_lossy_copy
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
        return no_change(pair)
    if pair.resampled:
        return tolerant.find(pair)
    if is_lossy_copy(pair):
        return exact.find(pair, LOSSY)
    equal = exact.equal_blocks(pair)
    same_drawing = all(pair.rendered) and exact.equal_edges(pair) > exact.EQUAL_BLOCKS
    if pair.clean and (same_drawing or equal is None or equal > exact.EQUAL_BLOCKS):
        return exact.find(pair)
    tolerated = tolerant.find(pair)
    return tolerated if equal is None or equal <= exact.EQUAL_BLOCKS else _merged(tolerated, exact.find(pair), pair)


def _merged(main: Finding, more: Finding, pair: Pair) -> Finding:
    taken = np.zeros_like(main.mask)
    for region in main.regions:
        taken[region.box.slices] = True
    confirmed = [
        replace(region, found_by=(*region.found_by, "pixels")) if more.mask[region.box.slices].any() else region
        for region in main.regions
    ]
    left = [region for region in more.regions if not taken[region.box.slices].any()]
    added = [region for region in left if _is_faint_change(region.box, more, pair)]
    mask = main.mask.copy()
    for region in added:
        mask[region.box.slices] |= more.mask[region.box.slices]
    return Finding(most_change_first([*confirmed, *added]), mask, np.maximum(main.evidence, more.evidence))


def _is_faint_change(box: Box, finding: Finding, pair: Pair) -> bool:
    """Whether a region of the exact finder is neither a compression artefact nor a patch of light."""
    window = box.slices
    changed = finding.mask[window]
    if finding.evidence[window][changed].mean() <= MIN_MEAN_DIFFERENCE:
        return False
    return not is_illumination_change(pair.gray_a[window], pair.gray_b[window], changed)
