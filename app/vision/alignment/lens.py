"""Radial distortion: a lens of B that bends straight lines outwards (barrel) or inwards (pincushion).

The first term of Brown's model (D. C. Brown, "Close-range camera calibration", Photogrammetric Engineering 37(8),
1971): a point at distance r from the middle of B, in half diagonals, lies at r (1 + k r²) in the picture. Motions map
the points without distortion.
"""

from dataclasses import replace

import numpy as np
from scipy.optimize import least_squares

from app.vision.alignment.block_ncc import votes
from app.vision.alignment.candidate import RegistrationCandidate
from app.vision.alignment.features import track
from app.vision.alignment.motion_model import MIN_POINTS, MotionModel
from app.vision.arrays import Float64
from app.vision.geometry import distort, inverse, is_plausible_homography, transform

# Each estimate lets corners be tracked farther from the middle.
ITERATIONS = 4
# Corners that follow a motion within these pixels are its inliers.
TOLERANCE = 1.5
# The term must move the corners of B by more pixels, and then most blocks match, and so many improve for each that
# becomes worse. Parallax has shares up to 0.65, and improves two or three for each.
MIN_BEND, MIN_SHARE, MIN_BETTER = 1.0, 0.75, 8
MAX_RADIAL = 0.5


def with_lens(candidate: RegistrationCandidate) -> RegistrationCandidate | None:
    """The candidate with a radial term; None if that does not match clearly more blocks."""
    current = candidate
    for _ in range(ITERATIONS):
        found = _refined(current)
        if found is None:
            return None
        current = found
    bend = abs(current.motion.radial) * float(np.hypot(*current.b.size)) / 2
    vote = votes(current.agreement, candidate.agreement)
    if bend < MIN_BEND or current.agreement.share < MIN_SHARE or vote.better < MIN_BETTER * max(vote.worse, 1):
        return None
    return current


def _refined(current: RegistrationCandidate) -> RegistrationCandidate | None:
    """The motion and radial term that the tracked corners follow; None if they follow none."""
    points = track(current.a, current.warped_b, current.covered)
    if points is None or len(points[0]) < 2 * MIN_POINTS:
        return None
    in_warped, in_a = points
    size = current.b.size
    in_b = distort(transform(inverse(current.motion.matrix), in_warped), current.motion.radial, size)
    start = inverse(current.motion.matrix)
    start = np.append((start / start[2, 2]).ravel()[:8], current.motion.radial)

    def residuals(values: Float64) -> Float64:
        return np.asarray((_bent(values, in_a, size) - in_b).ravel(), np.float64)

    fitted = least_squares(residuals, start, loss="cauchy", f_scale=0.5, x_scale="jac", max_nfev=50)
    matrix = inverse(np.append(fitted.x[:8], 1).reshape(3, 3))
    radial = float(fitted.x[8])
    if abs(radial) > MAX_RADIAL or not is_plausible_homography(matrix, current.a.size, size):
        return None
    distances = np.linalg.norm(_bent(fitted.x, in_a, size) - in_b, axis=1)
    inliers = distances < TOLERANCE
    if inliers.sum() < MIN_POINTS:
        return None
    error = float(np.sqrt(np.mean(distances[inliers] ** 2)))
    motion = MotionModel("homography", matrix, int(inliers.sum()), error, radial)
    return replace(current, motion=motion)


def _bent(values: Float64, points: Float64, size: tuple[int, int]) -> Float64:
    """Points of A in B. values: the first eight elements of the homography from A to B, and the radial term."""
    return distort(transform(np.append(values[:8], 1).reshape(3, 3), points), values[8], size)
