"""Tell lines that are spaced differently from rows that were inserted or removed.

A document that is set again has its lines a pixel higher or lower here and there. Each such place is a gap of a few
blank rows, but no row of content was inserted or removed.
"""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from app.vision.alignment.row_alignment import Indices, RowAlignment, RowGap
from app.vision.arrays import Float64, UInt8

Span = tuple[int, int]  # the first row, and the row after the last

# Text from another machine has other levels at the edges of its letters, up to this far.
MAX_STEP = 3
# Spacing changes by at most this many rows at a place, and at this many places or more: fewer are inserted rows.
MAX_RESPACING, MIN_RESPACED = 3, 3
MAX_SAMPLED = 2000  # rows in which the colour of the ground is looked for
MAX_LINE = 200  # rows of a line of text, or of several that touch
REACH = 4  # rows by which the tops of two lines may differ that stand on the same base line
# Of the rows that differ where they are, at most this share may still differ if only the spacing is undone.
MAX_UNEXPLAINED = 0.5


def is_respaced(gaps: Sequence[RowGap], a: UInt8, b: UInt8) -> bool:
    """Whether the space between lines changed by a few pixels at several places. a, b: uint8 (height, width, 3)."""
    small = [gap for gap in gaps if _height(gap) <= MAX_RESPACING and not _is_at_end(gap, a, b)]
    return len(small) >= MIN_RESPACED and len(_blank(small, a, b)) >= MIN_RESPACED


def separate_spacing(rows: RowAlignment, a: UInt8, b: UInt8) -> RowAlignment | None:
    """The alignment with the gaps that are only spacing counted in `respaced`.

    Blank rows at the end of a page that keeps its height are no gap: they gave way to what was inserted above, or fill
    up what was removed. a, b: the columns that are matched, uint8 (height, width, 3). None if B as it is explains the
    differences as well.
    """
    blank, same_height = _blank(rows.gaps, a, b), len(a) == len(b)
    gaps = [gap for gap in rows.gaps if not (same_height and gap in blank and _is_at_end(gap, a, b))]
    spaces = {gap for gap in gaps if gap in blank and _height(gap) <= MAX_RESPACING}
    content = [gap for gap in gaps if gap not in spaces]
    if len(spaces) < MIN_RESPACED and not _are_slight(rows.gaps, anywhere=same_height):
        return replace(rows, gaps=tuple(gaps))
    if _are_slight(content, anywhere=len(spaces) < MIN_RESPACED) or not (content or _explains_more(rows, a, b)):
        return None
    if len(spaces) < MIN_RESPACED:
        return replace(rows, gaps=tuple(gaps))
    return replace(rows, gaps=tuple(content), respaced=len(spaces))


def align_lines(a: UInt8, b: UInt8, source: Indices) -> list[RowGap] | None:
    """Match the lines of two blocks of text one by one, and the space between them as far as it overlaps.

    source: is filled with the row of b for each row of a, -1 if it has none. Returns the rows of space that are left,
    or None if the blocks have different numbers of lines, or something higher than a line.
    """
    lines_a, lines_b = _lines(a), _lines(b)
    if len(lines_a) != len(lines_b) or not lines_a or max(end - top for top, end in lines_a + lines_b) > MAX_LINE:
        return None
    gaps, end_a, end_b = list[RowGap](), 0, 0
    for line_a, line_b in zip(lines_a, lines_b, strict=True):
        top_a, top_b, height = _matching_rows(a, b, line_a, line_b)
        if top_a < end_a or top_b < end_b:
            return None
        gaps += _match_space((end_a, top_a), (end_b, top_b), source)
        end_a, end_b = top_a + height, top_b + height
        source[top_a:end_a] = np.arange(top_b, end_b)
    return gaps + _match_space((end_a, len(a)), (end_b, len(b)), source)


def _lines(rows: UInt8) -> list[Span]:
    """The first row of each run of rows with content, and the row after its last."""
    inked = np.concatenate([[False], (rows != rows[:, :1]).any(axis=(1, 2)), [False]])
    changes = np.flatnonzero(np.diff(inked.view(np.int8)))
    return list(zip(changes[::2].tolist(), changes[1::2].tolist(), strict=True))


