"""Which rows of B match the rows of A: the result of `row_diff`."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Indices = npt.NDArray[np.intp]


@dataclass(frozen=True)
class RowGap:
    """Rows of only one picture: at row `a` of A and row `b` of B, `inserted` rows of B or `removed` rows of A.

    columns: the first column of these rows, and the one after the last; None for whole rows.
    """

    a: int
    b: int
    inserted: int = 0
    removed: int = 0
    columns: tuple[int, int] | None = None


@dataclass(frozen=True)
class RowAlignment:
    """The rows of B that match the rows of A.

    source: for every row of A the row of B, -1 if it has none: (height of A,).
    gaps: the inserted and removed rows, from top to bottom.
    respaced: the number of places where the space between two lines became a few pixels higher or lower; no gaps.
    anchors: the number of anchors that support the alignment.
    columns: the first column of the rows that are matched, and the one after the last; others stay in their place.
    """

    source: Indices
    gaps: tuple[RowGap, ...]
    anchors: int
    columns: tuple[int, int]
    respaced: int = 0

    def in_b(self, top: int, height: int) -> tuple[int, int]:
        """The first and the last row of B that match `height` rows of A from `top`; the nearest row if none does."""
        matched = np.flatnonzero(self.source >= 0)
        inside = matched[(matched >= top) & (matched < top + height)]
        if not len(inside):
            inside = matched[[np.abs(matched - (top + (height - 1) / 2)).argmin()]]
        return int(self.source[inside[0]]), int(self.source[inside[-1]])
