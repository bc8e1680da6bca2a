import numpy as np
import pytest

from app.vision.alignment.align import align
from app.vision.alignment.row_alignment import RowGap
from app.vision.alignment.row_diff import match_rows
from app.vision.arrays import UInt8
from app.vision.decoding.decode import decode
from app.vision.region import Box
from tests.pictures import png


def page(rows: int = 300, seed: int = 1) -> UInt8:
    """Lines of text, as random dashes of twelve rows each, with four blank rows between them."""
    random = np.random.default_rng(seed)
    drawn = np.full((rows, 120, 3), 255, np.uint8)
    for top in range(4, rows - 12, 16):
        drawn[top : top + 12, 6:110] = random.choice([0, 255], (12, 104, 1))
    return drawn


def inserted(picture: UInt8, at: int, count: int) -> UInt8:
    return np.concatenate([picture[:at], np.full((count, 120, 3), 90, np.uint8), picture[at:]])


def test_rows_inserted_in_the_middle_are_found() -> None:
    a = page()
    found = match_rows(a, inserted(a, 150, 60))
    assert found is not None
    assert found.gaps == (RowGap(150, 150, inserted=60),)
    assert np.array_equal(found.source, [*range(150), *range(210, 360)])


def test_rows_removed_in_the_middle_are_found() -> None:
    a = page()
    found = match_rows(inserted(a, 150, 60), a)
    assert found is not None
    assert found.gaps == (RowGap(150, 150, removed=60),)
    assert np.array_equal(np.flatnonzero(found.source < 0), np.arange(150, 210))


@pytest.mark.parametrize("at", [0, 300])
def test_rows_inserted_at_either_end_are_found(at: int) -> None:
    found = match_rows(page(), inserted(page(), at, 25))
    assert found is not None
    assert found.gaps == (RowGap(at, at, inserted=25),)


def test_several_gaps_at_once() -> None:
    a = page(600)
    b = inserted(np.delete(inserted(a, 400, 30), np.s_[200:240], axis=0), 50, 20)
    found = match_rows(a, b)
    assert found is not None
    assert [(gap.a, gap.inserted, gap.removed) for gap in found.gaps] == [(50, 20, 0), (200, 0, 40), (400, 30, 0)]


def test_a_page_of_the_same_height_whose_lower_part_moved_down() -> None:
    a = page()
    found = match_rows(a, inserted(a, 150, 32)[:300])
    assert found is not None
    assert found.gaps == (RowGap(150, 150, inserted=32), RowGap(268, 300, removed=32))


def test_a_change_below_the_inserted_rows_is_matched() -> None:
    a = page()
    b = inserted(a, 150, 60)
    b[270:274, 20:40] = (255, 0, 0)
    found = match_rows(a, b)
    assert found is not None
    assert np.array_equal(found.source, [*range(150), *range(210, 360)])


def test_changed_rows_around_a_gap_are_split_at_the_least_difference() -> None:
    a = page()
    b = inserted(a, 150, 60)
    b[140:150, 100] = b[210:222, 100] = (255, 0, 0)  # touches the rows on both sides of the gap
    found = match_rows(a, b)
    assert found is not None
    assert found.gaps == (RowGap(150, 150, inserted=60),)


@pytest.mark.parametrize(
    "b",
    [
        page(),  # equal
        page(seed=2),  # nothing in common
        np.roll(page(), 16, axis=0),  # a shift of the whole picture
        page()[:, :100],  # another width
        np.full((340, 120, 3), 255, np.uint8),  # blank
    ],
)
def test_pictures_without_inserted_rows_have_no_row_alignment(b: UInt8) -> None:
    assert match_rows(page(), b) is None


def test_noise_in_every_row_prevents_a_row_alignment() -> None:
    noisy = inserted(page(), 150, 60)
    noisy[:, ::7] ^= np.random.default_rng(3).integers(0, 128, noisy[:, ::7].shape, np.uint8)
    assert match_rows(page(), noisy) is None


def test_rows_with_their_edges_at_the_same_pixels_are_matched() -> None:
    other = inserted(page(), 150, 60)
    other[:, ::7] ^= np.random.default_rng(3).integers(0, 4, other[:, ::7].shape, np.uint8)
    matched = match_rows(page(), other)
    assert matched is not None
    assert matched.gaps == (RowGap(150, 150, inserted=60),)


def test_beside_a_side_bar_that_stayed_only_the_other_columns_are_matched() -> None:
    a = np.hstack([page(), page(seed=2)])
    b = np.hstack([page(), inserted(page(seed=2), 150, 40)[:300]])
    matched = match_rows(a, b)
    assert matched is not None
    assert matched.columns[0] >= 120
    assert matched.gaps[0] == RowGap(150, 150, inserted=40, columns=matched.columns)


def test_a_list_of_equal_rows_has_one_gap() -> None:
    bars = np.full((400, 120, 3), 255, np.uint8)
    for top in range(10, 390, 40):
        bars[top : top + 20, 10:110] = 80
    matched = match_rows(bars, np.concatenate([bars[:200], np.full((30, 120, 3), 255, np.uint8), bars[200:]]))
    assert matched is not None
    assert [(gap.inserted, gap.removed) for gap in matched.gaps] == [(30, 0)]


def test_lines_a_pixel_lower_are_no_inserted_rows() -> None:
    lower = page().copy()
    for top in (36, 100, 164, 228):
        lower[top + 1 : top + 14] = page()[top : top + 13]
    assert match_rows(page(), lower) is None


def test_a_box_is_mapped_to_b() -> None:
    a, b = (decode(png(picture), 10**7) for picture in (page(), inserted(page(), 150, 60)))
    found = align(a, b, "auto")
    assert found.in_b(Box(10, 100, 20, 30)) == Box(10, 100, 20, 30)
    assert found.in_b(Box(10, 200, 20, 30)) == Box(10, 260, 20, 30)
    back = align(b, a, "auto")
    assert back.in_b(Box(10, 240, 20, 30)) == Box(10, 180, 20, 30)


@pytest.mark.parametrize(("top", "nearest"), [(160, 149), (175, 150)])
def test_a_box_in_removed_rows_is_mapped_to_the_nearest_row(top: int, nearest: int) -> None:
    b, a = (decode(png(picture), 10**7) for picture in (page(), inserted(page(), 150, 60)))
    assert align(a, b, "auto").in_b(Box(10, top, 20, 30)) == Box(10, nearest, 20, 1)


def test_a_box_in_rows_removed_at_the_end_is_mapped_to_the_last_row() -> None:
    b, a = (decode(png(picture), 10**7) for picture in (page(), inserted(page(), 300, 40)))
    assert align(a, b, "auto").in_b(Box(10, 310, 20, 10)) == Box(10, 299, 20, 1)


def test_changed_rows_that_repeat_others_are_not_an_insertion() -> None:
    a = page(400)
    b = a.copy()
    b[200:203] = a[100:103]  # fewer than MIN_ANCHORS
    b[300:304] = 40
    assert match_rows(a, b) is None


def test_a_moved_block_is_found() -> None:
    a = page(400)
    found = match_rows(a, np.concatenate([a[:100], a[160:300], a[100:160], a[300:]]))
    assert found is not None
    assert sum(gap.removed for gap in found.gaps) == sum(gap.inserted for gap in found.gaps) == 60
