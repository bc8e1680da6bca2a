"""Which of the regions found are real changes: one to one, so that two boxes on one change count once.

Boxes are float64 (n, 4): x, y, width, height in pixels.
"""

from dataclasses import dataclass

import numpy as np

from app.vision.arrays import Float64, Mask


@dataclass(frozen=True)
class Counts:
    """Changes that were found, regions that are none, and changes that were missed."""

    found: int = 0
    false: int = 0
    missed: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.found + other.found, self.false + other.false, self.missed + other.missed)

    @property
    def precision(self) -> float:
        """The share of the regions that are real, in [0, 1]; 0 without regions."""
        return _share(self.found, self.found + self.false)

    @property
    def recall(self) -> float:
        """The share of the changes that were found, in [0, 1]; 0 without changes."""
        return _share(self.found, self.found + self.missed)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall, 2 PR / (P + R), written in counts."""
        return _share(2 * self.found, 2 * self.found + self.false + self.missed)


def match_boxes(found: Float64, true: Float64, least: float) -> Mask:
    """Which boxes found have a true one with an overlap (IoU) of at least `least` > 0: bool (found,).

    The pairs are made from the best overlap down.
    """
    overlap = iou(found, true)
    hit, taken = np.zeros(len(found), np.bool_), np.zeros(len(true), np.bool_)
    for flat in np.argsort(overlap, axis=None, kind="stable")[::-1]:
        i, j = np.unravel_index(flat, overlap.shape)
        if overlap[i, j] < least:
            break
        if not hit[i] and not taken[j]:
            hit[i] = taken[j] = True
    return hit


def iou(a: Float64, b: Float64) -> Float64:
    """Intersection over union of each box in `a` with each in `b`, in [0, 1]: (a, b)."""
    start = np.maximum(a[:, None, :2], b[None, :, :2])
    end = np.minimum((a[:, :2] + a[:, 2:])[:, None], (b[:, :2] + b[:, 2:])[None])
    both = np.prod(np.maximum(end - start, 0), axis=2)
    either = np.prod(a[:, 2:], axis=1)[:, None] + np.prod(b[:, 2:], axis=1)[None] - both
    return np.asarray(np.divide(both, either, out=np.zeros_like(both), where=either > 0), np.float64)


def match_circles(found: Float64, circles: Float64) -> Mask:
    """Which boxes found have their middle in a circle, float64 (n, 3): x, y, radius: bool (found,).

    In the order of the boxes each takes the nearest circle that is still free.
    """
    middle = found[:, :2] + found[:, 2:] / 2
    distance = np.linalg.norm(middle[:, None] - circles[None, :, :2], axis=2)
    distance[distance > circles[:, 2]] = np.inf
    hit = np.zeros(len(found), np.bool_)
    for i in np.flatnonzero(np.isfinite(distance).any(axis=1)):
        nearest = distance[i].argmin()
        if np.isfinite(distance[i, nearest]):
            hit[i] = True
            distance[:, nearest] = np.inf
    return hit


def average_precision(scores: Float64, hits: Mask, changes: int) -> float:
    """The area under precision over recall, the regions of all pictures taken by falling score, in [0, 1].

    scores, hits: (n,). M. Everingham et al., "The PASCAL Visual Object Classes Challenge", IJCV 2010, over all points.
    """
    found = hits[np.argsort(-scores, kind="stable")]
    precision = np.cumsum(found) / np.arange(1, len(found) + 1)
    best = np.maximum.accumulate(precision[::-1])[::-1]  # of this or any higher recall
    return float(best[found].sum() / changes) if changes else 0.0


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
