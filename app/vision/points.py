"""Pairs of points that lie on each other in A and B, as clients send them.

A point is x and y in the pixels of its upright picture; the centre of the top left pixel is (0, 0).
"""

import json
import re
from collections.abc import Iterator
from itertools import combinations
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, BeforeValidator, ValidationInfo

from app.vision.areas import Position
from app.vision.arrays import Float64
from app.vision.geometry import Size

MIN_PAIRS, MAX_PAIRS = 2, 4
# Points that are closer to each other, or to the line through two others, make the motion depend on their errors.
MIN_DISTANCE = 4.0
MAX_OUTSIDE = 1.0  # pixels; points on the edge of a picture are rounded to either side

Pairs = tuple[tuple[float, float, float, float], ...]


class InvalidPoints(Exception):
    """The points do not suit the two pictures; the message begins with "must"."""


def split(pairs: Pairs) -> tuple[Float64, Float64]:
    """The points of A and those of B: (n, 2) each."""
    both = np.array(pairs, np.float64)
    return both[:, :2], both[:, 2:]


def check_inside(pairs: Pairs, size_a: Size, size_b: Size) -> None:
    """Raise InvalidPoints if a point is outside its picture by more than MAX_OUTSIDE."""
    for name, points, size in zip("AB", split(pairs), (size_a, size_b), strict=True):
        beyond = np.maximum(-points, points - (np.array(size) - 1)).max(axis=1)
        if (beyond > MAX_OUTSIDE).any():
            number = int(np.argmax(beyond > MAX_OUTSIDE))
            x, y = points[number]
            raise InvalidPoints(
                f"must be inside the pictures or at most {MAX_OUTSIDE:.0f} pixel outside: point {number + 1} of {name} "
                f"is at {x:g}, {y:g}, and {name} has {size[0]} x {size[1]} pixels"
            )


def _list(value: Any, info: ValidationInfo) -> Any:
    """A list of pairs, or from a form its JSON text or a line of four numbers for each pair."""
    pairs = _read(value.strip()) if isinstance(value, str) and info.mode == "python" else value
    if not isinstance(pairs, (list, tuple)):
        raise ValueError("must be a list of two to four pairs of points [ax, ay, bx, by]")
    if pairs and not MIN_PAIRS <= len(pairs) <= MAX_PAIRS:
        raise ValueError(f"must have two to four pairs of points [ax, ay, bx, by], and not {len(pairs)}")
    return tuple(pairs)


def _read(text: str) -> Any:
    """Text as a list of pairs; None if it begins as JSON and is none. What is no number stays text."""
    if not text.startswith(("[", "{")):
        return [[_number(word) for word in re.split(r"[\s,;]+", line)] for line in _lines(text)]
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _lines(text: str) -> Iterator[str]:
    return filter(None, (line.strip(" \t,;") for line in text.splitlines()))


def _number(word: str) -> float | str:
    try:
        return float(word)
    except ValueError:
        return word


def _pair(value: Any) -> Any:
    if not isinstance(value, (list, tuple)) or len(value) != 4:
        raise ValueError("must be four numbers: x and y in A, x and y in B")
    return tuple(value)


def _check_spread(pairs: Pairs) -> Pairs:
    """Refuse points that are too close to each other, and three that are on one line."""
    for name, points in zip("AB", split(pairs), strict=True) if pairs else ():
        _check_distances(name, points)
        _check_lines(name, points)
    return pairs


def _check_distances(name: str, points: Float64) -> None:
    for one, other in combinations(range(len(points)), 2):
        if np.linalg.norm(points[one] - points[other]) < MIN_DISTANCE:
            raise ValueError(
                f"must be at least {MIN_DISTANCE:.0f} pixels apart in each picture, unlike the points {one + 1} and "
                f"{other + 1} of {name}"
            )


def _check_lines(name: str, points: Float64) -> None:
    for three in combinations(range(len(points)), 3):
        if _height(points[list(three)]) < MIN_DISTANCE:
            first, second, third = (index + 1 for index in three)
            raise ValueError(
                f"must not be on one line: of the points {first}, {second} and {third} of {name}, one is less than "
                f"{MIN_DISTANCE:.0f} pixels from the line through the others"
            )


def _height(corners: Float64) -> float:
    """The smallest height of a triangle (3, 2) with different corners."""
    (x, y), (u, v) = corners[1] - corners[0], corners[2] - corners[0]
    longest = max(np.linalg.norm(one - other) for one, other in combinations(corners, 2))
    return float(abs(x * v - y * u) / longest)


_Pair = Annotated[tuple[Position, Position, Position, Position], BeforeValidator(_pair)]
PointPairs = Annotated[tuple[_Pair, ...], AfterValidator(_check_spread), BeforeValidator(_list)]
"""No pair, or two to four of them, each as x and y in A, x and y in B."""
