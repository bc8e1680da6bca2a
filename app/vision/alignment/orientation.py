"""Pictures that were mirrored or turned by quarters: the eight orientations of a picture."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from app.vision.alignment.features import RegistrationImage
from app.vision.arrays import Float32, Float64, UInt8
from app.vision.decoding.decode import Picture
from app.vision.geometry import Size

# Both pictures are compared as thumbnails with this side. The least correlation, and by how much it exceeds that of the
# pictures as given: of 150 pairs of unrelated photographs none reached 0.25 in any orientation.
SIDE, MIN_CORRELATION, MIN_GAIN = 16, 0.3, 0.15


@dataclass(frozen=True)
class Orientation:
    """Mirrored left to right or not, then turned counterclockwise by a number of quarters."""

    mirrored: bool
    quarters: int

    def apply(self, pixels: UInt8) -> UInt8:
        """The picture in this orientation: uint8 (height, width[, channels])."""
        flipped = pixels[:, ::-1] if self.mirrored else pixels
        return np.ascontiguousarray(np.rot90(flipped, self.quarters))

    def matrix(self, size: Size) -> Float64:
        """The 3x3 matrix from the pixels of a picture of `size` to those of apply()."""
        width, height = size
        found = np.array([[-1, 0, width - 1], [0, 1, 0], [0, 0, 1]], float) if self.mirrored else np.eye(3)
        for _ in range(self.quarters):
            found = np.array([[0, 1, 0], [-1, 0, width - 1], [0, 0, 1]], float) @ found
            width, height = height, width
        return found


GIVEN = Orientation(False, 0)
ORIENTATIONS = [Orientation(mirrored, quarters) for mirrored in (False, True) for quarters in range(4)]


def likely_orientation(a: RegistrationImage, b: RegistrationImage) -> Orientation | None:
    """The orientation in which B looks like A as a whole; None if that is the given one, or unclear."""
    target = _thumbnail(a.normalised)
    scores = {one: float(np.mean(target * _thumbnail(one.apply(b.normalised)))) for one in ORIENTATIONS}
    best = max(scores, key=lambda one: scores[one])
    clear = scores[best] > MIN_CORRELATION and scores[best] > scores[GIVEN] + MIN_GAIN
    return best if clear and best != GIVEN else None


def oriented(picture: Picture, orientation: Orientation) -> Picture:
    """The picture in an orientation; its description stays."""
    alpha = None if picture.alpha is None else orientation.apply(picture.alpha)
    return replace(picture, rgb=orientation.apply(picture.rgb), alpha=alpha)


def _thumbnail(gray: UInt8) -> Float32:
    """SIDE x SIDE, with a mean of 0 and a standard deviation of 1."""
    small = cv2.resize(gray, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray((small - small.mean()) / max(1e-3, float(small.std())), np.float32)
