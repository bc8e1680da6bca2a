"""Registration of misaligned pictures by the descriptors of the change network."""

import numpy as np

from app.vision.alignment.block_ncc import clearly_better
from app.vision.alignment.candidate import RegistrationCandidate
from app.vision.alignment.features import RegistrationImage
from app.vision.alignment.motion_model import MotionModel, estimate
from app.vision.arrays import Float64, UInt8
from app.vision.geometry import is_plausible_homography
from app.vision.networks.change_detector import change_network, padded, within
from app.vision.resize import reduce

# The network describes cells of CELL x CELL pixels. Pictures are reduced to about the size that it was trained on.
CELL, MAX_PIXELS = 16, 200_000
# Inlier distance in pixels: a match has the precision of a cell.
TOLERANCE = 10.0
# B counts as misaligned if less than this share of A's textured blocks agrees with it.
MIN_AGREEMENT = 0.4


def realign(a: UInt8, b: UInt8) -> Float64 | None:
    """The homography from B's pixels to A's, 3x3, if B is misaligned and the descriptors find a better one; else None.

    a, b: uint8 RGB (height, width, 3), of one size. Matching cells give an initial motion, corners are tracked from
    there, and the result must agree with A clearly better than B does unaligned.
    """
    view_a, view_b = RegistrationImage.of(a, None), RegistrationImage.of(b, None)
    given = RegistrationCandidate.between(view_a, view_b, MotionModel("identity", np.eye(3)))
    if given.agreement.share >= MIN_AGREEMENT:
        return None
    motion = _matched_cells(a, b)
    if motion is None:
        return None
    start = RegistrationCandidate.between(view_a, view_b, motion)
    if not is_plausible_homography(start.motion.matrix, view_a.size, view_b.size):
        return None
    best = start.tracked() or start
    corners = len(view_a.corners)
    return best.matrix if clearly_better(best.agreement, given.agreement, best.motion.inliers, corners) else None


def _matched_cells(a: UInt8, b: UInt8) -> MotionModel | None:
    """The motion that most mutual nearest neighbours among the cells agree on."""
    width, height = within((a.shape[1], a.shape[0]), MAX_PIXELS)
    descriptors = change_network().describe(padded(reduce(a, (width, height))), padded(reduce(b, (width, height))))[0]
    # Without the cells of the padding.
    descriptors = descriptors[: -(-height // CELL), : -(-width // CELL)]
    columns = descriptors.shape[1]
    of_a, of_b = (descriptors[..., i, :].reshape(-1, descriptors.shape[-1]) for i in (0, 1))
    similarity = of_a @ of_b.T
    nearest_b, nearest_a = similarity.argmax(axis=1), similarity.argmax(axis=0)
    mutual = np.flatnonzero(nearest_a[nearest_b] == np.arange(len(nearest_b)))
    scale = np.array([a.shape[1] / width, a.shape[0] / height])
    points_a, points_b = (
        (np.column_stack([cells % columns, cells // columns]) * CELL + (CELL - 1) / 2) * scale
        for cells in (mutual, nearest_b[mutual])
    )
    return estimate(points_b, points_a, TOLERANCE * float(scale[0]))
