"""Changed regions from the colour distance of each pixel and DBSCAN clusters of the changed pixels.

The colour distance is the "red-mean" of T. Riemersma, "Colour metric", https://www.compuphase.com/cmetric.htm; the
clusters are those of M. Ester, H.-P. Kriegel, J. Sander, X. Xu, "A density-based algorithm for discovering clusters in
large spatial databases with noise", KDD 1996.
"""

import cv2
import numpy as np
import numpy.typing as npt

from app.vision.arrays import Mask, UInt8
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.region import Box, Finding, Region
from app.vision.tiles import Tile, map_tiles

NAME = "pixelwise"
TITLE = "Pixelwise"
DESCRIPTION = "Marks dense clusters of pixels whose colour changed."
DETAILS = (
    "Compares the colour of each pixel by itself and groups those that differ into dense clusters (DBSCAN). "
    "Quick, and exact on clean pictures; compression, noise and shifts make clusters of their own."
)

Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]

# The squared distance is a multiple of 1/512: the mean of two reds is a multiple of 1/2, and is divided by 256.
DENOMINATOR = 512
# The largest distance, between black and white, is 764.8.
MAX_DISTANCE = 765
# Settings that make each speck a cluster find millions in a large picture, too many to keep as objects.
MAX_REGIONS = 10_000


def find(pair: Pair, options: Options) -> Finding:
    """Red-mean distance, threshold, DBSCAN; a box for each cluster with changed + 2 height + width >= interest.

    changed is the number of pixels of the cluster, height and width are those of its box. The evidence is a third of
    the distance, rounded. Of the clusters of interest, the 10,000 with the most summed evidence are kept; the mask
    holds their pixels, and those left out are counted that have at least `min_size`. A region counts the pixels of its
    own cluster, and its score is their mean evidence.
    """
    settings = options.pixelwise
    changed, evidence = differences(pair, settings.distance)
    clusters = dbscan(changed, settings.reach, settings.neighbours)
    counts, sums, boxes = _measure(clusters, evidence)
    of_interest = np.flatnonzero(counts + boxes @ (0, 0, 1, 2) >= settings.interest)
    listed, left_out = np.split(of_interest[np.argsort(-sums[of_interest], kind="stable")], [MAX_REGIONS])
    rows = zip(boxes[listed].tolist(), counts[listed].tolist(), sums[listed].tolist(), strict=True)
    regions = [Region(Box(*box), count, total / count / 255, ("pixelwise",)) for box, count, total in rows]
    kept = np.zeros(counts.size + 1, np.bool_)
    kept[listed + 1] = True
    omitted = int(np.count_nonzero(counts[left_out] >= options.min_size))
    return Finding(regions, kept[clusters], evidence, omitted=omitted)


def differences(pair: Pair, threshold: float) -> tuple[Mask, UInt8]:
    """Where the red-mean distance exceeds the threshold, bool, and a third of it, uint8, both (height, width).

    threshold: from 0 to 765. Pixels that are not valid do not differ.
    """
    changed, evidence = np.empty(pair.valid.shape, np.bool_), np.empty(pair.valid.shape, np.uint8)
    limit = int(DENOMINATOR * threshold * threshold)
    scale = 255 / MAX_DISTANCE / DENOMINATOR**0.5

    def fill(tile: Tile) -> None:
        squared = squared_distance(pair.a[tile.inner], pair.b[tile.inner]) * pair.valid[tile.inner]
        np.greater(squared, limit, out=changed[tile.inner])
        evidence[tile.inner] = cv2.convertScaleAbs(np.sqrt(squared.astype(np.float32)), alpha=scale)

    map_tiles(pair.valid.shape, 0, fill)
    return changed, evidence


