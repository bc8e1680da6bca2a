"""The command from the drawn pairs to the page."""

from pathlib import Path

import pytest

from app.vision.finders import FINDERS
from bench.accuracy import Manifest, main
from bench.cameras import CAMERAS
from bench.conditions import CONDITIONS
from bench.table import BEGIN, BINS, END, Results, count, insert, tables
from bench.trials import BOARDS, RANDOM_POSE, Trial, Way

PAGE = f"# Accuracy\n\n{BEGIN}\nold\n{END}\n\nAfterwards.\n"
COMBINED = Way("combined")


def cells(page: str, heading: str) -> dict[str, list[str]]:
    """The rows of the table under a heading, by their first cell."""
    lines = page.split(f"### {heading}\n\n")[1].split("\n\n")[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0]: row[1:] for row in rows}


@pytest.fixture
def two_conditions(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in set(CONDITIONS) - {"as given", "shift"}:
        monkeypatch.delitem(CONDITIONS, name)
    for name in set(CAMERAS) - {"jpeg 15"}:
        monkeypatch.delitem(CAMERAS, name)


@pytest.mark.usefixtures("two_conditions")
def test_the_command_writes_the_tables_into_the_page(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(PAGE)
    main([str(data), "--every", "1", "--jobs", "1", "--page", str(path), "--finder", "combined", "pixelwise"])
    page = path.read_text()
    assert page.startswith(f"# Accuracy\n\n{BEGIN}\n\nMeasured on ")
    assert page.endswith(f"{END}\n\nAfterwards.\n")
    assert "DATA --every 1 --finder combined pixelwise`" in page
    assert str(tmp_path) not in page
    assert cells(page, "F1 of every finder")[""] == ["combined", "pixelwise", "combined, not aligned"]
    found = cells(page, "Finder: combined")
    assert found["as given"][:4] == ["1.000", "1.000", "1.000", "0 of 2"]
    assert found["shift"][:4] == ["1.000", "1.000", "1.000", "0 of 2"]
    assert found[BOARDS][:4] == ["1.000", "1.000", "1.000", "–"]
    assert float(found["shift"][4]) > 0
    assert cells(page, "Other cameras, times and formats: combined")["jpeg 15"][2:4] == ["1.000", "0 of 2"]
    assert cells(page, "Finder: combined, not aligned")["shift"][3:] == ["2 of 2", "–"]
    assert cells(page, "What stays in sight")["shift"] == ["2", "0", "0", "0", "1.000"]
    assert cells(page, "Regions in them")["page"] == ["1", "1"]
    assert float(cells(page, "Another viewpoint")["moved"][0]) < 0.2


def test_every_takes_every_nth_pair(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measured = []

    def fake(_folder: Path, manifest: Manifest, finders: list[str], jobs: int) -> Results:
        measured.append(([entry["name"] for entry in manifest["spot"]], finders, jobs))
        return Results([], [], {}, [], [])

    monkeypatch.setattr("bench.accuracy.measure", fake)
    path = tmp_path / "page.md"
    path.write_text(PAGE)
    main([str(data), "--every", "2", "--jobs", "3", "--page", str(path)])
    assert measured == [(["left"], list(FINDERS), 3)]
    assert "DATA --every 2`" in path.read_text()


def test_a_page_without_markers_is_refused_before_anything_is_measured(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text("# No place for a table")
    with pytest.raises(ValueError, match="the page has no <!-- table -->"):
        main([str(tmp_path / "no data"), "--page", str(path)])


def test_what_is_inserted_takes_the_place_of_what_was_there() -> None:
    once = insert(PAGE, r"a \1 table")
    assert once == PAGE.replace("\nold\n", "\n\na \\1 table\n\n")
    assert insert(once, "another") == insert(PAGE, "another")


def trial(condition: str, hits: list[bool], changes: int, score: float = 1, milliseconds: float = 9) -> Trial:
    return Trial(COMBINED, condition, tuple(hits), (score,) * len(hits), changes, milliseconds)


def test_counts_leave_pictures_out_that_did_not_change() -> None:
    counts = count([trial("noise", [True, False], 3), trial("noise", [False], 0)])
    assert (counts.found, counts.false, counts.missed) == (1, 1, 2)


def test_all_conditions_are_summed_without_the_boards() -> None:
    trials = [trial("noise", [True], 1), trial("shift", [False, False], 1), trial(BOARDS, [False] * 7, 7)]
    page = tables(Results([*trials, trial("noise", [False], 0)], trials, {}, [], []))
    assert cells(page, "Finder: combined")["all conditions"] == ["0.333", "0.500", "0.400", "1 of 1", "9"]


def test_scores_are_set_against_what_was_true() -> None:
    trials = [trial("noise", [True, False, True, True], 4, 0.95), trial(BOARDS, [True, False], 2, 0.7)]
    trials += [trial("noise", [False], 1, 1), trial("noise", [False], 0, 0.3), trial("noise", [False], 1, 0)]
    rows = cells(tables(Results(trials, [], {}, [], [])), "What the scores of combined are worth")
    assert list(rows)[2:] == [f"{low:g} to {high:g}" for low, high in BINS]
    assert [*rows.values()][2:] == [
        ["2", "0", "0.150", "0.000"],
        ["0", "0", "–", "–"],
        ["2", "1", "0.700", "0.500"],
        ["4", "3", "0.950", "0.750"],
        ["1", "0", "1.000", "0.000"],
    ]


def test_of_pictures_in_random_poses_average_precision_is_reported() -> None:
    hits, scores = (True, False, True), (0.9, 0.8, 0.7)
    way = Way("siamese", "off")
    page = tables(Results([Trial(way, RANDOM_POSE, hits, scores, 4, 9)], [], {}, [], []))
    reported = ["0.417", "0.667", "0.500", "0.571"]  # 1 and 2/3, of 4
    assert cells(page, "Random pose")["siamese, not aligned"] == reported
    assert "Finder: siamese" not in page


def test_what_is_hardly_in_sight_is_counted() -> None:
    page = tables(Results([], [], {"phone": [0, 0.05, 0.4, 1]}, [], []))
    assert cells(page, "What stays in sight")["phone"] == ["4", "1", "2", "3", "0.750"]
