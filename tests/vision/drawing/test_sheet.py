"""The contents of the sheet, with every text and size that a report can have."""

import numpy as np
import pytest

from app.vision.arrays import UInt8
from app.vision.drawing.sheet import CROP, INK, WIDTH, A, B, Colour, Entry, Panel, sheet
from app.vision.region import Box

RED, GREEN, GRAY = (200, 30, 30), (30, 160, 60), (90, 90, 90)


def flat(colour: Colour, width: int, height: int) -> UInt8:
    return np.full((height, width, 3), colour, np.uint8)


def panels(width: int, height: int) -> list[Panel]:
    titled = [("Before", A, "a.png", RED), ("After", B, "b.png", GREEN), ("Difference", INK, "in yellow", GRAY)]
    return [Panel(word, colour, words, flat(ground, width, height)) for word, colour, words, ground in titled]


def entries(count: int) -> list[Entry]:
    return [Entry(Box(5, 5, 10, 10), "Changed", (f"10 × 10 px at {n}, 5", "score 0.50")) for n in range(count)]


def area(drawn: UInt8, colour: Colour) -> int:
    return int(np.count_nonzero((drawn == colour).all(axis=2)))


def middle(drawn: UInt8, colour: Colour) -> tuple[float, float]:
    """The centre of the pixels of a colour: y, x."""
    y, x = np.argwhere((drawn == colour).all(axis=2)).mean(axis=0)
    return float(y), float(x)


def test_a_and_b_are_side_by_side_above_the_difference() -> None:
    drawn = sheet("Changed.", panels(400, 300), entries(1), "today")
    a, b, difference = (middle(drawn, colour) for colour in (RED, GREEN, GRAY))
    assert drawn.shape[1] == WIDTH
    assert a[0] == pytest.approx(b[0], abs=2)
    assert a[1] < b[1]
    assert difference[0] > a[0]
    assert difference[1] < b[1], "the list is beside it"


def test_without_a_list_all_three_are_in_a_row() -> None:
    drawn = sheet("Nothing changed.", panels(400, 300), [], "today")
    a, b, difference = (middle(drawn, colour) for colour in (RED, GREEN, GRAY))
    assert a[0] == pytest.approx(b[0]) == pytest.approx(difference[0])
    assert a[1] < b[1] < difference[1]


def test_small_pictures_are_enlarged_in_aligned_columns() -> None:
    drawn = sheet("Changed.", panels(2, 2), [Entry(Box(0, 0, 1, 1), "Changed", ("", ""))], "today")
    assert area(drawn, GREEN) > 100 * 100
    columns = [np.argwhere((drawn == colour).all(axis=2))[:, 1] for colour in (GREEN, B)]
    assert columns[0].min() == pytest.approx(columns[1].min(), abs=4), "its title starts where the picture does"


def test_a_crop_is_inside_the_picture() -> None:
    left, right = flat(RED, 400, 300), flat(GREEN, 400, 300)
    corner = Entry(Box(390, 290, 10, 10), "Changed", ("", ""))
    drawn = sheet("x", [Panel("Before", A, "", left), Panel("After", B, "", right)], [corner], "today")
    assert area(drawn[-200:], RED) == CROP * CROP


def test_a_long_verdict_is_wrapped_into_balanced_lines() -> None:
    drawn = sheet("ten letters " * 12 + "end", panels(400, 300), [], "today")
    dark = np.asarray((drawn[:150] < 120).all(axis=2))
    ends = [int(np.flatnonzero(line.any(axis=0)).max()) for line in (dark[40:94], dark[94:150])]
    assert abs(ends[0] - ends[1]) < WIDTH / 4


def test_a_tall_page_has_all_three_in_a_row_and_a_ribbon_all_in_a_column() -> None:
    tall = sheet("x", panels(100, 400), [], "today")
    rows = [np.argwhere((tall == colour).all(axis=2)).mean(axis=0)[0] for colour in (RED, GREEN, GRAY)]
    assert rows[0] == pytest.approx(rows[1]) == pytest.approx(rows[2])
    wide = sheet("x", panels(900, 90), [], "today")
    columns = [np.argwhere((wide == colour).all(axis=2)).mean(axis=0)[1] for colour in (RED, GREEN, GRAY)]
    assert columns[0] == pytest.approx(columns[1]) == pytest.approx(columns[2])


def test_each_change_has_a_crop_of_both() -> None:
    none, one = (sheet("x", panels(400, 300), entries(count), "today") for count in (0, 1))
    # The outline covers some of each picture; the crop adds a square.
    assert area(one, RED) - area(none, RED) > CROP * CROP / 2
    assert area(one, GREEN) - area(none, GREEN) > CROP * CROP / 2


def test_the_list_ends_after_twelve() -> None:
    twelve, hundred = (sheet("x", panels(900, 90), entries(count), "today") for count in (12, 100))
    assert hundred.shape[0] - twelve.shape[0] < CROP, "one line has the number of further changes"


def test_a_long_page_is_readable() -> None:
    assert sheet("x", panels(344, 10728), entries(30), "today").shape[0] < 2400


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (16, 16)])
def test_any_size(size: tuple[int, int]) -> None:
    drawn = sheet("x", panels(*size), [Entry(Box(0, 0, 1, 1), "Changed", ("1 × 1 px", "score 1.00"))], "today")
    assert area(drawn, RED) > 0


@pytest.mark.parametrize(
    "text", ["", "x" * 500, "日本語の名前.png", "a\tb\x00c", "half \ud800", "😀" * 30, "\u202egnp.exe", "word " * 80]
)
def test_any_text(text: str) -> None:
    titled = [Panel("Before", A, text, flat(RED, 40, 30)), Panel("After", B, text, flat(GREEN, 40, 30))]
    drawn = sheet(text, titled, [Entry(Box(1, 1, 5, 5), text, (text, text))], text)
    assert drawn.shape[1] == WIDTH


def test_characters_that_cannot_be_drawn_are_replaced() -> None:
    zero, mark, nothing = (sheet(text, panels(40, 30), [], "today") for text in ("a\x00b", "a?b", ""))
    assert np.array_equal(zero, mark)
    assert not np.array_equal(zero, nothing)
