"""Tell renderings, such as screenshots and drawings, from photographs and from compressed copies."""

from app.vision.pair import Pair
from app.vision.photometric.noise import BLOCKINESS_RATIO, blockiness, is_clean


def free_of_noise(pair: Pair) -> bool:
    """Whether both pictures are renderings: without noise, and neither more compressed than the other."""
    return (
        both_clean(pair) and 1 / BLOCKINESS_RATIO < blockiness(pair.gray_b) / blockiness(pair.gray_a) < BLOCKINESS_RATIO
    )


def both_clean(pair: Pair) -> bool:
    """Whether neither picture has noise or ripples."""
    return is_clean(pair.gray_a) and is_clean(pair.gray_b)
