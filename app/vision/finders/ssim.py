"""Changed regions where structural similarity is lost, or the hue is another."""

import cv2
import numpy as np

from app.vision.arrays import Float32, Mask, UInt8
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
# The local mean of Cb or Cr must move by so many levels: white balance moves a whole picture by up to about 30.
CHROMA_STEP = 36
# Relative to the side of a square with as many pixels, and to the pixels.
NEAR, SPECK = 0.012, 2e-5


def find(pair: Pair, _options: Options) -> list[Region]:
    """Boxes round the changed pixels: neighbours joined, specks dropped, most change first.

    A pixel is changed where structure is lost or the hue is another.

    A region's score is the mean evidence of its changed pixels: the loss of similarity, 1 - SSIM cut to [0, 1], or
    the step of the hue as a share of twice the step that counts, whichever is more.
    """
    hue = hue_step(pair)
    mask = structure_lost(pair) | ((hue > CHROMA_STEP) & pair.valid)
    _, boxes = groups(mask)
    evidence = np.maximum(
        np.clip(1 - pair.structure.similarity, 0, 1), np.minimum(hue / np.float32(2 * CHROMA_STEP), 1)
    )
    regions = [_region(box, mask, evidence) for box in boxes]
    return sorted(regions, key=lambda region: region.changed_pixels * region.score, reverse=True)


def structure_lost(pair: Pair) -> Mask:
    """Where 1 - SSIM is over Otsu's threshold, and not for noise alone: bool (height, width).

    N. Otsu, "A threshold selection method from gray-level histograms", IEEE TSMC 9(1), 1979.
    """
    loss = cv2.convertScaleAbs(pair.structure.similarity, alpha=-255, beta=255)
    otsu, _ = cv2.threshold(loss[pair.valid], 0, 255, cv2.THRESH_OTSU)
    step = cv2.absdiff(*(cv2.GaussianBlur(gray, (0, 0), 1.5) for gray in (pair.gray_a, pair.gray_b)))
    noise = NOISE_STEPS * np.median(cv2.absdiff(pair.gray_a, pair.gray_b)[pair.valid])
    lost: Mask = (loss > np.uint8(np.clip(otsu, *LOSS))) & (step > np.uint8(np.clip(noise, *STEP)))
    return lost & pair.valid


def hue_step(pair: Pair) -> UInt8:
    """How far Cb or Cr moves, in levels, uint8 (height, width): SSIM in gray cannot see another hue."""
    a, b = (cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb) for picture in (pair.a, pair.b))
    # The difference of the blurred is the blurred difference, at half the price.
    step = cv2.GaussianBlur(cv2.subtract(a, b, dtype=cv2.CV_16S), (0, 0), 1.5)
    _, red, blue = cv2.split(cv2.convertScaleAbs(step))
    return np.asarray(cv2.max(red, blue), np.uint8)


def _region(box: Box, mask: Mask, evidence: Float32) -> Region:
    inside = mask[box.slices]
    return Region(box, int(np.count_nonzero(inside)), float(evidence[box.slices][inside].mean()), ("ssim",))


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
