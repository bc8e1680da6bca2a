"""ORB keypoints of A and B, matched by their descriptors and verified by a homography.

Rublee, Rabaud, Konolige, Bradski: ORB: an efficient alternative to SIFT or SURF. ICCV 2011.
Barath, Noskova, Ivashechkin, Matas: MAGSAC++, a fast, reliable and accurate robust estimator. CVPR 2020.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from app.vision.analysis import Analysis
from app.vision.arrays import Float32, Float64, Mask, UInt8
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.resize import reduce, shrink_to, shrunk_size

NAME = "orb"
TITLE = "Features (ORB)"
DESCRIPTION = "Matches ORB keypoints, and measures how many are found again."
STEP_LABEL = "Features (ORB)"
NEEDS_NETWORK = False
DEFAULT = True

MAX_PIXELS = 1_000_000
MAX_KEYPOINTS = 1000
PATCH_SIDE = 31
TOLERANCE = 3.0  # pixels of the reduced pictures

MAX_DRAWN_PIXELS = 500_000  # of each picture
MAX_DRAWN_MATCHES = 60
MAX_CORRESPONDENCES, GRID_COLUMNS = 100, 12
# Okabe and Ito's palette, distinguishable with any colour vision. Several colours make single lines easier to follow.
COLOURS = ((230, 159, 0), (86, 180, 233), (240, 228, 66), (0, 158, 115), (204, 121, 167))


@dataclass(frozen=True)
class Features:
    """The keypoints of one picture.

    points: float32 (n, 3), x, y and diameter in pixels of the reduced picture.
    descriptors: uint8 (n, 32), 256 bits each.
    """

    points: Float32
    descriptors: UInt8

    @property
    def order(self) -> bytes:
        """A sort key of the two pictures that does not depend on which is A."""
        return self.points.tobytes() + self.descriptors.tobytes()


@dataclass(frozen=True)
class Matches:
    """Pairs of keypoints, the most similar first.

    a, b: int (m,), indices of the keypoints in each picture.
    inliers: bool (m,), whether the homography maps them onto each other.
    """

    a: npt.NDArray[np.intp]
    b: npt.NDArray[np.intp]
    inliers: Mask


def analyse(pair: Pair, _options: Options) -> Analysis:
    """Numbers of keypoints, of mutual matches and of inliers of one homography, and a similarity.

    `orb_similarity` is 2·inliers / (keypoints of A + keypoints of B), in [0, 1]: the share of keypoints that are found
    in both. 1 for equal pictures, nearly 0 for unrelated ones; None if a picture has no keypoints. All numbers are
    symmetric in A and B. Image: `orb_matches`, if there are inliers. Fact `correspondences`: the best inliers, each as
    x and y in A, x and y in B, in pixels of the common frame.
    """
    size = shrunk_size(pair.size, MAX_PIXELS)
    gray_a, gray_b = reduce(pair.gray_a, size), reduce(pair.gray_b, size)
    mask = np.full(gray_a.shape, 255, np.uint8)
    if not pair.valid.all():
        mask[reduce(pair.valid.view(np.uint8), size) == 0] = 0
    with ThreadPoolExecutor(1) as pool:
        other = None if pair.shares_arrays else pool.submit(detect, gray_b, mask)
        a = detect(gray_a, mask)
    b = other.result() if other else a
    matches = match(a, b)
    inliers = int(np.count_nonzero(matches.inliers))
    total = len(a.points) + len(b.points)
    missing = " and ".join(name for name, features in (("A", a), ("B", b)) if not len(features.points))
    return Analysis(
        metrics={
            "orb_keypoints_a": len(a.points),
            "orb_keypoints_b": len(b.points),
            "orb_matches": len(matches.a),
            "orb_inliers": inliers,
            "orb_similarity": None if missing else 2 * inliers / total,
        },
        images={"orb_matches": lambda: draw(gray_a, gray_b, a, b, matches)} if inliers else {},
        facts={"correspondences": correspondences(a, b, matches, np.divide(pair.size, gray_a.shape[::-1]))},
        reason=f"No keypoints in {missing}: too small, or without corners." if missing else None,
    )


def detect(gray: UInt8, mask: UInt8) -> Features:
    """The strongest keypoints of a gray picture (height, width) where `mask`, of the same shape, is not 0."""
    if min(gray.shape) < PATCH_SIDE:  # OpenCV fails to build the pyramid of the smallest pictures
        return Features(np.empty((0, 3), np.float32), np.empty((0, 32), np.uint8))
    orb = cv2.ORB.create(nfeatures=MAX_KEYPOINTS, edgeThreshold=PATCH_SIDE // 2 + 1, patchSize=PATCH_SIDE)
    # OpenCV keeps all equally strong corners: a page of dots has 26,000, whose distances would take 3 GB.
    strongest = sorted(orb.detect(gray, mask), key=lambda keypoint: -keypoint.response)[:MAX_KEYPOINTS]
    keypoints, descriptors = orb.compute(gray, strongest)
    points = np.array([(*keypoint.pt, keypoint.size) for keypoint in keypoints], np.float32).reshape(-1, 3)
    return Features(points, np.asarray(descriptors if len(points) else np.empty((0, 32)), np.uint8))


def match(a: Features, b: Features) -> Matches:
    """Match every keypoint with its nearest by brute force, keep mutual matches, and verify them.

    OpenCV's matcher considers only the first of several equal descriptors, so a chequerboard would not match itself.
    The samples of the robust estimator depend on the order of the pictures, so they are sorted first: the result is
    symmetric in A and B.
    """
    if a is b:  # each keypoint is its own nearest, see dissimilarity
        every = np.arange(len(a.points))
        return Matches(every, every, np.ones(len(every), np.bool_))
    if b.order < a.order:
        swapped = match(b, a)
        return Matches(swapped.b, swapped.a, swapped.inliers)
    if not len(a.points) or not len(b.points):
        none = np.empty(0, np.intp)
        return Matches(none, none, np.empty(0, bool))
    cost = dissimilarity(a, b)
    nearest_b, nearest_a = cost.argmin(axis=1), cost.argmin(axis=0)
    mutual = np.flatnonzero(nearest_a[nearest_b] == np.arange(len(nearest_b)))
    first = mutual[np.argsort(cost[mutual, nearest_b[mutual]], kind="stable")]
    second = nearest_b[first]
    return Matches(first, second, verify(a.points[first, :2], b.points[second, :2]))


def dissimilarity(a: Features, b: Features) -> Float32:
    """Hamming distances of all descriptors, float32 (n, m), plus a fraction below 1 for the distance in the picture.

    The pictures share a frame, so among equal descriptors, as repeating patterns have them, the nearer keypoint is
    the likelier match. The fraction also makes every keypoint of equal pictures its own nearest.
    """
    shape = len(a.points), len(b.points)
    hamming, apart = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    for x, y in zip(a.descriptors.view(np.uint64).T, b.descriptors.view(np.uint64).T, strict=True):
        hamming += np.bitwise_count(np.bitwise_xor.outer(x, y))
    for x, y in zip(a.points.T, b.points.T, strict=True):
        apart += np.abs(np.subtract.outer(x, y))
    apart /= apart.max() + 1
    hamming += apart
    return hamming


def verify(a: Float32, b: Float32) -> Mask:
    """The inliers, bool (m,), of one homography between points, float32 (m, 2), or of the identity if it has more.

    The identity needs neither four points nor points that are not collinear.
    """
    still: Mask = np.hypot(*(a - b).T) <= TOLERANCE
    if len(a) < 4:
        return still
    _, found = cv2.findHomography(a, b, cv2.USAC_MAGSAC, TOLERANCE, maxIters=2000, confidence=0.999)
    moved: Mask = still if found is None else found.ravel() > 0
    return moved if np.count_nonzero(moved) > np.count_nonzero(still) else still


def correspondences(a: Features, b: Features, matches: Matches, scale: Float64) -> list[list[float]]:
    """At most MAX_CORRESPONDENCES inliers as [x in A, y in A, x in B, y in B].

    scale: factors of x and y from the reduced to the full pictures.
    The best of every cell of a grid over A come first, then the second best of every cell, and so on: the best overall
    would cluster at the strongest corners. If some are left out, the choice is not symmetric in A and B.
    """
    best = np.flatnonzero(matches.inliers)
    rank = ranks(a.points[matches.a[best], :2] // (a.points[:, :2].max(initial=1) / GRID_COLUMNS))
    best = best[np.argsort(rank, kind="stable")][:MAX_CORRESPONDENCES]
    points = np.hstack([a.points[matches.a[best], :2], b.points[matches.b[best], :2]])
    # Coordinates are pixel centres: a reduced pixel is centred on those that it was averaged from.
    rows: list[list[float]] = np.round((points + 0.5) * np.tile(scale, 2) - 0.5, 1).tolist()
    return rows


def ranks(cells: Float32) -> npt.NDArray[np.intp]:
    """For each row of (n, 2), the number of equal rows before it: (n,)."""
    _, labels = np.unique(cells, axis=0, return_inverse=True)
    order = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[order], labels[order])
    rank = np.empty(len(labels), np.intp)
    rank[order] = np.arange(len(labels)) - starts
    return rank


def draw(gray_a: UInt8, gray_b: UInt8, a: Features, b: Features, matches: Matches) -> UInt8:
    """Both pictures side by side in gray, A left, and the best inliers as coloured lines: uint8 RGB."""
    canvas = cv2.cvtColor(
        np.hstack([shrink_to(gray_a, MAX_DRAWN_PIXELS), shrink_to(gray_b, MAX_DRAWN_PIXELS)]), cv2.COLOR_GRAY2RGB
    )
    width = canvas.shape[1] // 2
    scale = width / gray_a.shape[1]
    best = np.flatnonzero(matches.inliers)[:MAX_DRAWN_MATCHES]
    starts = np.rint(a.points[matches.a[best], :2] * scale).astype(int)
    ends = np.rint(b.points[matches.b[best], :2] * scale).astype(int) + np.array([width, 0])
    for index, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        colour = COLOURS[index % len(COLOURS)]
        cv2.line(canvas, start, end, colour, 1, cv2.LINE_AA)
        for point in (start, end):
            cv2.circle(canvas, point, 3, colour, 1, cv2.LINE_AA)
    return canvas.astype(np.uint8, copy=False)
