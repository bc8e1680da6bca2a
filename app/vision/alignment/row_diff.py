"""Pages that grew in the middle: which row of B lies on which row of A, as a line-by-line comparison of texts finds it.

Rows that occur once in either picture are anchors, and the longest run of them in the same order is kept (patience
sorting, as B. Cohen's "patience diff" does with lines). What equals grows from them up and down; what is left between
is laid on what is opposite to it, and the rest was inserted or removed.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from zlib import crc32

import numpy as np
import numpy.typing as npt

from app.vision.arrays import UInt8

Indices = npt.NDArray[np.intp]
Anchor = tuple[int, int]

# A picture has at most so many rows: a page of a hundred screens.
MAX_ROWS = 100_000
# Fewer anchors with one offset may be alike by chance.
MIN_ANCHORS = 4
# Of the lower picture, the share of rows that must be equal in the other.
LEAST = 0.2


@dataclass(frozen=True)
class RowGap:
    """Rows that only one picture has: at row `a` of A and row `b` of B, `inserted` rows of B or `removed` rows of A."""

    a: int
    b: int
    inserted: int = 0
    removed: int = 0


@dataclass(frozen=True)
class RowAlignment:
    """source: for every row of A the row of B that lies there, -1 where B has none. gaps: from top to bottom.

    anchors: how many rows prove it.
    """

    source: Indices
    gaps: tuple[RowGap, ...]
    anchors: int

    def in_b(self, top: int, height: int) -> tuple[int, int]:
        """The first and the last row of B on `height` rows of A from `top`; where B has none of them, the nearest."""
        shown = np.flatnonzero(self.source >= 0)
        inside = shown[(shown >= top) & (shown < top + height)]
        if not len(inside):
            inside = shown[[np.abs(shown - (top + (height - 1) / 2)).argmin()]]
        return int(self.source[inside[0]]), int(self.source[inside[-1]])


def match_rows(a: UInt8, b: UInt8) -> RowAlignment | None:
    """How the rows of two pictures, uint8 (height, width, 3), lie on each other.

    None where nothing was inserted or removed, or too few rows are equal to tell: then the pictures are noisy.
    """
    if a.shape[1] != b.shape[1] or max(len(a), len(b)) > MAX_ROWS:
        return None
    if len(a) == len(b) and not _moved(a, b):
        return None
    with ThreadPoolExecutor(2) as pool:
        rows_a, rows_b = pool.map(lambda picture: [crc32(row.data) for row in picture], (a, b))
    anchors = _supported(_in_order(_unique(rows_a, rows_b)))
    offsets = {y_b - y_a for y_a, y_b in anchors}
    if not offsets or (len(offsets) == 1 and len(a) == len(b)):
        return None  # a shift of the whole picture, if any, is a motion like others
    source = np.full(len(a), -1, np.intp)
    rest = list(_between(anchors, rows_a, rows_b, source))
    if np.count_nonzero(source >= 0) < LEAST * min(len(a), len(b)):
        return None
    gaps = tuple(gap for span_a, span_b in rest for gap in _fill(a, b, span_a, span_b, source))
    return RowAlignment(source, gaps, len(anchors)) if gaps else None


def _moved(a: UInt8, b: UInt8) -> bool:
    """Whether enough rows to tell may have gone elsewhere: no anchor with an offset is a row that stayed."""
    changed = [y for y in range(len(a)) if a[y].tobytes() != b[y].tobytes()]
    pairs = _unique(*([crc32(picture[y].data) for y in changed] for picture in (a, b)))
    offsets = Counter(changed[there] - changed[here] for here, there in pairs)
    return any(count >= MIN_ANCHORS for count in offsets.values())


def _unique(rows_a: list[int], rows_b: list[int]) -> list[Anchor]:
    """Pairs of rows that occur exactly once in A and once in B, in A's order."""
    count_a, count_b = Counter(rows_a), Counter(rows_b)
    place = {row: y for y, row in enumerate(rows_b) if count_b[row] == 1}
    return [(y, place[row]) for y, row in enumerate(rows_a) if row in place and count_a[row] == 1]


