"""Changed regions from the absolute difference |A - B|, after an optional filter."""

from dataclasses import dataclass

import cv2
import numpy as np

from app.vision.arrays import Float32, Mask, UInt8
from app.vision.finders.detection.grouping import close, enlarged, finding, no_change, outer_boxes, reduced, strongest
from app.vision.histogram import counts, otsu
from app.vision.metrics.frequency_filters import HIGH_PASS_ZEROED, LOW_PASS_KEPT, high_pass, low_pass, normalize
from app.vision.options import Gradient, Options
from app.vision.pair import Pair
from app.vision.region import Finding
from app.vision.resize import shrunk_size

NAME = "difference"
TITLE = "Difference"
DESCRIPTION = "Marks where one picture subtracted from the other leaves most."
DETAILS = (
    "Subtracts one picture from the other, and does nothing else. The simplest method; shifts and compression "
    "show as much as changes do."
)

MAX_PIXELS = 1_000_000

# The filters have rounding errors of about 1e-7; one level of 255 is 4e-3.
ROUNDING = 1e-5

# Otsu's threshold also splits pure noise. So a pixel counts only if the pictures differ by NOISE_SIGMAS standard
# deviations of the noise, within these bounds: without the upper one, entirely different pictures would have no
# regions. On 15 photographs with a noise of 8 levels the gradient of SSIM has 4 false regions a picture, and finds
# 92 % of the changes; with a fixed limit of 8 levels it was 160 and 60 %, with one of 25 levels 800 and 99 %.
NOISE_SIGMAS = 5
MIN_DIFFERENCE, MAX_DIFFERENCE = 8 / 255, 64 / 255

# Upper bound of Otsu's threshold, for maps that are high everywhere: values above half of the maximum always count.
MAX_OTSU = 127

# Parts up to twice this many pixels apart are one region: the gradient of SSIM is fragmented within one change.
CLOSING_RADIUS = 4


@dataclass(frozen=True)
class Prepared:
    """A preprocessed pair, reduced to at most MAX_PIXELS.

    a, b: float32 (height, width, 3), in [0, 1] before the filter. Outside `valid`, B equals A.
    valid: bool (height, width).
    """

    a: Float32
    b: Float32
    valid: Mask


def find(pair: Pair, options: Options) -> Finding:
    """Threshold |A - B| in the channel where it is largest, after the preprocessing of the options `gradient`.

    See `prepare` for the preprocessing and `cut` for the threshold.
    """
    prepared = prepare(pair, options.gradient)
    return cut(pair, prepared, _step(prepared.a, prepared.b), "difference")


def prepare(pair: Pair, settings: Gradient) -> Prepared:
    """Preprocess a pair. Pictures of more than a megapixel are reduced first, which bounds time and memory."""
    *pictures, valid = reduced(pair, shrunk_size(pair.size, MAX_PIXELS))
    a, b = (_preprocessed(picture, settings) for picture in pictures)
    different = valid & (_step(a, b) > ROUNDING)
    return Prepared(a, np.where(different[..., None], b, a), valid)


def _step(a: Float32, b: Float32) -> Float32:
    """|A - B| in the channel where it is largest: float32 (height, width)."""
    return strongest(np.asarray(cv2.absdiff(a, b), np.float32))


def cut(pair: Pair, prepared: Prepared, strength: Float32, name: str) -> Finding:
    """Regions of a map, float32 (height, width) of the prepared size, not negative. A map of zeros has no regions.

    The evidence is the map divided by its maximum and resized to the pair. The mask holds the pixels above Otsu's
    threshold that also differ by more than the noise, since a gradient may be large where the pictures are equal. The
    boxes bound the outer contours of the mask after closing small gaps, at the resolution of the reduced pair.
    """
    strength = np.where(prepared.valid, strength, 0)
    if not strength.any():
        return no_change(pair)
    levels = np.rint(strength / strength.max() * 255).astype(np.uint8)
    threshold = min(otsu(counts(levels, 256, prepared.valid)), MAX_OTSU)
    changed = (levels > threshold) & _above_noise(prepared)
    boxes = outer_boxes(enlarged(close(changed, CLOSING_RADIUS), pair.size))
    mask = pair.valid & enlarged(changed, pair.size)
    evidence = np.where(pair.valid, enlarged(levels, pair.size, cv2.INTER_LINEAR), np.uint8(0))
    return finding(boxes, mask, evidence, name)


def _preprocessed(picture: UInt8, settings: Gradient) -> Float32:
    scaled = np.divide(picture, 255, dtype=np.float32)
    match settings.preprocess:
        case "normalize":
            return normalize(scaled)
        case "high_pass":
            return high_pass(scaled, settings.factor or HIGH_PASS_ZEROED)
        case "low_pass":
            return low_pass(scaled, settings.factor or LOW_PASS_KEPT)
    return scaled


def _above_noise(prepared: Prepared) -> Mask:
    noise = _deviation((prepared.b - prepared.a)[prepared.valid])
    threshold = np.clip(NOISE_SIGMAS * noise, MIN_DIFFERENCE, MAX_DIFFERENCE)
    return np.asarray(_step(prepared.a, prepared.b) > threshold, np.bool_)


def _deviation(values: Float32) -> float:
    """The noise's standard deviation in (n, 3), by the median absolute deviation: robust to changes in less than half.

    Relative to the median of each channel, since a change of light is not noise.
    """
    return 1.4826 * float(np.median(np.abs(values - np.median(values, axis=0))))
