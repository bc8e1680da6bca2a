"""Match the rows of two pictures like the lines of two texts, for pages with rows inserted or removed.

Rows that occur once in each picture are anchors; the longest sequence of them in the same order is kept (patience
sorting, as in B. Cohen's "patience diff"). Anchors are extended up and down over equal rows. The blocks between them
are aligned as far as they overlap, and their remaining rows count as inserted or removed.

If columns at the side are unchanged, as a side bar beside an article, only the other columns are matched.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import groupby
from zlib import crc32

import cv2
import numpy as np

from app.vision.alignment.row_alignment import Indices, RowAlignment, RowGap
from app.vision.alignment.spacing import align_lines, different_share, is_respaced, separate_spacing
from app.vision.arrays import Mask, UInt8

Anchor = tuple[int, int]

# Higher pictures are not compared by rows; this is a page of a hundred screens.
MAX_ROWS = 100_000
STRIP_ROWS = 64  # rows compared at a time
# A shorter run of anchors with one offset may be equal by chance.
MIN_ANCHORS = 4
# The share of rows of the less high picture that must be equal in the other.
MIN_EQUAL_SHARE = 0.2
# Steps between neighbours that make the pattern of a row, when levels are compared with tolerance.
MIN_EDGE_STEP = 32
# A side bar is at least this share of the width.
MIN_SIDE_SHARE = 0.1


def match_rows(a: UInt8, b: UInt8) -> RowAlignment | None:
    """Match the rows of two pictures, uint8 (height, width, 3).

    None if no rows were inserted or removed, or if too few are equal, as in noisy pictures.
    """
    if a.shape[1] != b.shape[1] or max(len(a), len(b)) > MAX_ROWS:
        return None
    first, last = columns = _changed_columns(a, b)
    part_a, part_b = (picture if columns == (0, a.shape[1]) else picture[:, first:last].copy() for picture in (a, b))
    if len(a) == len(b) and not _may_have_moved(part_a, part_b):
        return None
    with ThreadPoolExecutor(2) as pool:
        for signatures in (_digests, _patterns):
            rows_a, rows_b = pool.map(signatures, (part_a, part_b))
            matched = _match_signatures(part_a, part_b, rows_a, rows_b) or _single_gap(part_a, part_b, rows_a, rows_b)
            if matched and (spaced := separate_spacing(matched, part_a, part_b)):
                return spaced if part_a is a else _in_columns(spaced, columns, part_a)
    return None


def _in_columns(rows: RowAlignment, columns: tuple[int, int], part: UInt8) -> RowAlignment:
    """The alignment of a part of the columns. Blank rows that were removed at its end are space, which gave way."""
    kept = [gap for gap in rows.gaps if gap.inserted or _has_content(part[gap.a :][: gap.removed])] or rows.gaps
    return replace(rows, gaps=tuple(replace(gap, columns=columns) for gap in kept), columns=columns)


def _match_signatures(a: UInt8, b: UInt8, rows_a: list[int], rows_b: list[int]) -> RowAlignment | None:
    anchors = _long_runs(_longest_increasing(_unique(rows_a, rows_b)))
    offsets = {y_b - y_a for y_a, y_b in anchors}
    if not offsets or (len(offsets) == 1 and len(a) == len(b)):
        return None  # a shift of the whole picture is handled as a motion
    source = np.full(len(a), -1, np.intp)
    unmatched = list(_extend_anchors(anchors, rows_a, rows_b, source))
    if np.count_nonzero(source >= 0) < MIN_EQUAL_SHARE * min(len(a), len(b)):
        return None
    gaps = tuple(gap for block in unmatched for gap in _align_block(a, b, *block, source))
    if is_respaced(gaps, a, b):
        gaps = tuple(gap for block in unmatched for gap in _align_respaced(a, b, *block, source))
    return RowAlignment(source, gaps, len(anchors), (0, a.shape[1])) if gaps else None


def _single_gap(a: UInt8, b: UInt8, rows_a: list[int], rows_b: list[int]) -> RowAlignment | None:
    """The alignment of two pages without unique rows, such as lists, that are equal above and below one gap."""
    above = _common_prefix(rows_a, rows_b)
    below = _common_prefix(rows_a[::-1], rows_b[::-1])
    if len(a) == len(b) or not above or not below or above + below < min(len(a), len(b)):
        return None
    source = np.full(len(a), -1, np.intp)
    gaps = _align_block(a, b, (0, len(a)), (0, len(b)), source)
    return RowAlignment(source, tuple(gaps), above, (0, a.shape[1]))


def _changed_columns(a: UInt8, b: UInt8) -> tuple[int, int]:
    """The first column that differs between the tops of A and B and the one after the last; all if only margins do not.

    Margins have the same colour in every row, so they show no content that stayed in its place.
    """
    height, width = min(len(a), len(b)), a.shape[1]
    changed = np.flatnonzero(_differing_columns(a[:height], b[:height]))
    if not len(changed):
        return 0, width
    first, last = int(changed[0]), int(changed[-1]) + 1
    left, right = (
        part.shape[1] >= MIN_SIDE_SHARE * width and _has_content(part) for part in (a[:, :first], a[:, last:])
    )
    return first if left else 0, last if right else width


def _differing_columns(a: UInt8, b: UInt8) -> Mask:
    different = np.zeros(a.shape[1], np.bool_)
    for top in range(0, len(a), STRIP_ROWS):
        strip_a, strip_b = a[top : top + STRIP_ROWS], b[top : top + STRIP_ROWS]
        most = cv2.reduce(cv2.absdiff(strip_a, strip_b).reshape(len(strip_a), -1), 0, cv2.REDUCE_MAX)
        different |= most.reshape(-1, 3).any(axis=1)
        if different[0] and different[-1]:
            break  # no column at a side is unchanged
    return different


def _has_content(picture: UInt8) -> bool:
    return bool((picture != picture[:1]).any())


def _digests(picture: UInt8) -> list[int]:
    """A number for each row: equal if the rows are."""
    return [crc32(row.data) for row in picture]


def _patterns(picture: UInt8) -> list[int]:
    """A number for each row: equal if the rows have their edges at the same pixels, whatever the exact levels."""
    if picture.shape[1] < 2:
        return _digests(picture)
    green = cv2.extractChannel(picture, 1)
    edges = np.packbits(cv2.absdiff(green[:, 1:], green[:, :-1]) > MIN_EDGE_STEP, axis=1)
    return [crc32(row.data) for row in edges]


def _may_have_moved(a: UInt8, b: UInt8) -> bool:
    """Whether enough changed rows recur at another position; a quick test, as equal rows cannot be shifted anchors."""
    changed = [y for y in range(len(a)) if a[y].tobytes() != b[y].tobytes()]
    pairs = _unique(*([crc32(picture[y].data) for y in changed] for picture in (a, b)))
    offsets = Counter(changed[in_b] - changed[in_a] for in_a, in_b in pairs)
    return any(count >= MIN_ANCHORS for count in offsets.values())


def _unique(rows_a: list[int], rows_b: list[int]) -> list[Anchor]:
    """Pairs of rows that occur exactly once in A and once in B, in A's order."""
    count_a, count_b = Counter(rows_a), Counter(rows_b)
    position = {row: y for y, row in enumerate(rows_b) if count_b[row] == 1}
    return [(y, position[row]) for y, row in enumerate(rows_a) if row in position and count_a[row] == 1]


