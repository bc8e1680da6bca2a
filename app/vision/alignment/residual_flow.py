"""The displacement that a homography leaves: lens distortion, warped boards and paper, and parallax.

The flow is estimated at corners tracked from A to B and smoothed over a twentieth of the picture, so that it does not
follow objects that moved on their own.
"""

import cv2
import numpy as np

from app.vision.alignment.features import RegistrationImage, track
from app.vision.arrays import Float32, Float64, Mask, UInt8

# Gaussian sigma of the smoothing, relative to the side of a square of the picture's area.
SMOOTHING_SIGMA = 0.05
# Corners with a larger displacement, in pixels, belong to an object that moved on its own, or are wrong.
MAX_FLOW = 12.0
# The estimate is repeated without the corners that deviate from the smoothed flow by more than these pixels.
MAX_DEVIATIONS = (2.0, 1.5)
# Weight of a prior of zero flow, in corners.
PRIOR_WEIGHT = 0.5
# A smaller flow, in pixels, is not worth resampling.
MIN_FLOW = 0.4
CELL_SIZE = 8


def warp(a: UInt8, b: UInt8, valid: Mask) -> tuple[UInt8, Mask]:
    """Warp B, uint8 RGB (height, width, 3), onto A: the result and its valid pixels, bool (height, width)."""
    flow = estimate(a, b, valid)
    if flow is None or np.abs(flow).max() < MIN_FLOW:
        return b, valid
    height, width = valid.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    x, y = x + flow[..., 0], y + flow[..., 1]
    warped = cv2.remap(b, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    covered = cv2.remap(valid.view(np.uint8), x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    return np.asarray(warped, np.uint8), covered.astype(np.bool_) & valid


def estimate(a: UInt8, b: UInt8, valid: Mask) -> Float32 | None:
    """The displacement of each pixel of A in B: float32 (height, width, 2), x and y in pixels; None without corners."""
    image_a = RegistrationImage.of(a, None)
    covered = cv2.resize(valid.view(np.uint8), image_a.size, interpolation=cv2.INTER_NEAREST) > 0
    found = track(image_a, RegistrationImage.of(b, None).normalised, covered)
    if found is None:
        return None
    points_b, points_a = found
    plausible = np.linalg.norm(points_b - points_a, axis=1) < MAX_FLOW
    field = _smooth((points_b - points_a)[plausible], points_a[plausible], image_a.size)
    height, width = valid.shape
    return np.asarray(cv2.resize(field, (width, height)), np.float32) * np.float32(width / image_a.size[0])


def _smooth(flow: Float64, at: Float64, size: tuple[int, int]) -> Float32:
    """Smooth the flow of scattered points (n, 2) on a grid of cells: float32 (rows, columns, 2)."""
    columns, rows = (-(-side // CELL_SIZE) for side in size)
    sigma = SMOOTHING_SIGMA * (columns * rows) ** 0.5
    cells = tuple((at[:, axis] // CELL_SIZE).astype(np.intp) for axis in (1, 0))
    kept = np.ones(len(at), np.bool_)
    field = np.zeros((rows, columns, 2), np.float32)
    for max_deviation in (*MAX_DEVIATIONS, np.inf):
        sums = np.zeros((rows, columns, 3), np.float32)
        np.add.at(sums, cells, np.column_stack([flow, np.ones(len(at))]) * kept[:, None])
        sums = cv2.GaussianBlur(sums, (0, 0), sigma, borderType=cv2.BORDER_CONSTANT) * (2 * np.pi * sigma**2)
        field = np.asarray(sums[..., :2] / (sums[..., 2:] + PRIOR_WEIGHT), np.float32)
        kept = np.linalg.norm(flow - field[cells], axis=1) < max_deviation
    return field
