"""Changed regions that a trained network predicts, robust to changes of light, lens and angle."""

import math

import numpy as np

from app.vision.alignment.residual_flow import warp
from app.vision.arrays import Float32, Mask, UInt8
from app.vision.finders.detection.grouping import chance, enlarged_finding, groups, log_odds, no_change, reduced
from app.vision.geometry import Size
from app.vision.networks.change_detector import MAX_PIXELS, predict, within
from app.vision.networks.realign import realign
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.region import Box, Finding, Region
from app.vision.resample import coverage_mask, resample

NAME = "siamese"
TITLE = "Siamese"
DESCRIPTION = "Marks what a network trained on pairs of photographs sees as changed."
DETAILS = (
    "A network that was trained on pairs with shadows, haze, blur and distortion to predict what changed in the "
    "scene. It applies the same layers to both pictures, at up to a megapixel. Steady in any light; outlines are "
    "a little loose, and tiny or faint changes escape it."
)

# The probability above which a pixel counts as changed.
CHANGE_PROBABILITY = 0.5
# Fewest pixels of a region, and the gap relative to the side below which parts are joined.
MIN_REGION_PIXELS, MAX_GAP = 12, 0.01
# Logistic regression on `features`, by training/calibrate.py on photographs that the network was not trained on.
SCORE_WEIGHTS = (-2.67, -0.22, 2.77, -0.18)


def find(pair: Pair, _options: Options) -> Finding:
    """The changed regions, most change first; the evidence is the probability of change.

    If B is clearly misaligned, it is first registered by the network's descriptors, see `realign`.
    """
    if not pair.unequal.any():
        return no_change(pair)
    size = within(pair.size, MAX_PIXELS)
    learned = detect(*reduced(pair, size), size)
    mask = learned > CHANGE_PROBABILITY
    boxes = groups(mask, MAX_GAP, MIN_REGION_PIXELS)
    levels = np.asarray(learned * 255 + 0.5, np.uint8)
    return enlarged_finding((_region(box, mask, learned) for box in boxes), mask, levels, pair)


def detect(a: UInt8, b: UInt8, valid: Mask, size: Size) -> Float32:
    """The probability of change: float32 (height, width), 0 where B has no pixels.

    a, b: uint8 RGB (height, width, 3). valid: bool (height, width). size: (width, height) of both.
    """
    if (matrix := realign(a, b)) is not None:
        valid = valid & coverage_mask(matrix, size, size)
        b = np.asarray(np.where(valid[..., None], resample(b, matrix, size), a), np.uint8)
    b, known = warp(a, b, valid)
    return predict(a, b) * known


def _region(box: Box, mask: Mask, learned: Float32) -> Region:
    inside = mask[box.slices]
    return Region(box, int(np.count_nonzero(inside)), chance(SCORE_WEIGHTS, features(box, mask, learned)), ("network",))


def features(box: Box, mask: Mask, learned: Float32) -> tuple[float, float, float]:
    """Features of the score: log-odds of the largest and of the mean probability, log of the pixel count."""
    values = learned[box.slices][mask[box.slices]]
    return log_odds(float(values.max())), log_odds(float(values.mean())), math.log(len(values))