def _in_order(pairs: list[Anchor]) -> list[Anchor]:
    """The longest chain of pairs that rises in B, too: patience sorting, n log n."""
    tops: list[int] = []
    piles: list[int] = []
    before: list[int] = []
    for index, (_, y_b) in enumerate(pairs):
        pile = bisect_left(tops, y_b)
        before.append(piles[pile - 1] if pile else -1)
        tops[pile : pile + 1], piles[pile : pile + 1] = [y_b], [index]
    chain, index = [], piles[-1] if piles else -1
    while index >= 0:
        chain.append(pairs[index])
        index = before[index]
    return chain[::-1]


def _supported(anchors: list[Anchor]) -> list[Anchor]:
    runs = (list(run) for _, run in groupby(anchors, key=lambda anchor: anchor[1] - anchor[0]))
    return [anchor for run in runs if len(run) >= MIN_ANCHORS for anchor in run]


def _between(
    anchors: list[Anchor], rows_a: list[int], rows_b: list[int], source: Indices
) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Write the anchors and what grows from them into `source`, and give the ranges of rows of A and B left between."""
    tops = [(0, 0), *((y_a + 1, y_b + 1) for y_a, y_b in anchors)]
    ends = [*anchors, (len(rows_a), len(rows_b))]
    for y_a, y_b in anchors:
        source[y_a] = y_b
    for (top_a, top_b), (end_a, end_b) in zip(tops, ends, strict=True):
        left_a, left_b = rows_a[top_a:end_a], rows_b[top_b:end_b]
        if not left_a and not left_b:
            continue  # as nearly always, so it has to be quick
        # Nothing grows from the top and the bottom of the pictures: they are no anchors.
        down = _alike(left_a, left_b) if top_a else 0
        up = _alike(left_a[down:][::-1], left_b[down:][::-1]) if end_a < len(rows_a) else 0
        source[top_a : top_a + down] = np.arange(top_b, top_b + down)
        source[end_a - up : end_a] = np.arange(end_b - up, end_b)
        if max(len(left_a), len(left_b)) > down + up:
            yield (top_a + down, end_a - up), (top_b + down, end_b - up)


def _alike(a: list[int], b: list[int]) -> int:
    """How many rows are equal before the first that are not."""
    pairs = enumerate(zip(a, b, strict=False))
    return next((count for count, (one, other) in pairs if one != other), min(len(a), len(b)))


def _fill(a: UInt8, b: UInt8, span_a: Anchor, span_b: Anchor, source: Indices) -> list[RowGap]:
    """Lay the shorter stretch on the longer one, cut where the least differs; the rest is a gap."""
    (low_a, high_a), (low_b, high_b) = span_a, span_b
    count_a, count_b = high_a - low_a, high_b - low_b
    common, more = min(count_a, count_b), count_b - count_a
    above = _unlike(a[low_a : low_a + common], b[low_b : low_b + common])
    below = _unlike(a[high_a - common : high_a], b[high_b - common : high_b])
    # The cost of cutting after k rows: the first k lie on each other from the top, the others from the bottom.
    cut = int(np.argmin(np.append(0, above.cumsum()) + np.append(below[::-1].cumsum()[::-1], 0)))
    source[low_a : low_a + cut] = np.arange(low_b, low_b + cut)
    source[high_a - common + cut : high_a] = np.arange(high_b - common + cut, high_b)
    if not more:
        return []
    return [RowGap(low_a + cut, low_b + cut, inserted=max(more, 0), removed=max(-more, 0))]


def _unlike(a: UInt8, b: UInt8) -> npt.NDArray[np.float64]:
    """The share of pixels that differ, row by row."""
    return np.asarray((a != b).any(axis=2).mean(axis=1), np.float64)
