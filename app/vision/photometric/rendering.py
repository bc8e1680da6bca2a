"""Tell renderings, such as screenshots and drawings, from photographs and from compressed copies."""

import cv2
import numpy as np

from app.vision.arrays import Mask, UInt8
from app.vision.pair import Pair
from app.vision.photometric.local_range import local_range
from app.vision.photometric.noise import BLOCKINESS_RATIO, blockiness
from app.vision.tiles import bands

# Lossy compression leaves ripples of 2 to 12 levels in flat areas near edges, up to a block of 8 pixels away. Of the
# flat pixels near the edges of pages and drawings, 11 to 31 % differ so from their JPEG of quality 40 to 95 or WebP of
# quality 80, three times as many as far from edges; from the same page with changes up to 6 %.
MIN_EDGE_STEP, FLAT_REACH, RIPPLE_REACH = 40, 2, 7
MIN_RIPPLE, MAX_RIPPLE = 2, 12
MIN_RIPPLE_SHARE, MIN_RIPPLE_RATIO = 0.08, 2


def both_clean(pair: Pair) -> bool:
    """Whether neither picture has noise or ripples."""
    return pair.clean_a and pair.clean_b


def free_of_noise(pair: Pair) -> bool:
    """Whether both pictures are renderings: without noise, and neither more compressed than the other."""
    return (
        both_clean(pair) and 1 / BLOCKINESS_RATIO < blockiness(pair.gray_b) / blockiness(pair.gray_a) < BLOCKINESS_RATIO
    )


def is_lossy_copy(pair: Pair) -> bool:
    """Whether one picture is a rendering, and the other shows the same with the ripples of lossy compression."""
    if pair.resampled:
        return False
    return (pair.clean_a and _has_ripples(pair.gray_a, pair.gray_b)) or (
        pair.clean_b and _has_ripples(pair.gray_b, pair.gray_a)
    )


def _has_ripples(rendering: UInt8, other: UInt8) -> bool:
    flat_near = ripples_near = flat_far = ripples_far = 0
    for band in bands(rendering.shape):
        near, far, differs = _flat_parts(rendering[band], other[band])
        flat_near, ripples_near = flat_near + np.count_nonzero(near), ripples_near + np.count_nonzero(near & differs)
        flat_far, ripples_far = flat_far + np.count_nonzero(far), ripples_far + np.count_nonzero(far & differs)
    share = ripples_near / max(1, flat_near)
    return bool(share > MIN_RIPPLE_SHARE and share > MIN_RIPPLE_RATIO * ripples_far / max(1, flat_far))


def _flat_parts(rendering: UInt8, other: UInt8) -> tuple[Mask, Mask, Mask]:
    """The flat pixels of a rendering near its edges, those far from edges, and where the other has a ripple."""
    flat = local_range(rendering, FLAT_REACH) == 0
    edges = (local_range(rendering, 1) > MIN_EDGE_STEP).view(np.uint8)
    near = cv2.dilate(edges, np.ones((2 * RIPPLE_REACH + 1, 2 * RIPPLE_REACH + 1), np.uint8)).view(np.bool_)
    ripples = np.asarray(cv2.inRange(cv2.absdiff(rendering, other), MIN_RIPPLE, MAX_RIPPLE) > 0, np.bool_)
    return flat & near, flat & ~near, ripples
