"""The motion that pairs of points define, and its refinement by what both pictures show."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from app.vision.alignment.block_ncc import votes
from app.vision.alignment.candidate import RegistrationCandidate
from app.vision.alignment.features import RegistrationImage
from app.vision.alignment.motion_model import MODELS, Kind, MotionModel
from app.vision.decoding.decode import Picture
from app.vision.geometry import is_plausible_homography, transform
from app.vision.points import InvalidPoints, Pairs, check_inside, split

KINDS: dict[int, Kind] = {2: "similarity", 3: "affine", 4: "homography"}
# Points prove that the pictures belong together, so that the overlap need not suffice to verify it.
MIN_OVERLAP = 0.01
# Points that are set by hand are wrong by up to three pixels of the screen. A refined motion that maps one of them
# farther away, in pixels of the reduced A, follows something else.
MAX_CORRECTION = 6.0
# Of the blocks whose match a refinement changes, so many must improve for each that becomes worse.
MIN_BETTER = 2


def fit(pairs: Pairs, a: Picture, b: Picture) -> MotionModel:
    """The motion from B to A that maps each point of B to that of A.

    Two pairs give a similarity, three an affine motion and four a homography. Raises InvalidPoints.
    """
    check_inside(pairs, a.size, b.size)
    points_a, points_b = split(pairs)
    kind = KINDS[len(pairs)]
    matrix = MODELS[kind][0](points_b, points_a)
    if matrix is None or not is_plausible_homography(matrix, a.size, b.size, MIN_OVERLAP):
        raise InvalidPoints(
            "must give a motion that a camera can cause: B may not be mirrored, folded, more than 10 times larger or "
            "smaller or 5 times more stretched one way than the other, and must cover a hundredth of A"
        )
    return MotionModel(kind, matrix, len(pairs), 0.0)  # it has as many parameters as the points have coordinates


def refine(motion: MotionModel, pairs: Pairs, a: Picture, b: Picture) -> MotionModel:
    """The motion in the vicinity of `motion` that corners follow if it clearly matches better, else `motion`."""
    with ThreadPoolExecutor(2) as pool:
        image_a, image_b = pool.map(lambda picture: RegistrationImage.of(picture.rgb, picture.alpha), (a, b))
    given = RegistrationCandidate.between(image_a, image_b, motion)
    found = [one for one in _tracked(given, pairs) if _largest_correction(one, pairs) <= MAX_CORRECTION]
    best = max(found, key=lambda one: one.agreement.matched_blocks, default=given)
    vote = votes(best.agreement, given.agreement)
    better = best.exact > given.exact or vote.better > MIN_BETTER * vote.worse
    return (best if better else given).full_motion


def _tracked(given: RegistrationCandidate, pairs: Pairs) -> Iterator[RegistrationCandidate]:
    """What tracking finds from the given motion, and from simpler ones: errors of the points bend these less."""
    points_a, points_b = split(pairs)
    for count in range(2, len(pairs) + 1):
        matrix = MODELS[KINDS[count]][0](points_b, points_a)
        if matrix is None:
            continue
        start = RegistrationCandidate.between(given.a, given.b, MotionModel(KINDS[count], matrix))
        if found := start.tracked(MIN_OVERLAP):
            yield found


def _largest_correction(found: RegistrationCandidate, pairs: Pairs) -> float:
    """The largest distance of a point of A from its point of B under the motion, in pixels of the reduced A."""
    points_a, points_b = split(pairs)
    reduced_a, reduced_b = transform(found.a.matrix, points_a), transform(found.b.matrix, points_b)
    return float(np.linalg.norm(transform(found.motion.matrix, reduced_b) - reduced_a, axis=1).max())
