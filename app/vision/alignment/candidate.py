"""B laid on A by a motion, how well that explains A, and the better motion that it leads to."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import cv2

from app.vision.alignment.block_ncc import Agreement, agree, exact_share
from app.vision.alignment.features import RegistrationImage, local_contrast_normalise, refine, track
from app.vision.alignment.motion_model import MotionModel
from app.vision.arrays import Float64, Mask, UInt8
from app.vision.geometry import displacement, inverse, is_plausible_homography, shifting, whole_shift
from app.vision.resample import covered, resample

# Tracking is repeated until the motion changes by less than SETTLED pixels, or that often.
ROUNDS, SETTLED = 3, 0.1
# Where a shift by whole pixels reproduces this share of A's edges to the bit, the pictures are screenshots or copies.
EXACT = 0.3


@dataclass(frozen=True)
class RegistrationCandidate:
    """B on A. `motion` leads between the views, the reduced pictures."""

    a: RegistrationImage
    b: RegistrationImage
    motion: MotionModel

    @classmethod
    def between(cls, a: RegistrationImage, b: RegistrationImage, motion: MotionModel) -> Self:
        """From a motion between the pictures themselves."""
        return cls(a, b, replace(motion, matrix=a.matrix @ motion.matrix @ inverse(b.matrix)))

    @cached_property
    def matrix(self) -> Float64:
        """From B's pixels to A's: 3x3."""
        return inverse(self.a.matrix) @ self.motion.matrix @ self.b.matrix

    @property
    def full_motion(self) -> MotionModel:
        """The motion between the pictures themselves; one by whole pixels where that brings A's very pixels back."""
        if self.exact and self.shift:
            return MotionModel("translation", shifting(*self.shift), self.motion.inliers, 0.0)
        error = None if self.motion.error is None else self.motion.error / float(self.a.matrix[0, 0])
        return replace(self.motion, matrix=self.matrix, error=error)

    @cached_property
    def shift(self) -> tuple[int, int] | None:
        """The same motion as a shift of the pictures by whole pixels (x, y), if it is one."""
        return whole_shift(self.matrix, self.a.full_size)

    @cached_property
    def exact(self) -> float:
        """The share of A's edge pixels that the shift reproduces exactly, in [0, 1]; 0 where it is none to rely on."""
        share = exact_share(self.a.rgb, self.b.rgb, self.shift) if self.shift else 0.0
        return share if share >= EXACT else 0.0

    @cached_property
    def covered(self) -> Mask:
        """Where in A's view B has pixels: bool (height, width)."""
        return covered(self.motion.matrix, self.a.size, self.b.size)

    @cached_property
    def laid(self) -> UInt8:
        """B in A's view: uint8 (height, width). Evened after the move, so that the windows of both are of one size."""
        return local_contrast_normalise(resample(self.b.gray, self.motion.matrix, self.a.size, cv2.INTER_LINEAR))

    @cached_property
    def agreement(self) -> Agreement:
        """How well B explains A."""
        return agree(self.a.even, self.laid, self.covered)

    def tracked(self) -> Self | None:
        """The fit that tracking leads to, repeated until it settles; None where it leads nowhere plausible."""
        fit, found = self, None
        for _ in range(ROUNDS):
            points = track(self.a, fit.laid, fit.covered)
            motion = refine(fit.motion, points) if points else None
            if motion is None:
                break
            if not is_plausible_homography(motion.matrix, self.a.size, self.b.size):
                return None
            moved = displacement(motion.matrix, fit.motion.matrix, self.a.size)
            fit = found = replace(self, motion=motion)
            if moved < SETTLED:
                break
        return found
