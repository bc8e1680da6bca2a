"""Changed regions from a map of differences: |A - B|, after a filter if one is wanted."""

from dataclasses import dataclass

import cv2
import numpy as np

from app.vision.arrays import Float32, Mask, UInt8
from app.vision.drawing.outlines import fitting
from app.vision.finders.grouping import close, finding, outer_boxes
from app.vision.metrics.frequency_filters import KEPT, ZEROED, high_pass, low_pass, normalize
from app.vision.options import Gradient, Options
from app.vision.pair import Pair
from app.vision.region import Finding
from app.vision.resize import reduce

MAX_PIXELS = 1_000_000

# The filters leave traces of rounding of about 1e-7; one level of 255 is 4e-3.
ROUNDING = 1e-5

# Otsu's threshold splits any two things, noise from noise, too. So a pixel counts only where the pictures differ by
# NOISE standard deviations of the noise, within these bounds: with no upper one, entirely different pictures would
# have no regions. On 15 photographs with a noise of 8 levels the gradient of SSIM has 4 false regions a picture, and
# finds 92 % of the changes; with a fixed limit of 8 levels it was 160 and 60 %, with one of 25 levels 800 and 99 %.
NOISE = 5
LEAST_DIFFERENCE, MOST_DIFFERENCE = 8 / 255, 64 / 255

# A map that is high all over has nothing to split: what exceeds half of the largest value always counts.
HALF = 127

# Pieces up to twice as many pixels apart are one region: the gradient of SSIM breaks up over one and the same change.
REACH = 4


@dataclass(frozen=True)
class Prepared:
    """A pair as it is compared here.

    a, b: float32 (height, width, 3), pre-processed: in [0, 1] but for what the filters make of it. Outside `valid`, B
        is A.
    valid: bool (height, width).
    """

    a: Float32
    b: Float32
    valid: Mask


def find(pair: Pair, options: Options) -> Finding:
    """|A - B| in the channel where it is largest, after the pre-processing that the options `gradient` ask for.

    How the pictures are prepared and how regions are cut from the map: see `prepare` and `cut`.
    """
    prepared = prepare(pair, options.gradient)
    return cut(pair, prepared, strongest(prepared.a - prepared.b), "difference")


def prepare(pair: Pair, settings: Gradient) -> Prepared:
    """Pictures of more than a megapixel are reduced to one first, so that time and memory have a bound."""
    size = fitting(pair.size, MAX_PIXELS)
    a, b = (_preprocessed(reduce(picture, size), settings) for picture in (pair.a, pair.b))
    valid = reduce(pair.valid.view(np.uint8) * np.uint8(255), size) == 255
    different = valid & (strongest(a - b) > ROUNDING)
    return Prepared(a, np.where(different[..., None], b, a), valid)


def strongest(values: Float32) -> Float32:
    """The largest magnitude among the channels: float32 (height, width), from (height, width, 3)."""
    red, green, blue = (np.abs(values[..., channel]) for channel in range(3))  # ten times as fast as max(axis=2)
    return np.maximum(np.maximum(red, green), blue)


def cut(pair: Pair, prepared: Prepared, strength: Float32, name: str) -> Finding:
    """Regions from a map: float32 (height, width) as prepared, not negative. Nothing but zeros has no regions.

    The evidence is the map scaled by its largest value and brought to the size of the pair. The mask is what lies
    above Otsu's threshold and above the noise: where the pictures are alike, a gradient tells what else could be
    altered. The boxes hold the outer contours of the mask, once small gaps are closed. In a reduced pair they are as
    coarse as its pixels.
    """
    strength = np.where(prepared.valid, strength, 0)
    if not strength.any():
        return Finding([], np.zeros_like(pair.valid), np.zeros(pair.valid.shape, np.uint8))
    levels = np.rint(strength / strength.max() * 255).astype(np.uint8)
    otsu, _ = cv2.threshold(levels[prepared.valid], 0, 255, cv2.THRESH_OTSU)
    changed = (levels > min(otsu, HALF)) & _above_noise(prepared)
    boxes = outer_boxes(_enlarged(close(changed, REACH), pair, cv2.INTER_NEAREST) > 0)
    mask = pair.valid & (_enlarged(changed, pair, cv2.INTER_NEAREST) > 0)
    evidence = np.where(pair.valid, _enlarged(levels, pair, cv2.INTER_LINEAR), np.uint8(0))
    return finding(boxes, mask, evidence, name)


def _preprocessed(picture: UInt8, settings: Gradient) -> Float32:
    scaled = np.divide(picture, 255, dtype=np.float32)
    match settings.preprocess:
        case "normalize":
            return normalize(scaled)
        case "high_pass":
            return high_pass(scaled, settings.factor or ZEROED)
        case "low_pass":
            return low_pass(scaled, settings.factor or KEPT)
    return scaled


def _above_noise(prepared: Prepared) -> Mask:
    difference = prepared.b - prepared.a
    least = np.clip(NOISE * _deviation(difference[prepared.valid]), LEAST_DIFFERENCE, MOST_DIFFERENCE)
    return np.asarray(strongest(difference) > least, np.bool_)


def _deviation(values: Float32) -> float:
    """The standard deviation of normal noise in (n, 3), by the median: changes in less than half of it do not count.

    From the median of each channel, as another light is no noise.
    """
    return 1.4826 * float(np.median(np.abs(values - np.median(values, axis=0))))


def _enlarged(plane: UInt8 | Mask, pair: Pair, interpolation: int) -> UInt8:
    return np.asarray(cv2.resize(plane.view(np.uint8), pair.size, interpolation=interpolation), np.uint8)
