"""Align B with A.

A motion is accepted only if B then matches A clearly better than without it, as repeating patterns, blank pages and
unrelated pictures yield consistent features, too.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from app.vision.alignment.block_ncc import clearly_better, exact_share
from app.vision.alignment.candidate import RegistrationCandidate
from app.vision.alignment.features import RegistrationImage, match
from app.vision.alignment.given_points import fit, refine
from app.vision.alignment.lens import with_lens
from app.vision.alignment.motion_model import Kind, MotionModel
from app.vision.alignment.multimodal import register
from app.vision.alignment.orientation import likely_orientation, oriented
from app.vision.alignment.row_alignment import RowAlignment
from app.vision.alignment.row_diff import match_rows
from app.vision.arrays import Float64
from app.vision.decoding.decode import Picture
from app.vision.geometry import (
    Size,
    device_pixel_ratio,
    displacement,
    inverse,
    is_plausible_homography,
    overlap,
    resize_matrix,
)
from app.vision.points import Pairs
from app.vision.region import Box, map_box

# Resampling B for a smaller displacement, in pixels of A, would lose more detail than it gains.
MIN_DISPLACEMENT = 0.6
# Motions between pictures of other sensors or seasons are this uncertain, in pixels.
MAX_UNCERTAINTY = 3.0
# The search stops at a motion that matches this share of the textured blocks.
SUFFICIENT_SHARE = 0.6
# A reduced picture with a shorter side, in pixels, is too small to register.
MIN_SIDE = 16
# If a larger share of A's edges is unchanged at its position, any motion would match worse.
UNMOVED_SHARE = 2 / 3
STRIP_ROWS = 64  # rows compared at a time: they fit in the cache, and most pairs differ in the first strip
# A page has moved as a whole if nearly all edges did, or if the share of edges that did not is a small part of those.
WHOLE_PAGE_SHARE, MAX_UNMOVED_PART = 0.95, 0.2
# The least share of matching blocks and the largest RMS error in pixels of another motion of a page. Side bars that
# became wider, text with other hinting and windows of another colour had shares up to 0.88 and errors from 0.32 on,
# drawings that were moved, turned or resized shares of 0.94 or more and errors up to 0.05.
PAGE_SHARE, MAX_PAGE_ERROR = 0.8, 0.15
TOP_LEFT = MotionModel("identity", np.eye(3))

Status = Literal["not_needed", "applied", "failed", "off"]


@dataclass(frozen=True)
class Alignment:
    """The motion that maps B into the frame of A.

    status: "not_needed" if B has A's size and is not moved; "applied" if B is moved or resampled; "failed" if no
        motion matches A and hardly any block of B does; "off" if none was searched for. In the last two B is only
        scaled, or put at A's top left corner.
    matrix: float64 (3, 3), from B's pixels to A's in pixel-centre coordinates, as for cv2.warpPerspective.
    kind: the motion model; "scale" scales B's area to A's, "identity" puts B at A's top left corner, "rows" also moves
        B's rows to the matching rows of A.
    overlap: the share of A's area that B covers, in [0, 1].
    inliers, error: the number of points that follow the motion, and their RMS distance from it in pixels of A; 0 and
        None if B is used as given.
    size_a, size_b: (width, height) in pixels.
    radial: the term of B's lens, see app.vision.alignment.lens; 0 without distortion.
    rows: the matching rows, for the kind "rows".
    points: the number of pairs of points that were given; 0 if the motion was searched. Without a refinement they are
        the inliers.
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
    radial: float = 0.0
    points: int = 0

    @property
    def resampled(self) -> bool:
        """Whether B's pixels are interpolated: it is moved otherwise than by whole pixels, rows or quarter turns."""
        whole = not (self.matrix % 1).any() and abs(round(np.linalg.det(self.matrix[:2, :2]))) == 1
        return self.rows is None and (bool(self.radial) or not whole)

    def in_b(self, box: Box) -> Box:
        """Map a box of A to B's own pixels."""
        if self.rows is None:
            return map_box(box, inverse(self.matrix), self.size_b, self.radial)
        if not self.rows.columns[0] <= box.x + box.width // 2 < self.rows.columns[1]:
            return map_box(box, np.eye(3), self.size_b)
        first, last = self.rows.in_b(box.y, box.height)
        return Box(box.x, first, box.width, last - first + 1)


