"""Changed regions where structural similarity is lost."""

import cv2
import numpy as np

from app.vision.arrays import Mask
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.region import Box, Region

# The range of Otsu's threshold. It splits any two things: compression and noise where nothing changed, what changed
# less from what changed more where everything did.
LOSS = (0.35 * 255, 0.5 * 255)
# The local mean must also move, by so many times the median difference, within this range of gray levels. SSIM alone
# reads grain on a flat sky as lost structure; averaged over a window the grain cancels out. Copies of 60 photographs
# in JPEG quality 40 or with noise of sigma 8 gave one false region in all; SSIM alone gave over ten on each.
NOISE_STEPS, STEP = 1.8, (5, 20)
# Relative to the side of a square with as many pixels, and to the pixels.
NEAR, SPECK = 0.012, 2e-5


def find(pair: Pair, _options: Options) -> list[Region]:
    """Boxes round the `changed` pixels: neighbours joined, specks dropped, most change first.

    A region's score is the mean loss of similarity, 1 - SSIM cut to [0, 1], of its changed pixels.
    """
    mask = changed(pair)
    _, boxes = groups(mask)
    regions = [_region(box, mask, pair) for box in boxes]
    return sorted(regions, key=lambda region: region.changed_pixels * region.score, reverse=True)


def changed(pair: Pair) -> Mask:
    """Where structure is lost, bool (height, width): 1 - SSIM over Otsu's threshold, and not for noise alone.

    N. Otsu, "A threshold selection method from gray-level histograms", IEEE TSMC 9(1), 1979.
    """
    loss = cv2.convertScaleAbs(pair.structure.similarity, alpha=-255, beta=255)
    otsu, _ = cv2.threshold(loss[pair.valid], 0, 255, cv2.THRESH_OTSU)
    step = cv2.absdiff(*(cv2.GaussianBlur(gray, (0, 0), 1.5) for gray in (pair.gray_a, pair.gray_b)))
    noise = NOISE_STEPS * np.median(cv2.absdiff(pair.gray_a, pair.gray_b)[pair.valid])
    lost: Mask = (loss > np.uint8(np.clip(otsu, *LOSS))) & (step > np.uint8(np.clip(noise, *STEP)))
    return lost & pair.valid


def _region(box: Box, mask: Mask, pair: Pair) -> Region:
    inside = mask[box.slices]
    loss = 1 - pair.structure.similarity[box.slices][inside]
    return Region(box, int(np.count_nonzero(inside)), float(np.clip(loss, 0, 1).mean()), ("ssim",))


def groups(changed: Mask) -> tuple[Mask, list[Box]]:
    """Join pixels that lie near each other and drop specks: the joined area, and the upright box of each group."""
    reach = max(1, round(NEAR * changed.size**0.5))
    # The closing would stick to the border of the picture without the padding.
    padded = cv2.copyMakeBorder(changed.view(np.uint8), reach, reach, reach, reach, cv2.BORDER_CONSTANT, value=0)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(closed[reach:-reach, reach:-reach])
    large = np.bincount(labels[changed], minlength=count) >= max(1, SPECK * changed.size)
    large[0] = False
    return large[labels], [Box(*box) for box in stats[large, :4].tolist()]
