import numpy as np
import pytest

from app.vision.alignment.row_alignment import RowGap
from app.vision.alignment.row_diff import match_rows
from app.vision.arrays import UInt8
from tests.documents import NEW_LINE, PITCH, SENTENCE, SPACING, document, lines


def heights(picture: UInt8, other: UInt8) -> list[int]:
    """The heights of the inserted (positive) and removed (negative) rows."""
    found = match_rows(picture, other)
    assert found is not None
    return [gap.inserted - gap.removed for gap in found.gaps]


def blank_rows(picture: UInt8) -> list[int]:
    """The first row of the space between each two lines."""
    blank = (picture == 255).all(axis=(1, 2))
    return [int(y) for y in np.flatnonzero(blank[1:] & ~blank[:-1]) + 1]


def inserted(picture: UInt8, tops: list[int], count: int, colour: int) -> UInt8:
    for top in sorted(tops, reverse=True):
        rows = np.full((count, *picture.shape[1:]), colour, np.uint8)
        picture = np.concatenate([picture[:top], rows, picture[top:]])
    return picture


def test_lines_that_are_spaced_differently_are_no_gaps() -> None:
    found = match_rows(document(lines()), document(lines(), SPACING))
    assert found is not None
    assert found.gaps == ()
    assert found.respaced >= 10


def test_a_page_that_grew_at_its_end_has_a_gap_there() -> None:
    found = match_rows(document(lines()), document(lines(), SPACING, (480, 540)))
    assert found is not None
    assert [gap.a for gap in found.gaps] == [520]


def test_all_lines_are_matched_with_their_own_spacing() -> None:
    a, b = document(lines()), document(lines(), SPACING)
    found = match_rows(a, b)
    assert found is not None
    matched = found.source >= 0
    assert np.array_equal(a[matched], b[found.source[matched]])
    assert (a[~matched] == 255).all()


@pytest.mark.parametrize("text", [[*lines()[:7], f"{lines()[7]} {SENTENCE}", *lines()[8:]], lines()[:7] + lines()[8:]])
def test_a_longer_or_removed_line_beside_other_spacing_is_no_series_of_gaps(text: list[str]) -> None:
    for a, b in ((lines(), text), (text, lines())):
        found = match_rows(document(a), document(b, SPACING))
        assert found is not None
        assert found.respaced >= 3
        assert len(found.gaps) <= 1


def test_a_changed_line_keeps_its_base_line() -> None:
    text = [*lines()[:7], f"{lines()[7]} gypsy", *lines()[8:]]
    a, b = document(lines()), document(text, (1, -1))
    found = match_rows(a, b)
    assert found is not None
    matched = np.flatnonzero(found.source >= 0)
    assert np.array_equal(a[matched, :120], b[found.source[matched], :120])


def test_a_line_that_was_added_is_the_only_gap() -> None:
    text = [*lines()[:7], NEW_LINE, *lines()[7:]]
    (added,) = heights(document(lines()), document(text, (*SPACING[:7], 0, *SPACING[7:])))
    assert added == pytest.approx(PITCH, abs=6)
    (removed,) = heights(document(text), document(lines(), SPACING))
    assert removed == pytest.approx(-PITCH, abs=6)


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("places", [1, 2])
@pytest.mark.parametrize("cut", [False, True])
def test_a_few_rows_at_one_or_two_places_are_inserted_rows(count: int, places: int, cut: bool) -> None:
    a = document(lines())
    b = inserted(a, blank_rows(a)[4 : 4 + 6 * places : 6], count, 255)
    assert heights(a, b[: len(a)] if cut else b) == [count] * places
    assert heights(b[: len(a)] if cut else b, a) == [-count] * places


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_rule_between_lines_is_no_space(count: int) -> None:
    a = document(lines())
    b = inserted(a, [top + 2 for top in blank_rows(a)[3:15:3]], count, 120)
    found = match_rows(a, b)
    rules = np.flatnonzero((b == 120).all(axis=(1, 2)))
    matched = found.source if found else np.arange(len(a))
    reported = {row for gap in found.gaps for row in range(gap.b, gap.b + gap.inserted)} if found else set()
    assert set(rules.tolist()) <= reported | set(matched.tolist())  # inserted, or compared with other rows of A


def test_blank_rows_at_the_end_give_way_to_what_was_inserted() -> None:
    text = [*lines(12)[:5], NEW_LINE, *lines(12)[5:]]
    assert heights(document(lines(12)), document(text)) == [PITCH]
    assert heights(document(text), document(lines(12))) == [-PITCH]


def test_content_that_was_pushed_off_the_end_is_removed() -> None:
    text = [*lines(22)[:5], NEW_LINE, *lines(22)[5:]]
    found = match_rows(document(lines(22)), document(text))
    assert found is not None
    assert [gap.removed > 0 for gap in found.gaps] == [False, True]
    assert found.gaps[0] == RowGap(found.gaps[0].a, found.gaps[0].b, inserted=PITCH)


def test_the_space_between_lines_beside_a_side_bar() -> None:
    bar = document(lines()[::-1], size=(200, 520))
    found = match_rows(np.hstack([bar, document(lines())]), np.hstack([bar, document(lines(), SPACING)]))
    assert found is not None
    assert found.columns[0] >= 200
    assert (found.gaps, found.respaced >= 10) == ((), True)
