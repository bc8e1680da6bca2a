"""Match pictures whose contrast differs: of another sensor, season or time of day, or a map and a photograph.

The features are SIFT's (Lowe, IJCV 60(2), 2004), but upright and blind to the sign of contrast: the descriptor's eight
orientations are folded to four, so that opposite gradients are alike, as in symmetric SIFT (Chen and Tian, ICPR 2009).
The square roots of the sums are compared (Arandjelović and Zisserman, "Three things everyone should know to improve
object retrieval", CVPR 2012). Blocks of such pictures hardly correlate, so the inliers themselves are the proof.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from app.vision.alignment.features import RegistrationImage
from app.vision.alignment.motion_model import MIN_POINTS, MotionModel, estimate
from app.vision.arrays import Float32, Float64, Mask, UInt8
from app.vision.geometry import inverse, is_plausible_homography, transform

MAX_FEATURES = 4000
# A match must be mutual, and its distance less than this part of the second best.
MAX_RATIO = 0.9
# 60 unrelated pairs of photographs had up to 8 inliers, six pairs of one scene by other sensors or in other seasons 31
# to 183.
MIN_INLIERS = 20
# The least share of A's corners that lie near an inlier, and how near that is, as a part of the side.
MIN_COVERED, NEAR = 0.12, 0.08
TOLERANCE = 3.0  # pixels


def register(a: RegistrationImage, b: RegistrationImage, still: Mask) -> MotionModel | None:
    """The motion between the reduced pictures that enough features follow, all over A; None if none is.

    still: bool, A's shape, the pixels that B matches where it is: a caption, a watermark or the frame of a camera that
        both have proves nothing about the rest.
    """
    (points_a, described_a), (points_b, described_b) = (_features(image.normalised) for image in (a, b))
    columns, rows = points_a.astype(np.intp).T
    points_a, described_a = points_a[~still[rows, columns]], described_a[~still[rows, columns]]
    if min(len(points_a), len(points_b)) < MIN_POINTS:
        return None
    pairs = _mutual_matches(described_b, described_a)
    matched_b, matched_a = points_b[pairs[:, 0]], points_a[pairs[:, 1]]
    motion = estimate(matched_b, matched_a, TOLERANCE)
    if motion is None or motion.inliers < MIN_INLIERS or not is_plausible_homography(motion.matrix, a.size, b.size):
        return None
    follows = np.linalg.norm(transform(motion.matrix, matched_b) - matched_a, axis=1) < TOLERANCE
    return motion if _covered_share(a, b, motion.matrix, matched_a[follows]) > MIN_COVERED else None


def _features(gray: UInt8) -> tuple[Float64, Float32]:
    """The positions (n, 2) and the descriptors (n, 64) of the features of a picture of normalised contrast."""
    sift = cv2.SIFT.create(MAX_FEATURES)
    unique = {(key.pt, key.octave): key for key in sift.detect(gray, np.empty(0))}  # several orientations at one place
    keys: Sequence[cv2.KeyPoint] = list(unique.values())
    for key in keys:
        key.angle = 0
    keys, described = sift.compute(gray, keys)
    if not keys:
        return np.empty((0, 2)), np.empty((0, 64), np.float32)
    cells = np.asarray(described, np.float32).reshape(-1, 16, 8)
    folded = (cells[..., :4] + cells[..., 4:]).reshape(-1, 64)
    positions = np.array([key.pt for key in keys], np.float64)
    return positions, np.sqrt(folded / np.maximum(folded.sum(axis=1, keepdims=True), 1))


def _mutual_matches(b: Float32, a: Float32) -> np.ndarray[tuple[int, int], np.dtype[np.intp]]:
    """Indices (n, 2) of the descriptors of B and of A that are each other's nearest, and clearly nearer than others."""
    matcher = cv2.BFMatcher(cv2.NORM_L2)
    nearest = {back.queryIdx: back.trainIdx for (back,) in matcher.knnMatch(a, b, k=1)}
    kept = [
        (best.queryIdx, best.trainIdx)
        for best, second in matcher.knnMatch(b, a, k=2)
        if best.distance < MAX_RATIO * second.distance and nearest[best.trainIdx] == best.queryIdx
    ]
    return np.array(kept, np.intp).reshape(-1, 2)


def _covered_share(a: RegistrationImage, b: RegistrationImage, matrix: Float64, inliers: Float64) -> float:
    """The share of A's corners that B covers which lie near an inlier, in [0, 1]."""
    corners = a.corners.astype(np.float64)
    at_b = transform(inverse(matrix), corners)
    corners = corners[((at_b >= 0) & (at_b < b.size)).all(axis=1)]
    if not len(corners):
        return 0.0
    apart = np.linalg.norm(corners[:, None] - inliers[None], axis=2).min(axis=1)
    return float(np.mean(apart < NEAR * a.gray.size**0.5))