def _longest_increasing(pairs: list[Anchor]) -> list[Anchor]:
    """The longest subsequence of pairs that also increases in B, by patience sorting in O(n log n)."""
    tops: list[int] = []
    piles: list[int] = []
    predecessors: list[int] = []
    for index, (_, y_b) in enumerate(pairs):
        pile = bisect_left(tops, y_b)
        predecessors.append(piles[pile - 1] if pile else -1)
        tops[pile : pile + 1], piles[pile : pile + 1] = [y_b], [index]
    chain, index = [], piles[-1] if piles else -1
    while index >= 0:
        chain.append(pairs[index])
        index = predecessors[index]
    return chain[::-1]


def _long_runs(anchors: list[Anchor]) -> list[Anchor]:
    """The anchors in runs of at least MIN_ANCHORS with the same offset."""
    runs = (list(run) for _, run in groupby(anchors, key=lambda anchor: anchor[1] - anchor[0]))
    return [anchor for run in runs if len(run) >= MIN_ANCHORS for anchor in run]


def _extend_anchors(
    anchors: list[Anchor], rows_a: list[int], rows_b: list[int], source: Indices
) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Write the anchors and the equal rows around them into `source`; yield the unmatched ranges of rows of A and B."""
    tops = [(0, 0), *((y_a + 1, y_b + 1) for y_a, y_b in anchors)]
    ends = [*anchors, (len(rows_a), len(rows_b))]
    for y_a, y_b in anchors:
        source[y_a] = y_b
    for (top_a, top_b), (end_a, end_b) in zip(tops, ends, strict=True):
        left_a, left_b = rows_a[top_a:end_a], rows_b[top_b:end_b]
        if not left_a and not left_b:
            continue  # the most frequent case, so it must be fast
        # The top and the bottom of the pictures are not anchors, so nothing is extended from them.
        down = _common_prefix(left_a, left_b) if top_a else 0
        up = _common_prefix(left_a[down:][::-1], left_b[down:][::-1]) if end_a < len(rows_a) else 0
        source[top_a : top_a + down] = np.arange(top_b, top_b + down)
        source[end_a - up : end_a] = np.arange(end_b - up, end_b)
        if max(len(left_a), len(left_b)) > down + up:
            yield (top_a + down, end_a - up), (top_b + down, end_b - up)


def _common_prefix(a: list[int], b: list[int]) -> int:
    """Number of equal rows before the first difference."""
    pairs = enumerate(zip(a, b, strict=False))
    return next((count for count, (row_a, row_b) in pairs if row_a != row_b), min(len(a), len(b)))


def _align_respaced(a: UInt8, b: UInt8, span_a: Anchor, span_b: Anchor, source: Indices) -> list[RowGap]:
    """Match two blocks of a page whose lines are spaced differently: line by line if both have as many lines."""
    (low_a, high_a), (low_b, high_b) = span_a, span_b
    inside = np.full(high_a - low_a, -1, np.intp)
    gaps = align_lines(a[low_a:high_a], b[low_b:high_b], inside)
    if gaps is None:
        return _align_block(a, b, span_a, span_b, source)
    source[low_a:high_a] = np.where(inside < 0, -1, inside + low_b)
    return [replace(gap, a=gap.a + low_a, b=gap.b + low_b) for gap in gaps]


def _align_block(a: UInt8, b: UInt8, span_a: Anchor, span_b: Anchor, source: Indices) -> list[RowGap]:
    """Match the shorter block with the longer one, split where the fewest pixels differ; the other rows are a gap."""
    (low_a, high_a), (low_b, high_b) = span_a, span_b
    count_a, count_b = high_a - low_a, high_b - low_b
    common, more = min(count_a, count_b), count_b - count_a
    above = different_share(a[low_a : low_a + common], b[low_b : low_b + common])
    below = different_share(a[high_a - common : high_a], b[high_b - common : high_b])
    # The cost of a split after k rows: the first k are matched from the top, the others from the bottom.
    cut = int(np.argmin(np.append(0, above.cumsum()) + np.append(below[::-1].cumsum()[::-1], 0)))
    source[low_a : low_a + cut] = np.arange(low_b, low_b + cut)
    source[high_a - common + cut : high_a] = np.arange(high_b - common + cut, high_b)
    if not more:
        return []
    return [RowGap(low_a + cut, low_b + cut, inserted=max(more, 0), removed=max(-more, 0))]