def align(a: Picture, b: Picture, mode: Literal["auto", "off"], points: Pairs = ()) -> Alignment:
    """Align B with A. Deterministic; returns an alignment for every pair of pictures.

    points: two to four pairs of points that lie on each other. The motion is theirs and none is searched; the mode
        "auto" refines it, "off" keeps to it. Raises InvalidPoints if they do not suit the pictures.
    """
    size_a, size_b = a.size, b.size
    given = _as_given(size_a, size_b)
    if points:
        return _by_points(a, b, points, mode == "auto")
    if mode == "off":
        return _alignment("off", given, size_a, size_b)
    if same_pixels(a, b):
        return _alignment("not_needed", given, size_a, size_b)
    if rows := match_rows(a.rgb, b.rgb):
        share = float(np.mean(rows.source >= 0))
        return Alignment("applied", np.eye(3), "rows", share, rows.anchors, 0.0, size_a, size_b, rows)
    return _register(a, b, given)


def _by_points(a: Picture, b: Picture, points: Pairs, refined: bool) -> Alignment:
    motion = fit(points, a, b)
    if refined and min(*a.size, *b.size) >= MIN_SIDE:
        motion = refine(motion, points, a, b)
    status: Status = "applied"
    if a.size == b.size and refined and displacement(motion.matrix, np.eye(3), a.size) < MIN_DISPLACEMENT:
        status, motion = "not_needed", _as_given(a.size, b.size)
    return replace(_alignment(status, motion, a.size, b.size), points=len(points))


def _as_given(size_a: Size, size_b: Size) -> MotionModel:
    """B where it is, resized to A's size if that is another."""
    return MotionModel("identity" if size_a == size_b else "scale", resize_matrix(size_b, size_a))


def _register(a: Picture, b: Picture, given: MotionModel) -> Alignment:
    size_a, size_b = a.size, b.size
    as_given: Status = "not_needed" if size_a == size_b else "applied"
    if size_a == size_b and exact_share(a.rgb, b.rgb, (0, 0)) > UNMOVED_SHARE:
        return _alignment(as_given, given, size_a, size_b)
    with ThreadPoolExecutor(2) as pool:
        image_a, image_b = pool.map(lambda picture: RegistrationImage.of(picture.rgb, picture.alpha), (a, b))
    if min(*image_a.size, *image_b.size) < MIN_SIDE:
        return _alignment(as_given, given, size_a, size_b)
    rendered = image_a.rendered and image_b.rendered
    base = _unmoved_candidate(image_a, image_b, given)
    if rendered and base.motion.kind == "scale" and not _is_resized_page(base):
        base = RegistrationCandidate.between(image_a, image_b, TOP_LEFT)
    if base.agreement.unrelated and (turned := _reoriented(a, b, image_a, image_b)):
        return turned
    best = _search(base, is_page_motion if rendered else _is_improvement)
    if not rendered and not (best or base).agreement.unrelated and (bent := with_lens(best or base)):
        best = bent
    if best:
        return _alignment("applied", best.full_motion, size_a, size_b)
    unmoved = given if base.motion.kind == given.kind else TOP_LEFT
    if not base.agreement.unrelated:
        return _alignment(as_given, unmoved, size_a, size_b)
    if rendered or not (motion := register(image_a, image_b, base.matched_pixels)):
        return _alignment("failed", unmoved, size_a, size_b)
    found = replace(base, motion=motion)
    if displacement(found.matrix, base.matrix, size_a) < MAX_UNCERTAINTY:
        return _alignment(as_given, unmoved, size_a, size_b)
    return _alignment("applied", found.full_motion, size_a, size_b)


def _reoriented(a: Picture, b: Picture, image_a: RegistrationImage, image_b: RegistrationImage) -> Alignment | None:
    """The alignment of a mirrored picture, or one turned by quarters; None if B is neither."""
    orientation = likely_orientation(image_a, image_b)
    if orientation is None:
        return None
    upright = oriented(b, orientation)
    found = _register(a, upright, _as_given(a.size, upright.size))
    if found.status == "failed":
        return None
    simplest: Kind = "affine" if orientation.mirrored else "similarity"
    kind = found.kind if found.kind in ("affine", "homography") else simplest
    matrix = found.matrix @ orientation.matrix(b.size)
    return replace(found, status="applied", matrix=matrix, kind=kind, size_b=b.size)


