"""The default finder: exact if the pictures allow it, else tolerant."""

from dataclasses import replace

import cv2
import numpy as np

from app.vision.finders.detection import exact, full_resolution, tolerant
from app.vision.finders.detection.grouping import finding, groups, most_change_first, no_change, strongest
from app.vision.finders.detection.smoothing import LOSSY
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.photometric.illumination import is_illumination_change
from app.vision.photometric.local_range import local_range
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
# Flat areas of a rendering stay flat and keep their colour when it is resampled: within FLAT_REACH pixels the levels
# differ by up to MAX_FLAT_RANGE, and A and B by up to MAX_FLAT_STEP. Parts nearer than MAX_GAP of the side are one.
FLAT_REACH, MAX_FLAT_RANGE, MAX_FLAT_STEP, MIN_FLAT_PIXELS, MAX_GAP = 2, 1, 3, 60, 0.015


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
        return _with_tones(tolerant.find(pair), pair) if all(pair.rendered) else full_resolution.find(pair)
    if is_lossy_copy(pair):
        return exact.find(pair, LOSSY)
    equal = exact.equal_blocks(pair)
    same_drawing = all(pair.rendered) and exact.equal_edges(pair) > exact.EQUAL_BLOCKS
    if pair.clean and (same_drawing or equal is None or equal > exact.EQUAL_BLOCKS):
        return exact.find(pair)
    tolerated = full_resolution.find(pair)
    return tolerated if equal is None or equal <= exact.EQUAL_BLOCKS else _merged(tolerated, exact.find(pair), pair)


def _with_tones(main: Finding, pair: Pair) -> Finding:
    """The finding with the flat areas that have another colour, which the tolerance for resampled edges lets pass."""
    flat = [strongest(local_range(picture, FLAT_REACH)) <= MAX_FLAT_RANGE for picture in (pair.a, pair.b)]
    step = strongest(np.asarray(cv2.absdiff(pair.a, pair.b), np.uint8))
    mask = pair.valid & flat[0] & flat[1] & (step > MAX_FLAT_STEP)
    more = finding(groups(mask, MAX_GAP, MIN_FLAT_PIXELS), mask, step, "pixels")
    if not more.regions:
        return main
    regions = [region for region in main.regions if not (main.mask & mask)[region.box.slices].any()]
    return Finding(
        most_change_first([*regions, *more.regions]),
        main.mask | mask,
        np.maximum(main.evidence, more.evidence),
        doubt=main.doubt,
    )


def _merged(main: Finding, more: Finding, pair: Pair) -> Finding:
    taken = np.zeros(main.mask.shape, np.bool_)
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
    evidence = np.maximum(main.evidence, more.evidence)
    return Finding(most_change_first([*confirmed, *added]), mask, evidence, doubt=main.doubt)


def _is_faint_change(box: Box, found: Finding, pair: Pair) -> bool:
    """Whether a region of the exact finder is neither a compression artefact nor a patch of light."""
    window = box.slices
    changed = found.mask[window]
    if found.evidence[window][changed].mean() <= MIN_MEAN_DIFFERENCE:
        return False
    return not is_illumination_change(pair.gray_a[window], pair.gray_b[window], changed)