def _matching_rows(a: UInt8, b: UInt8, line_a: Span, line_b: Span) -> tuple[int, int, int]:
    """The first rows, in a and in b, and the number of rows in which two lines match best.

    Letters with and without descenders make lines of other heights, so the lines may match at their tops, at their
    bottoms or in between.
    """
    (top_a, end_a), (top_b, end_b) = line_a, line_b
    tops = top_b - top_a
    candidates = []
    for shift in {end_b - end_a, *range(tops - REACH, tops + REACH + 1)}:
        first, last = min(top_a, top_b - shift), max(end_a, end_b - shift)
        if first >= max(0, -shift) and last <= min(len(a), len(b) - shift):
            share = different_share(a[first:last], b[first + shift : last + shift]).sum()
            candidates.append((share, abs(shift), first, first + shift, last - first))
    return min(candidates, default=(0, 0, top_a, top_b, min(end_a - top_a, end_b - top_b)))[2:]


def _match_space(space_a: Span, space_b: Span, source: Indices) -> list[RowGap]:
    (low_a, high_a), (low_b, high_b) = space_a, space_b
    common, more = min(high_a - low_a, high_b - low_b), (high_b - low_b) - (high_a - low_a)
    source[low_a : low_a + common] = np.arange(low_b, low_b + common)
    if not more:
        return []
    return [RowGap(low_a + common, low_b + common, inserted=max(more, 0), removed=max(-more, 0))]


def different_share(a: UInt8, b: UInt8) -> Float64:
    """The share of pixels that differ by more than MAX_STEP in each row: float64 (height,)."""
    return np.asarray((cv2.absdiff(a, b) > MAX_STEP).any(axis=2).mean(axis=1), np.float64) if len(a) else np.zeros(0)


def _are_slight(gaps: Sequence[RowGap], anywhere: bool) -> bool:
    """Whether content only lies a pixel or two higher or lower than before: at several places, or `anywhere`."""
    several = len(gaps) >= (1 if anywhere else MIN_RESPACED)
    return several and all(_height(gap) < MAX_RESPACING for gap in gaps)


def _height(gap: RowGap) -> int:
    return gap.inserted + gap.removed


def _is_at_end(gap: RowGap, a: UInt8, b: UInt8) -> bool:
    return gap.a + gap.removed == len(a) and gap.b + gap.inserted == len(b)


def _blank(gaps: Sequence[RowGap], a: UInt8, b: UInt8) -> set[RowGap]:
    """The gaps whose rows have the colour of the ground and nothing else. Even a thin line in them is no space."""
    grounds = _ground(a), _ground(b)
    return {gap for gap in gaps if _is_ground(gap, (a, b), grounds)}


def _is_ground(gap: RowGap, pictures: tuple[UInt8, UInt8], grounds: tuple[UInt8, UInt8]) -> bool:
    side = 1 if gap.inserted else 0
    top = gap.b if gap.inserted else gap.a
    return bool((pictures[side][top : top + _height(gap)] == grounds[side]).all())


def _ground(picture: UInt8) -> UInt8:
    """The colour that most of the rows of a single colour have, uint8 (3,); black if there are none."""
    rows = picture[:: -(-len(picture) // MAX_SAMPLED)]
    colours = rows[(rows == rows[:, :1]).all(axis=(1, 2)), 0]
    values, counts = np.unique(colours, axis=0, return_counts=True)
    return np.asarray(values[counts.argmax()], np.uint8) if len(values) else np.zeros(3, np.uint8)


def _explains_more(rows: RowAlignment, a: UInt8, b: UInt8) -> bool:
    """Whether far fewer rows differ with the spacing undone than where they are."""
    matched = np.flatnonzero(rows.source >= 0)
    common = min(len(a), len(b))
    left = np.count_nonzero(different_share(a[matched], b[rows.source[matched]]))
    as_given = np.count_nonzero(different_share(a[:common], b[:common]))
    return bool(left <= MAX_UNEXPLAINED * as_given)