def _unmoved_candidate(a: RegistrationImage, b: RegistrationImage, given: MotionModel) -> RegistrationCandidate:
    """B scaled to A's size, or at A's top left corner at its own scale (a page that grew), whichever matches better."""
    scaled = RegistrationCandidate.between(a, b, given)
    if given.kind == "identity":
        return scaled
    cropped = RegistrationCandidate.between(a, b, TOP_LEFT)
    return cropped if cropped.exact or cropped.agreement.matched_blocks > scaled.agreement.matched_blocks else scaled


def _is_resized_page(scaled: RegistrationCandidate) -> bool:
    """Whether renderings of different sizes show the same at another scale, not just at another size of the window."""
    dense = device_pixel_ratio(scaled.a.full_size, scaled.b.full_size) is not None
    return dense or scaled.agreement.share > PAGE_SHARE


def _search(
    base: RegistrationCandidate, accepts: Callable[[RegistrationCandidate, RegistrationCandidate], bool]
) -> RegistrationCandidate | None:
    """The motion that matches most blocks of A among those that are accepted instead of `base`; None if none is.

    The search ends at a motion that matches enough blocks or that most corners follow: the blocks that it does not
    match have no common motion (parallax).
    """
    best = None
    for candidate in _candidates(base):
        if accepts(candidate, base) and (
            best is None or candidate.agreement.matched_blocks > best.agreement.matched_blocks
        ):
            best = candidate
        if (best or base).agreement.share >= SUFFICIENT_SHARE or candidate.motion.inliers > len(base.a.corners) / 2:
            break
    return best


def _is_improvement(candidate: RegistrationCandidate, base: RegistrationCandidate) -> bool:
    if displacement(candidate.matrix, base.matrix, candidate.a.full_size) < MIN_DISPLACEMENT:
        return False
    if candidate.exact > 2 * base.exact:
        return True
    return clearly_better(candidate.agreement, base.agreement, candidate.motion.inliers, len(base.a.corners))


def is_page_motion(candidate: RegistrationCandidate, base: RegistrationCandidate) -> bool:
    """Whether a rendering as a whole moved.

    The content of a page moves in parts: a side bar that is wider by 20 px looks like a page that is stretched, and a
    column that moves looks like a page that moves while header and footer move the other way. So all of a page must
    follow a motion exactly, and hardly anything of it may have stayed.
    """
    if not _is_improvement(candidate, base):
        return False
    if candidate.exact and candidate.shift:
        unmoved = exact_share(candidate.a.rgb, candidate.b.rgb, (0, 0))
        if candidate.exact > WHOLE_PAGE_SHARE or unmoved < MAX_UNMOVED_PART * candidate.exact:
            return True
        # Lines along the motion stay where they are, and an edge that is smoothed otherwise is not exact.
        return candidate.agreement.share > WHOLE_PAGE_SHARE and base.agreement.share < MAX_UNMOVED_PART
    precise = candidate.motion.error is not None and candidate.motion.error < MAX_PAGE_ERROR
    return precise and candidate.agreement.share > PAGE_SHARE


def _candidates(base: RegistrationCandidate) -> Iterator[RegistrationCandidate]:
    """Candidates in the order of their cost. ORB finds most motions in a third of SIFT's time, SIFT the hard ones."""
    if tracked := base.tracked():
        yield tracked
    for features in ("orb", "sift"):
        motion = match(base.a, base.b, features)
        if motion and is_plausible_homography(motion.matrix, base.a.size, base.b.size):
            start = replace(base, motion=motion)
            yield start.tracked() or start


def _alignment(status: Status, motion: MotionModel, size_a: Size, size_b: Size) -> Alignment:
    share = overlap(motion.matrix, size_a, size_b)
    return Alignment(
        status, motion.matrix, motion.kind, share, motion.inliers, motion.error, size_a, size_b, radial=motion.radial
    )


def same_pixels(a: Picture, b: Picture) -> bool:
    """Whether all pixels are equal, including alpha; a picture without alpha is opaque."""
    if a.rgb is b.rgb and a.alpha is b.alpha:
        return True
    if a.rgb.shape != b.rgb.shape or any(not np.array_equal(a.rgb[rows], b.rgb[rows]) for rows in _strips(a)):
        return False
    if a.alpha is None or b.alpha is None:
        return all(alpha is None or bool((alpha == 255).all()) for alpha in (a.alpha, b.alpha))
    return np.array_equal(a.alpha, b.alpha)


def _strips(picture: Picture) -> Iterator[slice]:
    return (slice(top, top + STRIP_ROWS) for top in range(0, picture.rgb.shape[0], STRIP_ROWS))
