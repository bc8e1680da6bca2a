import numpy as np
import pytest

from app.vision.arrays import Float64
from bench.scoring import Counts, average_precision, iou, match_boxes, match_circles


def rows(*values: tuple[float, ...], width: int = 4) -> Float64:
    return np.array(values, np.float64).reshape(-1, width)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ((0, 0, 10, 10), 1),
        ((5, 0, 10, 10), 1 / 3),
        ((0, 0, 5, 10), 1 / 2),
        ((10, 0, 10, 10), 0),
        ((20, 20, 10, 10), 0),
        ((2, 2, 0, 0), 0),
    ],
)
def test_overlap(other: tuple[float, ...], expected: float) -> None:
    box = rows((0, 0, 10, 10))
    assert iou(box, rows(other))[0, 0] == pytest.approx(expected)
    assert iou(rows(other), box)[0, 0] == pytest.approx(expected)


def test_the_best_overlap_is_matched_first_and_each_change_once() -> None:
    found = rows((4, 0, 10, 10), (1, 0, 10, 10), (50, 50, 5, 5))
    assert match_boxes(found, rows((0, 0, 10, 10)), 0.33).tolist() == [False, True, False]
    assert match_boxes(found, rows((0, 0, 10, 10), (5, 0, 10, 10)), 0.33).tolist() == [True, True, False]


def test_a_box_may_not_overlap_less_than_asked() -> None:
    found, true = rows((5, 0, 10, 10)), rows((0, 0, 10, 10))
    assert match_boxes(found, true, 1 / 3).tolist() == [True]
    assert match_boxes(found, true, 0.34).tolist() == [False]


def test_a_box_takes_the_nearest_free_circle_that_holds_its_middle() -> None:
    circles = rows((10, 10, 9), (20, 10, 9), width=3)
    same = (14, 9, 2, 2)  # its middle is 5 from both
    assert match_circles(rows(same, same, same), circles).tolist() == [True, True, False]
    assert match_circles(rows((9, 9, 2, 2), (9, 9, 2, 2)), circles).tolist() == [True, False]
    assert match_circles(rows((18, 9, 2, 2), (9, 9, 2, 2)), circles).tolist() == [True, True]


def test_the_middle_counts_not_the_extent() -> None:
    circle = rows((10, 10, 5), width=3)
    assert match_circles(rows((0, 0, 20, 20), (15, 10, 20, 1), (5, 10, 0, 0)), circle).tolist() == [True, False, False]
    assert match_circles(rows((5, 10, 0, 0)), circle).tolist() == [True]
    assert match_circles(rows((4.9, 10, 0, 0)), circle).tolist() == [False]


@pytest.mark.parametrize(("found", "true"), [(0, 0), (0, 2), (2, 0)])
def test_without_regions_or_changes_nothing_matches(found: int, true: int) -> None:
    assert match_boxes(np.ones((found, 4)), np.ones((true, 4)) * 9, 0.1).tolist() == [False] * found
    assert match_circles(np.ones((found, 4)), np.ones((true, 3)) * 0.1).tolist() == [False] * found


def test_counts() -> None:
    counts = Counts(found=4, false=0, missed=1) + Counts(found=2, false=2, missed=1)
    assert (counts.precision, counts.recall, counts.f1) == pytest.approx((0.75, 0.75, 0.75))
    assert Counts(1, 1, 3).f1 == pytest.approx(2 * 0.5 * 0.25 / 0.75)
    assert (Counts().precision, Counts().recall, Counts().f1) == (0, 0, 0)


@pytest.mark.parametrize(
    ("hits", "changes", "expected"),
    [
        ([True, True], 2, 1.0),
        ([True, True], 4, 0.5),
        ([True, False, True], 4, (1 + 2 / 3) / 4),
        ([False, True, True], 2, 2 / 3),  # what comes later may be the better place to stop
        ([False], 3, 0.0),
        ([], 3, 0.0),
        ([], 0, 0.0),
    ],
)
def test_average_precision_by_hand(hits: list[bool], changes: int, expected: float) -> None:
    scores = np.linspace(0.9, 0.5, len(hits))
    order = np.random.default_rng(0).permutation(len(hits))
    assert average_precision(scores[order], np.array(hits, np.bool_)[order], changes) == pytest.approx(expected)
