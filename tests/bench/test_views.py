from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.views import view, visible
from tests.bench.conftest import pair

Entries = dict[str, dict[str, Any]]


def test_a_motion_that_is_found_leaves_no_error(data: Path, entries: Entries) -> None:
    assert view(data, entries["moved"]).error < 0.2


def test_the_error_is_a_distance_in_pixels(data: Path, entries: Entries) -> None:
    off = np.array(entries["moved"]["homography_a_to_b"])
    off[:2, 2] += 3, 4
    assert view(data, {**entries["moved"], "homography_a_to_b": off}).error == pytest.approx(5, abs=0.2)


def test_what_a_shift_takes_out_of_sight(data: Path) -> None:
    """It takes the upper six rows and, on the right, nine columns."""
    plain = np.full((120, 160, 3), 200, np.uint8)
    changed = plain.copy()
    changed[2:6, 20:30] = changed[50:60, 155:160] = changed[:12, 60:70] = changed[60:70, 80:90] = 0
    entry = pair(data, "corners", plain, changed)
    circles = [(25, 4, 8), (157, 55, 8), (65, 6, 12), (85, 65, 10), (120, 100, 9)]
    shares = visible(data, {**entry, "circles": circles}, "shift")
    assert shares == [0, 0, 0.5, 1, 0]  # nothing differs in the last
