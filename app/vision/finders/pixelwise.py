"""Changed regions from changed colours: each pixel by itself, then clusters of them.

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
from app.vision.tiles import Tile, by_tiles

Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]

# The squared distance is a whole number of these: the mean of two reds is in halves, and 256 divides it.
PARTS = 512
# Black and white are 764.8 apart, farther than any other two colours.
FARTHEST = 765
# Settings that make each speck a cluster find millions in a large picture: too many for an object each.
MOST = 10_000


def find(pair: Pair, options: Options) -> Finding:
    """Red-mean distance, threshold, DBSCAN; a box round each cluster with changed + 2 height + width >= interest.

    changed, height and width are those of the cluster, in pixels. The evidence is a third of the distance, rounded;
    the mask holds the pixels of the clusters that are kept: of those of interest, the 10,000 with the most summed
    evidence. A region counts the pixels of its own cluster, and its score is their mean evidence.
    """
    settings = options.pixelwise
    changed, evidence = differences(pair, settings.distance)
    clusters = dbscan(changed, settings.reach, settings.neighbours)
    counts, sums, boxes = _measure(clusters, evidence)
    of_interest = np.flatnonzero(counts + boxes @ (0, 0, 1, 2) >= settings.interest)
    listed = of_interest[np.argsort(-sums[of_interest], kind="stable")][:MOST]
    rows = zip(boxes[listed].tolist(), counts[listed].tolist(), sums[listed].tolist(), strict=True)
    regions = [Region(Box(*box), count, total / count / 255, ("pixelwise",)) for box, count, total in rows]
    kept = np.zeros(counts.size + 1, np.bool_)
    kept[listed + 1] = True
    return Finding(regions, kept[clusters], evidence)


def differences(pair: Pair, threshold: float) -> tuple[Mask, UInt8]:
    """Where the red-mean distance exceeds the threshold, bool, and a third of it, uint8, both (height, width).

    threshold: from 0 to 765. Pixels that are not valid do not differ.
    """
    changed, evidence = np.empty(pair.valid.shape, np.bool_), np.empty(pair.valid.shape, np.uint8)
    limit = int(PARTS * threshold * threshold)
    scale = 255 / FARTHEST / PARTS**0.5

    def fill(tile: Tile) -> None:
        squared = squared_distance(pair.a[tile.inner], pair.b[tile.inner]) * pair.valid[tile.inner]
        np.greater(squared, limit, out=changed[tile.inner])
        evidence[tile.inner] = cv2.convertScaleAbs(np.sqrt(squared.astype(np.float32)), alpha=scale)

    by_tiles(pair.valid.shape, 0, fill)
    return changed, evidence


def squared_distance(a: UInt8, b: UInt8) -> Int32:
    """The square of the red-mean distance in parts of 1/512: int32 (height, width), exact.

    a, b: uint8 RGB (height, width, 3). ΔC² = (2 + r̄/256) ΔR² + 4 ΔG² + (2 + (255 - r̄)/256) ΔB², r̄ the mean red.
    """
    red, green, blue = (np.square(np.subtract(a[..., c], b[..., c], dtype=np.int32)) for c in range(3))
    reds = np.add(a[..., 0], b[..., 0], dtype=np.int32)
    distance: Int32 = (2 * PARTS + reds) * red + 4 * PARTS * green + (2 * PARTS + 510 - reds) * blue
    return distance


def dbscan(mask: Mask, reach: int, neighbours: int) -> Int32:
    """DBSCAN of the pixels in a mask, bool (height, width): the cluster of each from 1, or 0; int32 (height, width).

    reach: eps, from 1 to 100. neighbours: MinPts, the pixel itself counts.
    The distance is the larger one of rows and columns (Chebyshev's). With it the neighbourhood is a square, so that
    box filters give exactly what the search for neighbours would, and hardly slower for more pixels or a longer reach;
    with discs, as Euclid's distance has them, there is no such way to join cores exactly. A border pixel in reach of
    several clusters joins the one that comes last; the paper leaves it to the order of the points.
    """
    square = (2 * reach + 1, 2 * reach + 1)
    inside = cv2.boxFilter(mask.view(np.uint8), cv2.CV_16U, square, normalize=False, borderType=cv2.BORDER_CONSTANT)
    core = mask & (inside >= neighbours)
    # Squares as wide as the reach touch, be it at a corner, exactly where their cores are within reach.
    joined = cv2.dilate(core.view(np.uint8), np.ones((reach, reach), np.uint8))
    _, components = cv2.connectedComponents(joined, connectivity=8, ltype=cv2.CV_32S)
    # OpenCV dilates no integers of 32 bits. Float32 holds all of them up to 2^24, and clusters are at most a quarter of
    # the pixels, in a picture one pixel high a half: enough for 67 or 33 megapixels of nothing but specks.
    labels = np.multiply(components, core, dtype=np.float32, casting="unsafe")
    cv2.dilate(labels, np.ones(square, np.uint8), dst=labels)
    return np.multiply(labels, mask, dtype=np.int32, casting="unsafe")


def _measure(clusters: Int32, evidence: UInt8) -> tuple[Int64, Int64, Int64]:
    """Of each cluster, from 1: pixels (n,), summed evidence (n,), and x, y, width and height of its box (n, 4)."""
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
    """The pieces of rows that clusters consist of: cluster, start, end (exclusive) and summed evidence.

    Positions count from the first pixel, row by row, as if there were one more at the end of each row.
    """
    beyond = ((0, 0), (0, 1))
    flat = np.pad(clusters, beyond).ravel()
    starts = np.flatnonzero(np.diff(flat, prepend=np.int32(0)))
    sums = np.add.reduceat(np.pad(evidence, beyond).ravel(), starts, dtype=np.int64)
    runs = np.flatnonzero(flat[starts])
    return flat[starts[runs]], starts[runs], starts[runs + 1], sums[runs]
