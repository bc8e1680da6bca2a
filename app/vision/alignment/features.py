"""Estimate the motion of B by matching features, or by tracking corners if B is nearly registered.

Both use gray pictures of at most half a megapixel with normalised local contrast, so that shadow, haze and exposure
hardly matter. As hundreds of corners take part, the motion is still accurate to some hundredths of a pixel.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Self

import cv2
import numpy as np

from app.vision.alignment.motion_model import MIN_POINTS, MotionModel, estimate
from app.vision.arrays import Float32, Float64, Mask, UInt8
from app.vision.geometry import Size, resize_matrix
from app.vision.photometric.black_frame import content_mask
from app.vision.photometric.noise import is_rendering
from app.vision.resize import reduce

MAX_PIXELS = 500_000
MAX_CORNERS = 600
MAX_FEATURES = 2000

Points = tuple[Float64, Float64]


@dataclass(frozen=True)
class RegistrationImage:
    """A picture reduced for registration.

    rgb: the full picture, uint8 (height, width, 3).
    gray: the reduced picture, uint8 (height, width).
    matrix: 3x3, from the pixels of `rgb` to those of `gray`.
    """

    rgb: UInt8
    gray: UInt8
    matrix: Float64

    @classmethod
    def of(cls, rgb: UInt8, alpha: UInt8 | None) -> Self:
        """Reduce a picture and composite it on white: uint8 (height, width, 3), and alpha, uint8 (height, width)."""
        height, width = rgb.shape[:2]
        factor = min(1.0, (MAX_PIXELS / (width * height)) ** 0.5)
        size = max(1, round(width * factor)), max(1, round(height * factor))
        gray = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
        if alpha is not None:
            gray = cv2.bitwise_not(cv2.multiply(cv2.bitwise_not(gray), alpha, scale=1 / 255))
        small = np.asarray(gray, np.uint8)
        return cls(rgb, small if factor == 1 else reduce(small, size), resize_matrix((width, height), size))

    @cached_property
    def rendered(self) -> bool:
        """Whether the full picture was drawn by a program."""
        return is_rendering(np.asarray(cv2.cvtColor(self.rgb, cv2.COLOR_RGB2GRAY), np.uint8))

    @property
    def full_size(self) -> Size:
        """(width, height) of the full picture."""
        return self.rgb.shape[1], self.rgb.shape[0]

    @property
    def size(self) -> Size:
        """(width, height) of the reduced picture."""
        return self.gray.shape[1], self.gray.shape[0]

    @cached_property
    def content(self) -> Mask | None:
        """The reduced picture without a black frame, bool (height, width); None if there is no frame."""
        return content_mask(self.gray)

    @cached_property
    def normalised(self) -> UInt8:
        """The reduced picture with normalised local contrast: uint8 (height, width)."""
        return local_contrast_normalise(self.gray, self.content)

    @cached_property
    def corners(self) -> Float32:
        """The strongest Shi-Tomasi corners, spread over the reduced picture: (n, 2) in its pixels."""
        spacing = max(4.0, (self.gray.size / MAX_CORNERS / 2.5) ** 0.5)
        corners = cv2.goodFeaturesToTrack(self.normalised, MAX_CORNERS, 0.02, spacing, blockSize=5)
        return np.empty((0, 2), np.float32) if corners is None else np.asarray(corners, np.float32).reshape(-1, 2)


def local_contrast_normalise(gray: UInt8, content: Mask | None = None) -> UInt8:
    """Subtract the local mean and divide by the local standard deviation: uint8 (height, width) around 128.

    Windows are 31 x 31 pixels. A variance of 10² gray levels is added, so that noise in flat areas stays faint.
    content: the pixels that count, or None if all do; the others become 128, so that their border is no edge.
    """
    smooth = np.asarray(cv2.GaussianBlur(gray, (0, 0), 0.8), np.float32)
    if content is not None:
        return _normalise_content(smooth, content)
    mean = cv2.boxFilter(smooth, cv2.CV_32F, (31, 31))
    variance: Float32 = cv2.sqrBoxFilter(smooth, cv2.CV_32F, (31, 31)) - mean * mean
    levels = (smooth - mean) * (48 / np.sqrt(np.maximum(variance, 0) + 100)) + 128
    return np.asarray(np.clip(levels, 0, 255), np.uint8)


def _normalise_content(smooth: Float32, content: Mask) -> UInt8:
    """local_contrast_normalise() with means over the content of each window only."""
    weight = content.astype(np.float32)
    share = np.maximum(cv2.boxFilter(weight, cv2.CV_32F, (31, 31)), 1e-3)
    mean = cv2.boxFilter(smooth * weight, cv2.CV_32F, (31, 31)) / share
    variance = cv2.boxFilter(smooth * smooth * weight, cv2.CV_32F, (31, 31)) / share - mean * mean
    levels = (smooth - mean) * weight * (48 / np.sqrt(np.maximum(variance, 0) + 100)) + 128
    return np.asarray(np.clip(levels, 0, 255), np.uint8)


def track(a: RegistrationImage, b: UInt8, covered: Mask) -> Points | None:
    """Track corners of A in a nearly registered B by Lucas-Kanade, and back: their points in B and in A.

    Corners that do not return to within half a pixel are dropped; most of these are hidden in B. None if too few
    corners are covered.
    """
    inside = cv2.erode(covered.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    columns, rows = a.corners.astype(np.intp).T
    corners = a.corners[inside[rows, columns], None]
    if len(corners) < MIN_POINTS:
        return None
    tracked, seen, _ = cv2.calcOpticalFlowPyrLK(a.normalised, b, corners, np.empty(0), winSize=(21, 21), maxLevel=3)
    returned, again, _ = cv2.calcOpticalFlowPyrLK(b, a.normalised, tracked, np.empty(0), winSize=(21, 21), maxLevel=3)
    kept = (seen.ravel() > 0) & (again.ravel() > 0) & (np.linalg.norm(returned - corners, axis=2).ravel() < 0.5)
    return tracked[kept, 0].astype(np.float64), corners[kept, 0].astype(np.float64)


def match(a: RegistrationImage, b: RegistrationImage, features: Literal["orb", "sift"]) -> MotionModel | None:
    """The motion between the reduced pictures that most features follow; None if there is none.

    Features are matched with Lowe's ratio test at 0.8.
    """
    orb = features == "orb"
    detector: cv2.Feature2D = cv2.ORB.create(MAX_FEATURES, fastThreshold=10) if orb else cv2.SIFT.create(MAX_FEATURES)
    keys_a, descriptors_a = detector.detectAndCompute(a.normalised, np.empty(0))
    keys_b, descriptors_b = detector.detectAndCompute(b.normalised, np.empty(0))
    if min(len(keys_a), len(keys_b)) < MIN_POINTS:
        return None
    matches = cv2.BFMatcher(cv2.NORM_HAMMING if orb else cv2.NORM_L2).knnMatch(descriptors_b, descriptors_a, k=2)
    pairs = [(best, second) for best, second in matches if best.distance < 0.8 * second.distance]
    points_b = np.array([keys_b[best.queryIdx].pt for best, _ in pairs], np.float64).reshape(-1, 2)
    points_a = np.array([keys_a[best.trainIdx].pt for best, _ in pairs], np.float64).reshape(-1, 2)
    return estimate(points_b, points_a, tolerance=3)
