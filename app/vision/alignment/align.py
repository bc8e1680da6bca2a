"""Two pictures → Alignment: how B lies in the frame of A.

B as given comes first. A motion is kept only where it explains A clearly better: repeating patterns, blank pages and
unrelated pictures have features that agree on something, too.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from app.vision.alignment.block_ncc import clearly_better, exact_share
from app.vision.alignment.candidate import RegistrationCandidate
from app.vision.alignment.features import RegistrationImage, match
from app.vision.alignment.motion_model import Kind, MotionModel
from app.vision.alignment.row_diff import RowAlignment, match_rows
from app.vision.alignment.wording import describe_motion, motion_words
from app.vision.arrays import Float64
from app.vision.decoding.decode import Picture
from app.vision.geometry import Size, displacement, inverse, is_plausible_homography, overlap, resizing
from app.vision.region import Box, map_box

# Moving B by less than this, in pixels of A, would cost more detail than it gains.
STILL = 0.6
# The share of the texture above which a motion is taken to be the right one, and no other is looked for.
ENOUGH = 0.6
# A reduced picture with a shorter side, in pixels, holds too little to register.
MIN_SIDE = 16
# Where this share of A's edges is to the bit where it was, any motion would spoil more than it could mend.
IN_PLACE = 2 / 3
STRIP = 64  # rows that are compared at a time: they stay in the cache, and most pairs differ in the first
CORNER = MotionModel("identity", np.eye(3))

Status = Literal["not_needed", "applied", "failed", "off"]


@dataclass(frozen=True)
class Alignment:
    """How B lies in the frame of A.

    status: "not_needed" B has A's size and is left as it is; "applied" it is moved or resampled; "failed" nothing
        explains A, B is taken as given; "off" nothing was looked for, B is taken as given.
    matrix: float64 (3, 3), from B's pixels to A's in pixel-centre coordinates, as cv2.warpPerspective takes it.
    kind: the model; "scale" stretches B's whole area over A's, "identity" lays B on A's top left corner, "rows" does
        the same and moves B's rows to where A has them.
    overlap: the share of A's area that B covers, in [0, 1].
    inliers, error: how many places follow the motion, and their RMS distance from it in pixels of A; 0 and None
        where B is taken as given.
    size_a, size_b: (width, height) in pixels.
    """

    status: Status
    matrix: Float64
    kind: Kind
    overlap: float
    inliers: int = 0
    error: float | None = None
    size_a: Size = (1, 1)
    size_b: Size = (1, 1)
    rows: RowAlignment | None = None

    def in_b(self, box: Box) -> Box:
        """The same place in B's own pixels."""
        if self.rows is None:
            return map_box(box, inverse(self.matrix), self.size_b)
        first, last = self.rows.in_b(box.y, box.height)
        return Box(box.x, first, box.width, last - first + 1)

    def describe(self) -> str | None:
        """A clause for people, such as "B is turned by 3.0° and 4 % larger"; None where there is nothing to tell."""
        return describe_motion(self.kind, self.matrix, self.size_a, self.size_b)

    @property
    def words(self) -> list[str]:
        """The same as a list, such as ["turned by 3.0°", "4 % larger"]."""
        return motion_words(self.kind, self.matrix, self.size_a, self.size_b)


def align(a: Picture, b: Picture, mode: Literal["auto", "off"]) -> Alignment:
    """How B lies in the frame of A. Deterministic; every two pictures have an answer."""
    size_a, size_b = _size(a), _size(b)
    given = MotionModel("identity" if size_a == size_b else "scale", resizing(size_b, size_a))
    if mode == "off":
        return _alignment("off", given, size_a, size_b)
    if same_pixels(a, b):
        return _alignment("not_needed", given, size_a, size_b)
    if rows := match_rows(a.rgb, b.rgb):
        share = float(np.mean(rows.source >= 0))
        return Alignment("applied", np.eye(3), "rows", share, rows.anchors, 0.0, size_a, size_b, rows)
    return _register(a, b, given)


