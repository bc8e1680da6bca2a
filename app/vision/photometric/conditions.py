"""How the second picture was taken or stored otherwise, in words: what differs though nothing in the scene changed.

Every measure is a median, a quartile or a mean over the whole picture, so that a few changed things do not decide it.
"""

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
import numpy.typing as npt

from app.vision.arrays import Float64, Mask, UInt8
from app.vision.histogram import counts, quantile
from app.vision.pair import Pair
from app.vision.photometric.noise import BLOCKIER, blockiness

# Measured on the 60 photographs under the conditions of docs/accuracy.md, from the least of them to the most, in levels
# or as B's share of A:
# lighter   exposure -15 to -3, phone -12 to -5, white balance -10 to -2, haze 9 to 37; rest -1 to 1, uneven light to 5
# warmer    white balance -52 to -16, haze -28 to 10, exposure -14 to 2, phone -9 to 4; rest -1 to 2
# contrast  haze 0.57 to 0.86, exposure 0.82 to 0.94, shadow 0.68 to 1.20, uneven light 0.88 to 1.25; rest 0.86 to 1.04
# detail    defocus 0.20 to 0.37; rest 0.70 to 1.14
# noisier   noise 1.0 to 5.7, in all but one over 2; JPEG 40 up to 6.2, in 7 over 2; rest up to 0.3
# blocks    JPEG 40 0.89 to 1.22, in 42 over 1.06; rest, where B is not resampled, up to 1.02
LIGHTER, WARMER = 5, 15
CONTRAST, DETAIL = 1.18, 1.6
NOISIER = 2.0
# Of larger pictures, bands of so many rows with no more pixels in all, spread over the whole.
PIXELS, BAND = 2_000_000, 64
LARGEST_STEP = 2 * 255


def conditions(pair: Pair, resampled: bool) -> list[str]:
    """What to say of B, such as ["darker", "noisier"]; empty where nothing stands out, or half the pixels are equal.

    resampled: B's pixels are no longer those of its file, so its compression cannot be seen.
    """
    if np.count_nonzero(pair.unequal) < pair.pixels / 2:
        return []
    rows = slice(None, None, max(1, pair.valid.size // PIXELS))
    valid = pair.valid[rows]
    lighter = _median(pair.gray_b[rows].astype(np.int16) - pair.gray_a[rows], valid)
    warmer = _median(_warmth(pair.b[rows]) - _warmth(pair.a[rows]), valid)
    bands = _bands(pair.valid.shape)
    a, b = ([gray[band] for band in bands] for gray in (pair.gray_a, pair.gray_b))
    known = [pair.valid[band] for band in bands]
    noisier = _noise(b) - _noise(a)
    said = [
        (lighter >= LIGHTER, "lighter"),
        (lighter <= -LIGHTER, "darker"),
        (warmer >= WARMER, "warmer"),
        (warmer <= -WARMER, "cooler"),
        *_compared(_contrast(b, known) / _contrast(a, known), CONTRAST, "of more", "of less", " contrast"),
        (noisier >= NOISIER, "noisier"),
        *([] if noisier >= NOISIER else _compared(_detail(b) / _detail(a), DETAIL, "sharper", "softer")),
        (not resampled and blockiness(np.vstack(b)) >= BLOCKIER * blockiness(np.vstack(a)), "re-compressed"),
    ]
    return [word for true, word in said if true]


def _compared(ratio: float, limit: float, more: str, less: str, of: str = "") -> list[tuple[bool, str]]:
    return [(ratio >= limit, more + of), (ratio <= 1 / limit, less + of)]


def _bands(shape: tuple[int, int]) -> list[slice]:
    """Rows to look at: all of a small picture, and of a larger one bands of them at even distances."""
    height, width = shape
    every = -(-height * width // PIXELS)
    return [slice(0, height)] if every == 1 else [slice(y, y + BAND) for y in range(0, height, every * BAND)]


def _median(steps: npt.NDArray[np.int16], among: Mask) -> float:
    return quantile(counts(steps + LARGEST_STEP, 2 * LARGEST_STEP + 1, among), 0.5) - LARGEST_STEP


def _warmth(rgb: UInt8) -> npt.NDArray[np.int16]:
    """Red less blue."""
    return np.subtract(rgb[..., 0], rgb[..., 2], dtype=np.int16)


def _contrast(bands: Sequence[UInt8], valid: Sequence[Mask]) -> float:
    """From the first to the third quarter of the levels of what is larger than grain; never 0."""
    found = _summed(
        counts(cv2.GaussianBlur(gray, (0, 0), 3), 256, known) for gray, known in zip(bands, valid, strict=True)
    )
    return quantile(found, 0.75) - quantile(found, 0.25) + 1


def _detail(bands: Sequence[UInt8]) -> float:
    """Mean absolute Laplacian of what is larger than noise; never 0."""
    curved = (cv2.Laplacian(cv2.GaussianBlur(gray, (0, 0), 1), cv2.CV_16S) for gray in bands)
    return sum(cv2.norm(values, cv2.NORM_L1) for values in curved) / sum(gray.size for gray in bands) + 0.1


def _noise(bands: Sequence[UInt8]) -> float:
    """Standard deviation of the noise, in levels.

    J. Immerkær, "Fast noise variance estimation", CVIU 64(2), 1996; with the median, as edges are no noise.
    """
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    found = _summed(counts(np.abs(cv2.filter2D(gray, cv2.CV_16S, kernel)), 8 * 255 + 1) for gray in bands)
    return quantile(found, 0.5) / (6 * 0.6745)


def _summed(found: Iterable[Float64]) -> Float64:
    return np.asarray(np.sum(list(found), axis=0), np.float64)
