"""Which corners of A are found again in B: ORB keypoints, matched by their descriptors, verified by one homography.

Rublee, Rabaud, Konolige, Bradski: ORB: an efficient alternative to SIFT or SURF. ICCV 2011.
Barath, Noskova, Ivashechkin, Matas: MAGSAC++, a fast, reliable and accurate robust estimator. CVPR 2020.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from app.vision.analysis import Analysis, Drawings
from app.vision.arrays import Float32, Float64, Mask, UInt8
from app.vision.drawing.outlines import fitting, shrink_to
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.resize import reduce

PIXELS = 1_000_000
KEYPOINTS = 1000
PATCH = 31
TOLERANCE = 3.0  # pixels of the reduced pictures

DRAWN_PIXELS = 500_000  # of each picture
DRAWN_MATCHES = 60
TOLD_MATCHES, FIELDS = 100, 12  # the latter across
# Okabe and Ito: told apart with any kind of colour vision. Several, so that one line can be followed among others.
COLOURS = ((230, 159, 0), (86, 180, 233), (240, 228, 66), (0, 158, 115), (204, 121, 167))


@dataclass(frozen=True)
class Features:
    """The keypoints of one picture.

    places: float32 (n, 3), x, y and diameter in pixels of the reduced picture.
    descriptors: uint8 (n, 32), 256 bits each.
    """

    places: Float32
    descriptors: UInt8

    @property
    def order(self) -> bytes:
        """Anything that puts two pictures in an order of their own, whichever is called A."""
        return self.places.tobytes() + self.descriptors.tobytes()


@dataclass(frozen=True)
class Matches:
    """Pairs of keypoints, the most alike first.

    a, b: int (m,), which keypoints of either picture.
    inliers: bool (m,), whether the one homography moves them onto each other.
    """

    a: npt.NDArray[np.intp]
    b: npt.NDArray[np.intp]
    inliers: Mask


def analyse(pair: Pair, _options: Options) -> Analysis:
    """Keypoints of both, mutual matches, those that one homography explains, and the similarity that this makes.

    `orb_similarity` is 2·inliers / (keypoints of A + keypoints of B), in [0, 1]: the share of keypoints that are found
    again. 1 for equal pictures, nearly 0 for unrelated ones; None where a picture has no keypoints. All numbers stay
    the same when A and B change places. Image: `orb_matches`, where anything was found again. Fact `correspondences`:
    the best inliers, each x and y in A and x and y in B, in pixels of the common frame.
    """
    size = fitting(pair.size, PIXELS)
    gray_a, gray_b = reduce(pair.gray_a, size), reduce(pair.gray_b, size)
    mask = np.full(gray_a.shape, 255, np.uint8)
    if not pair.valid.all():
        mask[reduce(pair.valid.view(np.uint8), size) == 0] = 0
    with ThreadPoolExecutor(1) as pool:
        other = None if pair.same else pool.submit(detect, gray_b, mask)
        a = detect(gray_a, mask)
    b = other.result() if other else a
    matches = match(a, b)
    inliers = int(np.count_nonzero(matches.inliers))
    total = len(a.places) + len(b.places)
    missing = " and ".join(name for name, features in (("A", a), ("B", b)) if not len(features.places))
    return Analysis(
        metrics={
            "orb_keypoints_a": len(a.places),
            "orb_keypoints_b": len(b.places),
            "orb_matches": len(matches.a),
            "orb_inliers": inliers,
            "orb_similarity": None if missing else 2 * inliers / total,
        },
        images=Drawings({"orb_matches": lambda: draw(gray_a, gray_b, a, b, matches)} if inliers else {}),
        facts={"correspondences": correspondences(a, b, matches, np.divide(pair.size, gray_a.shape[::-1]))},
        reason=f"No keypoints in {missing}: too small, or too plain to have corners." if missing else None,
    )


def detect(gray: UInt8, mask: UInt8) -> Features:
    """The strongest keypoints of a gray picture (height, width) where `mask`, of the same shape, is not 0."""
    if min(gray.shape) < PATCH:  # no patch fits; of the smallest OpenCV cannot even build its pyramid
        return Features(np.empty((0, 3), np.float32), np.empty((0, 32), np.uint8))
    orb = cv2.ORB.create(nfeatures=KEYPOINTS, edgeThreshold=PATCH // 2 + 1, patchSize=PATCH)
    # Equally strong corners are all kept: a page of dots has 26,000, and distances of 3 GB. So cut here.
    strongest = sorted(orb.detect(gray, mask), key=lambda keypoint: -keypoint.response)[:KEYPOINTS]
    keypoints, descriptors = orb.compute(gray, strongest)
    places = np.array([(*keypoint.pt, keypoint.size) for keypoint in keypoints], np.float32).reshape(-1, 3)
    return Features(places, np.asarray(descriptors if len(places) else np.empty((0, 32)), np.uint8))


def match(a: Features, b: Features) -> Matches:
    """Match every keypoint with its nearest, by brute force, and keep what is mutual.

    Not by OpenCV's matcher: of several equal descriptors it matches the first only, so that a chequerboard would not
    be found in itself. Which picture comes first steers the robust estimator's samples: the two are put in an order
    of their own, so that the result is the same when A and B change places.
    """
    if a is b:  # each is its own nearest, see dissimilarity
        every = np.arange(len(a.places))
        return Matches(every, every, np.ones(len(every), np.bool_))
    if b.order < a.order:
        swapped = match(b, a)
        return Matches(swapped.b, swapped.a, swapped.inliers)
    if not len(a.places) or not len(b.places):
        none = np.empty(0, np.intp)
        return Matches(none, none, np.empty(0, bool))
    cost = dissimilarity(a, b)
    nearest_b, nearest_a = cost.argmin(axis=1), cost.argmin(axis=0)
    mutual = np.flatnonzero(nearest_a[nearest_b] == np.arange(len(nearest_b)))
    first = mutual[np.argsort(cost[mutual, nearest_b[mutual]], kind="stable")]
    second = nearest_b[first]
    return Matches(first, second, verify(a.places[first, :2], b.places[second, :2]))


def dissimilarity(a: Features, b: Features) -> Float32:
    """Hamming distance of every two descriptors, float32 (n, m), plus less than 1 for how far apart they lie.

    The two pictures share a frame, so among equal descriptors, as drawn and repeating patterns have them, the nearer
    is the likelier. It also makes every keypoint its own nearest when the pictures are equal.
    """
    shape = len(a.places), len(b.places)
    hamming, apart = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    for x, y in zip(a.descriptors.view(np.uint64).T, b.descriptors.view(np.uint64).T, strict=True):
        hamming += np.bitwise_count(np.bitwise_xor.outer(x, y))
    for x, y in zip(a.places.T, b.places.T, strict=True):
        apart += np.abs(np.subtract.outer(x, y))
    apart /= apart.max() + 1
    hamming += apart
    return hamming


def verify(a: Float32, b: Float32) -> Mask:
    """Which matches, float32 (m, 2) points of either picture, one homography explains: bool (m,).

    No motion at all is tried as well: it needs neither four points nor points off one line.
    """
    still: Mask = np.hypot(*(a - b).T) <= TOLERANCE
    if len(a) < 4:
        return still
    _, found = cv2.findHomography(a, b, cv2.USAC_MAGSAC, TOLERANCE, maxIters=2000, confidence=0.999)
    moved: Mask = still if found is None else found.ravel() > 0
    return moved if np.count_nonzero(moved) > np.count_nonzero(still) else still


def correspondences(a: Features, b: Features, matches: Matches, scale: Float64) -> list[list[float]]:
    """Inliers as [x in A, y in A, x in B, y in B]; `scale`, of x and of y, enlarges the reduced pictures to the full.

    First the best of every field of a grid over A, then the second best of every field, and so on: the best of all
    lie together on what little has the strongest corners. Of more than TOLD_MATCHES, A and B in each other's place
    may have others told.
    """
    best = np.flatnonzero(matches.inliers)
    rank = ranks(a.places[matches.a[best], :2] // (a.places[:, :2].max(initial=1) / FIELDS))
    best = best[np.argsort(rank, kind="stable")][:TOLD_MATCHES]
    places = np.hstack([a.places[matches.a[best], :2], b.places[matches.b[best], :2]])
    # Pixel centres: the first pixel of a reduced picture lies in the middle of those it was made from.
    told: list[list[float]] = np.round((places + 0.5) * np.tile(scale, 2) - 0.5, 1).tolist()
    return told


def ranks(fields: Float32) -> npt.NDArray[np.intp]:
    """For each row of (n, 2), how many rows before it are the same: (n,)."""
    _, labels = np.unique(fields, axis=0, return_inverse=True)
    order = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[order], labels[order])
    rank = np.empty(len(labels), np.intp)
    rank[order] = np.arange(len(labels)) - starts
    return rank


def draw(gray_a: UInt8, gray_b: UInt8, a: Features, b: Features, matches: Matches) -> UInt8:
    """Both pictures side by side, A left, and the best inliers as lines: uint8 RGB. Gray, so that the lines show."""
    canvas = cv2.cvtColor(
        np.hstack([shrink_to(gray_a, DRAWN_PIXELS), shrink_to(gray_b, DRAWN_PIXELS)]), cv2.COLOR_GRAY2RGB
    )
    width = canvas.shape[1] // 2
    scale = width / gray_a.shape[1]
    best = np.flatnonzero(matches.inliers)[:DRAWN_MATCHES]
    starts = np.rint(a.places[matches.a[best], :2] * scale).astype(int)
    ends = np.rint(b.places[matches.b[best], :2] * scale).astype(int) + np.array([width, 0])
    for index, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        colour = COLOURS[index % len(COLOURS)]
        cv2.line(canvas, start, end, colour, 1, cv2.LINE_AA)
        for point in (start, end):
            cv2.circle(canvas, point, 3, colour, 1, cv2.LINE_AA)
    return canvas.astype(np.uint8, copy=False)
