"""What one homography leaves: lenses bend, boards and paper warp, a camera that moved sees depth.

The drift is estimated at corners that can be followed from A to B and smoothed over a twentieth of the picture, so
that it bends but cannot swallow a thing that moved by itself.
"""

import cv2
import numpy as np

from app.vision.alignment.features import RegistrationImage, track
from app.vision.arrays import Float32, Float64, Mask, UInt8

# The reach of one corner's word, as gaussian sigma, relative to the side of a square of the same area.
REACH = 0.05
# Corners that say more, in pixels, follow something that moved by itself, or are wrong.
FARTHEST = 12.0
# Nor does a corner count that disagrees with its neighbours by more, in pixels; the estimate is repeated without it.
DISAGREEMENT = (2.0, 1.5)
# Weight of the word "nothing moved", in corners.
PRIOR = 0.5
# Less than this, in pixels, is not worth resampling.
NEGLIGIBLE = 0.4
CELL = 8


def warp(a: UInt8, b: UInt8, valid: Mask) -> tuple[UInt8, Mask]:
    """B, uint8 RGB (height, width, 3), bent onto A, and where it has pixels then: bool (height, width)."""
    drift = estimate(a, b, valid)
    if drift is None or np.abs(drift).max() < NEGLIGIBLE:
        return b, valid
    height, width = valid.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    x, y = x + drift[..., 0], y + drift[..., 1]
    bent = cv2.remap(b, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    known = cv2.remap(valid.view(np.uint8), x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    return np.asarray(bent, np.uint8), known.astype(np.bool_) & valid


def estimate(a: UInt8, b: UInt8, valid: Mask) -> Float32 | None:
    """How far each pixel of A lies off in B: float32 (height, width, 2), x and y in pixels; None without corners."""
    view = RegistrationImage.of(a, None)
    covered = cv2.resize(valid.view(np.uint8), view.size, interpolation=cv2.INTER_NEAREST) > 0
    found = track(view, RegistrationImage.of(b, None).even, covered)
    if found is None:
        return None
    there, here = found
    near = np.linalg.norm(there - here, axis=1) < FARTHEST
    field = _smooth((there - here)[near], here[near], view.size)
    height, width = valid.shape
    return np.asarray(cv2.resize(field, (width, height)), np.float32) * np.float32(width / view.size[0])


def _smooth(drift: Float64, at: Float64, size: tuple[int, int]) -> Float32:
    """The drift of scattered points (n, 2) on a grid of cells: float32 (rows, columns, 2)."""
    columns, rows = (-(-side // CELL) for side in size)
    sigma = REACH * (columns * rows) ** 0.5
    cells = tuple((at[:, axis] // CELL).astype(np.intp) for axis in (1, 0))
    kept = np.ones(len(at), np.bool_)
    field = np.zeros((rows, columns, 2), np.float32)
    for disagreement in (*DISAGREEMENT, np.inf):
        sums = np.zeros((rows, columns, 3), np.float32)
        np.add.at(sums, cells, np.column_stack([drift, np.ones(len(at))]) * kept[:, None])
        sums = cv2.GaussianBlur(sums, (0, 0), sigma, borderType=cv2.BORDER_CONSTANT) * (2 * np.pi * sigma**2)
        field = np.asarray(sums[..., :2] / (sums[..., 2:] + PRIOR), np.float32)
        kept = np.linalg.norm(drift - field[cells], axis=1) < disagreement
    return field
