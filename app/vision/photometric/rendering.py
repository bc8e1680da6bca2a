"""Tell renderings, such as screenshots and drawings, from photographs and from compressed copies."""

import cv2
import numpy as np

from app.vision.arrays import UInt8
from app.vision.pair import Pair, once_per_pair
from app.vision.photometric.local_range import local_range
from app.vision.photometric.noise import BLOCKINESS_RATIO, blockiness
from app.vision.tiles import bands

# Lossy compression leaves ripples of 1 to 12 levels in flat areas near edges, up to a block of 8 pixels away. Of the
# flat pixels near the edges of pages and drawings, 11 to 31 % differ so from their JPEG of quality 40 to 95 or WebP of
# quality 80, three times as many as far from edges; from the same page with changes up to 6 %.
MIN_EDGE_STEP, FLAT_REACH, RIPPLE_REACH = 40, 2, 7
MIN_RIPPLE, MAX_RIPPLE = 1, 12
MIN_RIPPLE_SHARE, MIN_RIPPLE_RATIO = 0.08, 2


@once_per_pair
def free_of_noise(pair: Pair) -> bool:
    """Whether neither picture has noise, and, unless both are renderings, neither is more compressed than the other."""
    if not pair.clean or all(pair.rendered):
        return pair.clean
    return 1 / BLOCKINESS_RATIO < blockiness(pair.gray_b) / blockiness(pair.gray_a) < BLOCKINESS_RATIO


@once_per_pair
def is_lossy_copy(pair: Pair) -> bool:
    """Whether one picture is a rendering, and the other shows the same with the ripples of lossy compression."""
    if pair.resampled:
        return False
    return (pair.rendered[0] and _has_ripples(pair.gray_a, pair.gray_b)) or (
        pair.rendered[1] and _has_ripples(pair.gray_b, pair.gray_a)
    )


def _has_ripples(rendering: UInt8, other: UInt8) -> bool:
    counted = np.sum([_count_ripples(rendering[band], other[band]) for band in bands(rendering.shape)], axis=0)
    near, ripples, changes, far, ripples_far = counted.tolist()
    share = ripples / max(1, near)
    beside_edges = share > MIN_RIPPLE_RATIO * ripples_far / max(1, far)
    return bool(share > MIN_RIPPLE_SHARE and beside_edges and ripples > MIN_RIPPLE_RATIO * changes)


def _count_ripples(rendering: UInt8, other: UInt8) -> list[int]:
    """The flat pixels near edges of a rendering, those of them with a ripple, those with more, and the flat pixels far
    from edges and those of them with a ripple.
    """
    flat = local_range(rendering, FLAT_REACH) == 0
    edges = (local_range(rendering, 1) > MIN_EDGE_STEP).view(np.uint8)
    near = cv2.dilate(edges, np.ones((2 * RIPPLE_REACH + 1, 2 * RIPPLE_REACH + 1), np.uint8)).view(np.bool_)
    step = np.asarray(cv2.absdiff(rendering, other))
    ripples = (step >= MIN_RIPPLE) & (step <= MAX_RIPPLE) & (local_range(other, 1) > 0)
    at, beyond = flat & near, flat & ~near
    return [int(np.count_nonzero(m)) for m in (at, at & ripples, at & (step > MAX_RIPPLE), beyond, beyond & ripples)]
