"""A candidate motion, how well B matches A under it, and its refinement by tracking."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import cv2
import numpy as np

from app.vision.alignment.block_ncc import Agreement, block_agreement, exact_share
from app.vision.alignment.features import RegistrationImage, local_contrast_normalise, track
from app.vision.alignment.motion_model import MotionModel, estimate
from app.vision.arrays import Float64, Mask, UInt8
from app.vision.geometry import (
    MIN_OVERLAP,
    displacement,
    inverse,
    is_plausible_homography,
    transform,
    translation_matrix,
    whole_pixel_shift,
)
from app.vision.resample import coverage_mask, resample

# Tracking is repeated up to MAX_ITERATIONS times, until the motion changes by less than MIN_UPDATE pixels.
MAX_ITERATIONS, MIN_UPDATE = 3, 0.1
# If a shift by whole pixels reproduces this share of A's edges exactly, the pictures are screenshots or copies.
MIN_EXACT_SHARE = 0.3


@dataclass(frozen=True)
class RegistrationCandidate:
    """B registered to A. `motion` is between the reduced pictures."""

    a: RegistrationImage
    b: RegistrationImage
    motion: MotionModel

    @classmethod
    def between(cls, a: RegistrationImage, b: RegistrationImage, motion: MotionModel) -> Self:
        """Create a candidate from a motion between the full pictures."""
        return cls(a, b, replace(motion, matrix=a.matrix @ motion.matrix @ inverse(b.matrix)))

    @cached_property
    def matrix(self) -> Float64:
        """The 3x3 matrix from B's pixels to A's, of the full pictures."""
        return inverse(self.a.matrix) @ self.motion.matrix @ self.b.matrix

    @property
    def full_motion(self) -> MotionModel:
        """The motion between the full pictures; a shift by whole pixels if that reproduces A's pixels exactly."""
        if self.exact and self.shift:
            return MotionModel("translation", translation_matrix(*self.shift), self.motion.inliers, 0.0)
        error = None if self.motion.error is None else self.motion.error / float(self.a.matrix[0, 0])
        return replace(self.motion, matrix=self.matrix, error=error)

    @cached_property
    def shift(self) -> tuple[int, int] | None:
        """The motion of the full pictures as a shift by whole pixels (x, y); None if it is not a shift."""
        return whole_pixel_shift(self.matrix, self.a.full_size, self.b.full_size)

    @cached_property
    def exact(self) -> float:
        """The share of A's edge pixels that the shift reproduces exactly, in [0, 1]; 0 below MIN_EXACT_SHARE."""
        share = exact_share(self.a.rgb, self.b.rgb, self.shift) if self.shift else 0.0
        return share if share >= MIN_EXACT_SHARE else 0.0

    @cached_property
    def covered(self) -> Mask:
        """The pixels of the reduced A that B covers: bool (height, width)."""
        return coverage_mask(self.motion.matrix, self.a.size, self.b.size, self.motion.radial)

    @cached_property
    def warped_b(self) -> UInt8:
        """B in the frame of the reduced A: uint8 (height, width).

        Its contrast is normalised after the warp, so that both pictures use windows of the same size.
        """
        matrix, size, radial = self.motion.matrix, self.a.size, self.motion.radial
        content = self.b.content
        if content is not None:
            content = resample(content.view(np.uint8), matrix, size, cv2.INTER_NEAREST, radial).view(np.bool_)
        return local_contrast_normalise(resample(self.b.gray, matrix, size, cv2.INTER_LINEAR, radial), content)

    @cached_property
    def agreement(self) -> Agreement:
        """The match of B's blocks with A's."""
        return block_agreement(self.a.normalised, self.warped_b, self.covered)

    @property
    def matched_pixels(self) -> Mask:
        """The pixels of the reduced A in blocks that match: bool (height, width)."""
        matched, block = self.agreement.matched.view(np.uint8), self.agreement.block
        whole = np.kron(matched, np.ones((block, block), np.uint8))
        height, width = self.a.gray.shape
        bottom, right = height - whole.shape[0], width - whole.shape[1]
        return np.asarray(np.pad(whole, ((0, bottom), (0, right))), np.bool_)

    def tracked(self, min_overlap: float = MIN_OVERLAP) -> Self | None:
        """The candidate refined by tracking until it converges; None if tracking fails or the motion is implausible."""
        current, found = self, None
        for _ in range(MAX_ITERATIONS):
            if not (points := track(self.a, current.warped_b, current.covered)):
                break
            in_warped, corners = points
            motion = estimate(transform(inverse(current.motion.matrix), in_warped), corners, tolerance=1.5)
            if motion is None:
                break
            if not is_plausible_homography(motion.matrix, self.a.size, self.b.size, min_overlap):
                return None
            update = displacement(motion.matrix, current.motion.matrix, self.a.size)
            current = found = replace(self, motion=motion)
            if update < MIN_UPDATE:
                break
        return found
