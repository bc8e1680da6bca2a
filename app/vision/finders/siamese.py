"""Changed regions as a trained network sees them, whatever the light, the lens and the angle did."""

import math

import numpy as np

from app.vision.alignment.residual_flow import warp
from app.vision.arrays import Float32, Mask, UInt8
from app.vision.finders.grouping import chance, enlarged, groups, in_frame, log_odds, reduced
from app.vision.geometry import Size
from app.vision.networks.change_detector import PIXELS, predict, within
from app.vision.networks.realign import realign
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.region import Box, Finding, Region
from app.vision.resample import covered, resample

# The chance from which a pixel counts as changed.
CHANGED = 0.5
# A change has at least so many pixels; parts this near, relative to the side, are one.
SPECK, NEAR = 12, 0.01
# Logistic regression on `features`, by training/calibrate.py on photographs that the network was not trained on.
CHANCE = (-2.67, -0.22, 2.77, -0.18)


def find(pair: Pair, _options: Options) -> Finding:
    """The changed regions, most change first; the evidence is the chance of change.

    Where B plainly lies off A, because nobody lined it up, the network's descriptors find out how, see `realign`.
    """
    if pair.equal.all():
        nothing = np.zeros_like(pair.valid)
        return Finding([], nothing, nothing.view(np.uint8))
    size = within(pair.size, PIXELS)
    learned = detect(*reduced(pair, size), size)
    mask = learned > CHANGED
    regions = [in_frame(_region(box, mask, learned), size, pair.size) for box in groups(mask, NEAR, SPECK)]
    regions.sort(key=lambda region: region.changed_pixels * region.score, reverse=True)
    levels = np.asarray(learned * 255 + 0.5, np.uint8)
    return Finding(regions, enlarged(mask.view(np.uint8), pair.size).view(np.bool_), enlarged(levels, pair.size))


def detect(a: UInt8, b: UInt8, valid: Mask, size: Size) -> Float32:
    """The chance of change, 0 where it is not known."""
    if (matrix := realign(a, b)) is not None:
        valid = valid & covered(matrix, size, size)
        b = np.asarray(np.where(valid[..., None], resample(b, matrix, size), a), np.uint8)
    b, known = warp(a, b, valid)
    return predict(a, b) * known


def _region(box: Box, mask: Mask, learned: Float32) -> Region:
    inside = mask[box.slices]
    return Region(box, int(np.count_nonzero(inside)), chance(CHANCE, features(box, mask, learned)), ("network",))


def features(box: Box, mask: Mask, learned: Float32) -> tuple[float, float, float]:
    """What tells whether a group is a change: the network's strongest and its mean word for it, and its pixels."""
    words = learned[box.slices][mask[box.slices]]
    return log_odds(float(words.max())), log_odds(float(words.mean())), math.log(len(words))
