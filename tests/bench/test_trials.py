from pathlib import Path
from typing import Any

import pytest

from bench.trials import BOARDS, RANDOM_POSE, Trial, Way, board, changed, random_pose, search, unchanged
from tests.bench.conftest import BOX

Entries = dict[str, dict[str, Any]]
COMBINED, NOT_ALIGNED = Way("combined"), Way("combined", "off")


@pytest.mark.parametrize("condition", ["as given", "shift", "jpeg 40"])
def test_one_change_is_found(data: Path, entries: Entries, condition: str) -> None:
    (trial,) = changed(data, entries["left"], condition, [COMBINED])
    assert (trial.way, trial.condition, trial.changes) == (COMBINED, condition, 1)
    assert sum(trial.hits) == 1
    assert len(trial.scores) == len(trial.hits)


def test_a_region_elsewhere_is_no_hit(data: Path, entries: Entries) -> None:
    elsewhere = {**entries["left"], "circles": [(200, 20, 15)]}
    (trial,) = changed(data, elsewhere, "as given", [COMBINED])
    assert trial.hits
    assert not any(trial.hits)


def test_a_picture_against_itself_has_no_changes(data: Path, entries: Entries) -> None:
    (trial,) = unchanged(data, entries["left"], "noise", [COMBINED])
    assert (trial.hits, trial.changes) == ((), 0)


def test_ways_are_measured_by_themselves(data: Path, entries: Entries) -> None:
    aligned, naive, as_it_lies = unchanged(data, entries["left"], "shift", [COMBINED, Way("pixelwise"), NOT_ALIGNED])
    assert aligned.hits == naive.hits == ()
    assert as_it_lies.hits
    assert not any(as_it_lies.hits)
    assert min(trial.milliseconds for trial in (aligned, naive, as_it_lies)) > 0


def test_boards_are_scored_by_overlap(data: Path, entries: Entries) -> None:
    def trial(*box: int) -> Trial:
        return board(data, {**entries["board"], "boxes": [box]}, [Way("pixelwise")])[0]

    x, y, width, height = BOX
    assert trial(*BOX).condition == BOARDS
    assert trial(*BOX).hits == trial(x, y, width // 2, height).hits == (True,)
    assert trial(x, y, width // 3, height - 4).hits == (False,)  # inside, but less than a third


def test_a_search_reports_where(data: Path, entries: Entries) -> None:
    a, b = ((data / entries["board"][side]).read_bytes() for side in "ab")
    (found,) = search(a, b, [Way("pixelwise")])
    box = found.regions[0].box
    assert (box.x, box.y, box.width, box.height) == BOX


def test_in_random_poses_is_the_same_each_time_and_hard_for_those_who_do_not_line_up(
    data: Path, entries: Entries
) -> None:
    ways = [COMBINED, NOT_ALIGNED]
    aligned, as_it_lies = random_pose(data, entries["left"], ways)
    assert (aligned.condition, aligned.changes) == (RANDOM_POSE, 1)
    assert sum(aligned.hits) == 1
    assert len(as_it_lies.hits) > 1 or not any(as_it_lies.hits)
    assert [trial.hits for trial in random_pose(data, entries["left"], ways)] == [aligned.hits, as_it_lies.hits]
