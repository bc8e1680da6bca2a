"""Verdicts on documents that were set again, with and without another text."""

import cv2
import numpy as np
import pytest

from app.vision.region import Box, overlaps
from tests.documents import NEW_LINE, PITCH, SENTENCE, SPACING, TOP, document, lines
from tests.evaluation.comparing import findings

SPACED = "ines are spaced differently"
LINE = 7
PLACE = Box(20, TOP + PITCH * (LINE - 2) - 16, 400, 5 * PITCH)  # of this line and of those that are wrapped with it


def edited(edit: str) -> list[str]:
    before, line, after = lines()[:LINE], lines()[LINE], lines()[LINE + 1 :]
    words = " ".join(lines()[LINE - 2 : LINE + 3]).split()
    wrapped = [" ".join(words[first : first + 5]) for first in range(0, len(words), 5)]
    return {
        "sentence": [*before, f"{line} {SENTENCE}", *after],
        "word": [*before, f"{line.rsplit(' ', 1)[0]} wizard", *after],
        "dot": [*before, f"{line}.", *after],
        "added": [*before, NEW_LINE, line, *after],
        "removed": [*before, *after],
        "wrapped": [*lines()[: LINE - 2], *wrapped, *lines()[LINE + 3 :]],
    }[edit]


def test_other_spacing_alone_is_one_clause() -> None:
    found = findings(document(lines()), document(lines(), SPACING))
    assert found.verdict.kind == "changed"
    assert found.verdict.summary == f"L{SPACED}; nothing else changed."
    assert found.regions == []


@pytest.mark.parametrize("analyses", ["pixel", "regions", "pixel,regions"])
def test_other_spacing_is_never_the_same(analyses: str) -> None:
    found = findings(document(lines()), document(lines(), SPACING), analyses=analyses)
    assert found.verdict.kind == "changed"
    assert SPACED in found.verdict.summary


@pytest.mark.parametrize("spacing", [(), SPACING, (-1,), (1, 0)])
@pytest.mark.parametrize("edit", ["sentence", "word", "dot", "added", "removed", "wrapped"])
def test_what_was_edited_is_reported_first(edit: str, spacing: tuple[int, ...]) -> None:
    found = findings(document(lines()), document(edited(edit), spacing))
    assert found.verdict.kind == "changed"
    assert 1 <= len(found.regions) <= 6
    assert overlaps(found.regions[0].box, PLACE)
    assert (SPACED in found.verdict.summary) == bool(spacing)
    assert not found.verdict.summary.startswith("L")


@pytest.mark.parametrize("edit", ["sentence", "word"])
def test_a_longer_line_among_other_spacing_has_no_inserted_rows(edit: str) -> None:
    found = findings(document(lines()), document(edited(edit), SPACING))
    assert [region.box.x > 100 for region in found.regions] == [True]  # the words, not the whole line
    assert "row" not in found.verdict.summary


def test_a_larger_page_with_other_spacing() -> None:
    found = findings(document(lines()), document(lines(), (1,), (480, 540)))
    assert found.verdict.summary == f"L{SPACED}; nothing else changed. B is 20 px taller."


@pytest.mark.parametrize("thickness", [1, 2, 3])
def test_rules_of_the_full_width_are_regions(thickness: int) -> None:
    a = document(lines())
    b = a.copy()
    for line in (3, 6, 9, 12):
        y = TOP + PITCH * line + 7
        rule = np.full((thickness, 480, 3), 120, np.uint8)
        b = np.concatenate([b[:y], rule, b[y:]])
    found = findings(a, b[: len(a)])
    assert found.verdict.kind == "changed"
    assert len(found.regions) >= 4


def test_a_dash_that_became_thicker_among_other_spacing_is_found() -> None:
    a, b = document(lines()), document(lines(), (0, 0, 0, 0, 0, 0, 0, 0, 0, 1))
    cv2.rectangle(a, (300, 128), (330, 129), (0, 0, 0), -1)
    cv2.rectangle(b, (300, 128), (330, 130), (0, 0, 0), -1)
    assert any(overlaps(region.box, Box(300, 128, 30, 3)) for region in findings(a, b).regions)


def test_only_pixels_are_compared_and_rows_were_inserted() -> None:
    a = document(lines())
    longer = np.concatenate([a[:200], np.full((30, 480, 3), 90, np.uint8), a[200:]])
    found = findings(a, longer, analyses="pixel")
    assert found.verdict.kind == "changed"
    assert "30 rows were inserted. B is 30 px taller." in found.verdict.summary
    cut = findings(a, longer[: len(a)], analyses="pixel", allow_pixels=10)
    assert cut.verdict.kind == "changed"