def _register(a: Picture, b: Picture, given: MotionModel) -> Alignment:
    size_a, size_b = _size(a), _size(b)
    as_given: Status = "not_needed" if size_a == size_b else "applied"
    if size_a == size_b and exact_share(a.rgb, b.rgb, (0, 0)) > IN_PLACE:
        return _alignment(as_given, given, size_a, size_b)
    with ThreadPoolExecutor(2) as pool:
        view_a, view_b = pool.map(lambda picture: RegistrationImage.of(picture.rgb, picture.alpha), (a, b))
    if min(*view_a.size, *view_b.size) < MIN_SIDE:
        return _alignment(as_given, given, size_a, size_b)
    base = _as_given(view_a, view_b, given)
    if best := _search(base):
        return _alignment("applied", best.full_motion, size_a, size_b)
    taken = given if base.motion.kind == given.kind else CORNER
    return _alignment("failed" if base.agreement.unrelated else as_given, taken, size_a, size_b)


def _as_given(a: RegistrationImage, b: RegistrationImage, given: MotionModel) -> RegistrationCandidate:
    """B stretched over A, or on A's top left corner at its own scale (a page that grew), whichever explains more."""
    stretched = RegistrationCandidate.between(a, b, given)
    if given.kind == "identity":
        return stretched
    cropped = RegistrationCandidate.between(a, b, CORNER)
    return (
        cropped if cropped.exact or cropped.agreement.matched_blocks > stretched.agreement.matched_blocks else stretched
    )


def _search(base: RegistrationCandidate) -> RegistrationCandidate | None:
    """Of the motions that prove themselves the one that explains most of A.

    No further is looked for once one explains enough, or most corners follow one: then what it leaves unexplained
    did not move as a whole (parallax).
    """
    best = None
    for fit in _candidates(base):
        if _proven(fit, base) and (best is None or fit.agreement.matched_blocks > best.agreement.matched_blocks):
            best = fit
        if (best or base).agreement.share >= ENOUGH or fit.motion.inliers > len(base.a.corners) / 2:
            break
    return best


def _proven(fit: RegistrationCandidate, base: RegistrationCandidate) -> bool:
    if displacement(fit.matrix, base.matrix, fit.a.full_size) < STILL:
        return False
    return fit.exact > 2 * base.exact or clearly_better(fit.agreement, base.agreement)


def _candidates(base: RegistrationCandidate) -> Iterator[RegistrationCandidate]:
    """In the order of their cost. ORB finds most motions in a third of SIFT's time; SIFT finds the hard ones."""
    if tracked := base.tracked():
        yield tracked
    for features in ("orb", "sift"):
        motion = match(base.a, base.b, features)
        if motion and is_plausible_homography(motion.matrix, base.a.size, base.b.size):
            start = replace(base, motion=motion)
            if tracked := start.tracked():
                yield tracked


def _alignment(status: Status, motion: MotionModel, size_a: Size, size_b: Size) -> Alignment:
    share = overlap(motion.matrix, size_a, size_b)
    return Alignment(status, motion.matrix, motion.kind, share, motion.inliers, motion.error, size_a, size_b)


def _size(picture: Picture) -> Size:
    return picture.rgb.shape[1], picture.rgb.shape[0]


def same_pixels(a: Picture, b: Picture) -> bool:
    """Whether all pixels are equal; a picture without alpha is opaque."""
    if a.rgb is b.rgb and a.alpha is b.alpha:
        return True
    if a.rgb.shape != b.rgb.shape or any(not np.array_equal(a.rgb[rows], b.rgb[rows]) for rows in _strips(a)):
        return False
    if a.alpha is None or b.alpha is None:
        return all(alpha is None or bool((alpha == 255).all()) for alpha in (a.alpha, b.alpha))
    return np.array_equal(a.alpha, b.alpha)


def _strips(picture: Picture) -> Iterator[slice]:
    return (slice(top, top + STRIP) for top in range(0, picture.rgb.shape[0], STRIP))
