"""Estimating how B moved: by the features of both pictures, and by tracking corners where B nearly lies on A.

All on gray pictures of at most half a megapixel, whose contrast was evened out: shadow, haze and exposure then hardly
matter. Even so the motion comes out to some hundredths of a pixel, for hundreds of corners take part.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Self

import cv2
import numpy as np

from app.vision.alignment.motion_model import MIN_POINTS, MotionModel, estimate
from app.vision.arrays import Float32, Float64, Mask, UInt8
from app.vision.geometry import Size, inverse, resizing, transform
from app.vision.resize import reduce

PIXELS = 500_000
CORNERS = 600
FEATURES = 2000

Points = tuple[Float64, Float64]


@dataclass(frozen=True)
class RegistrationImage:
    """A picture reduced for registration.

    rgb: the picture itself, uint8 (height, width, 3).
    gray: reduced, uint8 (height, width).
    matrix: 3x3, from the picture's pixels to those of `gray`.
    """

    rgb: UInt8
    gray: UInt8
    matrix: Float64

    @classmethod
    def of(cls, rgb: UInt8, alpha: UInt8 | None) -> Self:
        """Gray on white, and small: `rgb` is uint8 (height, width, 3), `alpha` uint8 (height, width)."""
        height, width = rgb.shape[:2]
        factor = min(1.0, (PIXELS / (width * height)) ** 0.5)
        size = max(1, round(width * factor)), max(1, round(height * factor))
        gray = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
        if alpha is not None:
            gray = cv2.bitwise_not(cv2.multiply(cv2.bitwise_not(gray), alpha, scale=1 / 255))
        small = np.asarray(gray, np.uint8)
        return cls(rgb, small if factor == 1 else reduce(small, size), resizing((width, height), size))

    @property
    def full_size(self) -> Size:
        """(width, height) of the picture itself."""
        return self.rgb.shape[1], self.rgb.shape[0]

    @property
    def size(self) -> Size:
        """(width, height) of the reduced picture."""
        return self.gray.shape[1], self.gray.shape[0]

    @cached_property
    def even(self) -> UInt8:
        """With even contrast, as `equalise` makes it."""
        return local_contrast_normalise(self.gray)

    @cached_property
    def corners(self) -> Float32:
        """The most distinct corners (Shi-Tomasi), spread over the picture: (n, 2) in its pixels."""
        spacing = max(4.0, (self.gray.size / CORNERS / 2.5) ** 0.5)
        corners = cv2.goodFeaturesToTrack(self.even, CORNERS, 0.02, spacing, blockSize=5)
        return np.empty((0, 2), np.float32) if corners is None else np.asarray(corners, np.float32).reshape(-1, 2)


def local_contrast_normalise(gray: UInt8) -> UInt8:
    """Subtract the local mean and divide by the local deviation, in windows of 31: uint8 (height, width) about 128.

    10 gray levels are added to the deviation, so that noise on flat ground stays faint.
    """
    smooth = np.asarray(cv2.GaussianBlur(gray, (0, 0), 0.8), np.float32)
    mean = cv2.boxFilter(smooth, cv2.CV_32F, (31, 31))
    variance: Float32 = cv2.sqrBoxFilter(smooth, cv2.CV_32F, (31, 31)) - mean * mean
    levels = (smooth - mean) * (48 / np.sqrt(np.maximum(variance, 0) + 100)) + 128
    return np.asarray(np.clip(levels, 0, 255), np.uint8)


def track(a: RegistrationImage, b: UInt8, covered: Mask) -> Points | None:
    """Follow corners of A into B, which nearly lies on it (Lucas-Kanade), and back: where they are in B and in A.

    Corners that do not come back to within half a pixel are lost: most of those that something hides in B.
    """
    inside = cv2.erode(covered.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    columns, rows = a.corners.astype(np.intp).T
    corners = a.corners[inside[rows, columns], None]
    if len(corners) < MIN_POINTS:
        return None
    there, seen, _ = cv2.calcOpticalFlowPyrLK(a.even, b, corners, np.empty(0), winSize=(21, 21), maxLevel=3)
    back, again, _ = cv2.calcOpticalFlowPyrLK(b, a.even, there, np.empty(0), winSize=(21, 21), maxLevel=3)
    kept = (seen.ravel() > 0) & (again.ravel() > 0) & (np.linalg.norm(back - corners, axis=2).ravel() < 0.5)
    return there[kept, 0].astype(np.float64), corners[kept, 0].astype(np.float64)


def match(a: RegistrationImage, b: RegistrationImage, features: Literal["orb", "sift"]) -> MotionModel | None:
    """The motion that most features agree on (Lowe's ratio test at 0.8), from view to view; None without one."""
    detector: cv2.Feature2D
    if features == "orb":
        detector, norm = cv2.ORB.create(FEATURES, fastThreshold=10), cv2.NORM_HAMMING
    else:
        detector, norm = cv2.SIFT.create(FEATURES), cv2.NORM_L2
    (keys_a, words_a), (keys_b, words_b) = (detector.detectAndCompute(v.even, np.empty(0)) for v in (a, b))
    if min(len(keys_a), len(keys_b)) < MIN_POINTS:
        return None
    pairs = [m for m in cv2.BFMatcher(norm).knnMatch(words_b, words_a, k=2) if m[0].distance < 0.8 * m[1].distance]
    points_b = np.array([keys_b[best.queryIdx].pt for best, _ in pairs], np.float64).reshape(-1, 2)
    points_a = np.array([keys_a[best.trainIdx].pt for best, _ in pairs], np.float64).reshape(-1, 2)
    return estimate(points_b, points_a, tolerance=3)


def refine(motion: MotionModel, found: Points) -> MotionModel | None:
    """The motion that tracked corners tell, given in A's frame after B was moved by `motion`."""
    there, corners = found
    return estimate(transform(inverse(motion.matrix), there), corners, tolerance=1.5)
