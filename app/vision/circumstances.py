"""How the second picture was taken or stored otherwise, in words: what differs though nothing in the scene changed.

Every measure is a median or a mean over the whole picture, so that a few changed things do not decide it.
"""

import cv2
import numpy as np

from app.vision.arrays import Float32, Mask, UInt8
from app.vision.noise import BLOCKIER, blockiness
from app.vision.pair import Pair

# Seen on 60 photographs under known conditions: exposure moved the median by 8 to 14 levels, white balance the median
# of red less blue by 35 to 50, haze the contrast to 0.7 to 0.8, defocus the detail to 0.3, noise of sigma 8 the
# estimate by 4 to 5, JPEG of quality 40 the blocks to 1.09 to 1.16 times. Where none of it was done, they stayed
# within 1 level, 10, 0.02, 0.1, 0.5 and 0.01.
LIGHTER, WARMER = 5, 15
CONTRAST, DETAIL = 1.18, 1.6
NOISIER = 2.0
PIXELS = 2_000_000


def circumstances(pair: Pair, resampled: bool) -> list[str]:
    """What to say of B, such as ["darker", "noisier"]; empty where nothing stands out, or half the pixels are equal.

    resampled: B's pixels are no longer those of its file, so its compression cannot be seen.
    """
    if np.count_nonzero(pair.equal & pair.valid) > pair.pixels / 2:
        return []
    rows = slice(None, None, max(1, pair.valid.size // PIXELS))
    valid = pair.valid[rows]
    a, b = pair.a[rows][valid], pair.b[rows][valid]
    gray_a, gray_b = pair.gray_a, pair.gray_b
    lighter = float(np.median(pair.gray_b[rows][valid].astype(np.int16) - pair.gray_a[rows][valid]))
    warmer = float(np.median(_warmth(b) - _warmth(a)))
    noisier = _noise(gray_b) - _noise(gray_a)
    said = [
        (lighter >= LIGHTER, "lighter"),
        (lighter <= -LIGHTER, "darker"),
        (warmer >= WARMER, "warmer"),
        (warmer <= -WARMER, "cooler"),
        *_compared(
            _contrast(gray_b, pair.valid) / _contrast(gray_a, pair.valid), CONTRAST, "of more", "of less", " contrast"
        ),
        (noisier >= NOISIER, "noisier"),
        *([] if noisier >= NOISIER else _compared(_detail(gray_b) / _detail(gray_a), DETAIL, "sharper", "softer")),
        (not resampled and blockiness(gray_b) >= BLOCKIER * blockiness(gray_a), "re-compressed"),
    ]
    return [word for true, word in said if true]


def _compared(ratio: float, limit: float, more: str, less: str, of: str = "") -> list[tuple[bool, str]]:
    return [(ratio >= limit, more + of), (ratio <= 1 / limit, less + of)]


def _warmth(rgb: UInt8) -> Float32:
    return rgb[:, 0].astype(np.float32) - rgb[:, 2]


def _contrast(gray: UInt8, valid: Mask) -> float:
    """From the first to the third quarter of the levels of what is larger than grain; never 0."""
    low, high = np.percentile(cv2.GaussianBlur(gray, (0, 0), 3)[valid], (25, 75))
    return float(high - low) + 1


def _detail(gray: UInt8) -> float:
    """Mean absolute Laplacian of what is larger than noise; never 0."""
    return float(np.abs(cv2.Laplacian(cv2.GaussianBlur(gray, (0, 0), 1), cv2.CV_16S)).mean()) + 0.1


def _noise(gray: UInt8) -> float:
    """Standard deviation of the noise, in levels.

    J. Immerkær, "Fast noise variance estimation", CVIU 64(2), 1996; with the median, as edges are no noise.
    """
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    return float(np.median(np.abs(cv2.filter2D(gray, cv2.CV_16S, kernel)))) / (6 * 0.6745)