def squared_distance(a: UInt8, b: UInt8) -> Int32:
    """The square of the red-mean distance, times 512: int32 (height, width), exact.

    a, b: uint8 RGB (height, width, 3). ΔC² = (2 + r̄/256) ΔR² + 4 ΔG² + (2 + (255 - r̄)/256) ΔB², r̄ the mean red.
    """
    red, green, blue = (np.square(np.subtract(a[..., c], b[..., c], dtype=np.int32)) for c in range(3))
    reds = np.add(a[..., 0], b[..., 0], dtype=np.int32)
    distance: Int32 = (2 * DENOMINATOR + reds) * red + 4 * DENOMINATOR * green + (2 * DENOMINATOR + 510 - reds) * blue
    return distance


def dbscan(mask: Mask, reach: int, neighbours: int) -> Int32:
    """DBSCAN of the pixels in a mask, bool (height, width): cluster labels from 1, 0 for none; int32 (height, width).

    reach: eps, from 1 to 100. neighbours: MinPts, including the pixel itself.
    The distance is Chebyshev's, the larger of the distances in rows and columns. Its neighbourhood is a square, so box
    filters give the exact result of the neighbour search, and hardly slower for more pixels or a longer reach; with
    Euclidean discs, core points cannot be joined exactly this way. A border pixel within reach of several clusters
    joins the last one; in the paper this depends on the order of the points.
    """
    square = (2 * reach + 1, 2 * reach + 1)
    inside = cv2.boxFilter(mask.view(np.uint8), cv2.CV_16U, square, normalize=False, borderType=cv2.BORDER_CONSTANT)
    core = mask & (inside >= neighbours)
    # Squares as wide as the reach touch (a corner is enough) exactly if their core points are within reach.
    joined = cv2.dilate(core.view(np.uint8), np.ones((reach, reach), np.uint8))
    _, components = cv2.connectedComponents(joined, connectivity=8, ltype=cv2.CV_32S)
    # OpenCV cannot dilate 32-bit integers. Float32 is exact up to 2^24, and clusters are at most a quarter of the
    # pixels, or half in a picture one pixel high: enough for 67 or 33 megapixels of specks.
    labels = np.multiply(components, core, dtype=np.float32, casting="unsafe")
    cv2.dilate(labels, np.ones(square, np.uint8), dst=labels)
    return np.multiply(labels, mask, dtype=np.int32, casting="unsafe")


def _measure(clusters: Int32, evidence: UInt8) -> tuple[Int64, Int64, Int64]:
    """For each cluster, from 1: pixels (n,), summed evidence (n,), and x, y, width and height of its box (n, 4)."""
    labels, starts, ends, sums = _runs(clusters, evidence)
    wide = clusters.shape[1] + 1
    n = labels.max(initial=0)
    low, high = np.full((2, n + 1), clusters.size), np.zeros((2, n + 1), np.int64)
    for axis, (first, last) in enumerate(((starts % wide, (ends - 1) % wide), (starts // wide, starts // wide))):
        np.minimum.at(low[axis], labels, first)
        np.maximum.at(high[axis], labels, last + 1)
    counts = np.bincount(labels, ends - starts, n + 1).astype(np.int64)
    totals = np.bincount(labels, sums, n + 1).astype(np.int64)
    return counts[1:], totals[1:], np.vstack((low, high - low)).T[1:]


def _runs(clusters: Int32, evidence: UInt8) -> tuple[Int32, Int64, Int64, Int64]:
    """Run-length encoding of the clusters: for each run its cluster, start, end (exclusive) and summed evidence.

    Positions are indices into the flattened labels with one column of padding at the right, so no run spans two rows.
    """
    beyond = ((0, 0), (0, 1))
    flat = np.pad(clusters, beyond).ravel()
    starts = np.flatnonzero(np.diff(flat, prepend=np.int32(0)))
    sums = np.add.reduceat(np.pad(evidence, beyond).ravel(), starts, dtype=np.int64)
    runs = np.flatnonzero(flat[starts])
    return flat[starts[runs]], starts[runs], starts[runs + 1], sums[runs]
