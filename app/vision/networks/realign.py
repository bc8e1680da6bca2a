"""Where things of one picture are in the other, by the network's own descriptors: for pictures not lined up."""

import numpy as np

from app.vision.alignment.block_ncc import clearly_better
from app.vision.alignment.candidate import RegistrationCandidate
from app.vision.alignment.features import RegistrationImage
from app.vision.alignment.motion_model import MotionModel, estimate
from app.vision.arrays import Float64, UInt8
from app.vision.geometry import is_plausible_homography
from app.vision.networks.change_detector import change_network, padded, within
from app.vision.resize import reduce

# The network describes cells of CELL x CELL pixels, of pictures of about so many: as large as what it was trained on.
CELL, PIXELS = 16, 200_000
# A match says which cell, not where in it.
TOLERANCE = 10.0
# Less texture than this share explained by B as it lies: then it may lie elsewhere.
LOST = 0.4


def realign(a: UInt8, b: UInt8) -> Float64 | None:
    """The motion from B's pixels to A's, 3x3, if B lies off A and the descriptors find it again; else None.

    a, b: uint8 RGB (height, width, 3), of one size. The cells that match give a motion to begin with, corners are
    tracked from there, and the result must explain A clearly better.
    """
    view_a, view_b = RegistrationImage.of(a, None), RegistrationImage.of(b, None)
    given = RegistrationCandidate.between(view_a, view_b, MotionModel("identity", np.eye(3)))
    if given.agreement.share >= LOST:
        return None
    motion = _matched(a, b)
    if motion is None:
        return None
    start = RegistrationCandidate.between(view_a, view_b, motion)
    if not is_plausible_homography(start.motion.matrix, view_a.size, view_b.size):
        return None
    best = start.tracked() or start
    return best.matrix if clearly_better(best.agreement, given.agreement) else None


def _matched(a: UInt8, b: UInt8) -> MotionModel | None:
    """The motion that most cells agree on that find each other again."""
    width, height = within((a.shape[1], a.shape[0]), PIXELS)
    described = change_network().describe(padded(reduce(a, (width, height))), padded(reduce(b, (width, height))))[0]
    # Cells of the padding show nothing but its edge.
    described = described[: -(-height // CELL), : -(-width // CELL)]
    columns = described.shape[1]
    of_a, of_b = (described[..., i, :].reshape(-1, described.shape[-1]) for i in (0, 1))
    likeness = of_a @ of_b.T
    there, back = likeness.argmax(axis=1), likeness.argmax(axis=0)
    here = np.flatnonzero(back[there] == np.arange(len(there)))
    scale = np.array([a.shape[1] / width, a.shape[0] / height])
    points_a, points_b = (
        (np.column_stack([cells % columns, cells // columns]) * CELL + (CELL - 1) / 2) * scale
        for cells in (here, there[here])
    )
    return estimate(points_b, points_a, TOLERANCE * float(scale[0]))
