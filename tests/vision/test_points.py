"""Pairs of points are checked before they are used, and the message says what is wrong."""

from typing import Any

import pytest

from app.vision.options import Options
from app.vision.points import InvalidPoints, check_inside

TWO = ((1.0, 2.0, 3.0, 4.0), (50.0, 60.5, 70.0, 80.0))


@pytest.mark.parametrize(
    "sent",
    [
        [[1, 2, 3, 4], [50, 60.5, 70, 80]],
        "[[1, 2, 3, 4], [50, 60.5, 70, 80]]",
        "1, 2, 3, 4\r\n50, 60.5, 70, 80",
        " 1 2 3 4\n\n 50;60.5;70;80,\n",
    ],
    ids=["list", "JSON", "lines", "other signs"],
)
def test_they_are_a_list_or_its_json_or_a_line_for_each_pair(sent: Any) -> None:
    assert Options.model_validate({"points": sent}).points == TWO


@pytest.mark.parametrize("sent", [[], "", "[]", " \n "])
def test_there_may_be_none(sent: Any) -> None:
    assert Options.model_validate({"points": sent}).points == ()


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ([[0, 0, 0, 0], [3, 2, 90, 90]], r"at least 4 pixels apart .* points 1 and 2 of A"),
        ([[0, 0, 5, 5], [90, 90, 5, 5]], r"at least 4 pixels apart .* points 1 and 2 of B"),
        ([[0, 0, 0, 0], [50, 0, 50, 50], [99, 1, 0, 90]], r"not be on one line: of the points 1, 2 and 3 of A"),
        ([[0, 0, 0, 0], [50, 0, 50, 0], [50, 50, 50, 50], [0, 50, 25, 25]], r"not be on one line: .* 1, 3 and 4 of B"),
    ],
)
def test_points_that_define_no_motion_are_refused(sent: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Options.model_validate({"points": sent})


def test_three_points_at_the_least_height_are_accepted() -> None:
    three = ((0.0, 0.0, 0.0, 0.0), (50.0, 0.0, 50.0, 0.0), (25.0, 4.0, 25.0, 4.0))
    assert Options.model_validate({"points": three}).points == three


def test_a_point_may_be_a_pixel_outside_its_picture() -> None:
    check_inside(((-1, -1, 0, 0), (100, 50, 9, 9)), (100, 50), (10, 10))
    with pytest.raises(InvalidPoints, match=r"point 2 of A is at 100\.5, 50, and A has 100 x 50 pixels"):
        check_inside(((0, 0, 0, 0), (100.5, 50, 9, 9)), (100, 50), (10, 10))
    with pytest.raises(InvalidPoints, match=r"point 1 of B is at 0, -1\.5, and B has 10 x 10 pixels"):
        check_inside(((0, 0, 0, -1.5), (90, 9, 9, 9)), (100, 50), (10, 10))
