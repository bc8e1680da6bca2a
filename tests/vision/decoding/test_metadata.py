"""The report's sentences on the differences of two files besides their pixels."""

from dataclasses import replace
from typing import Any

import pytest

from app.vision.decoding.metadata import UNUSABLE, Description, compare_descriptions

PLAIN = Description(
    format="PNG",
    width=40,
    height=30,
    colour="RGB",
    alpha=False,
    bits=8,
    frames=1,
    orientation=1,
    profile=None,
    metadata="",
)


def test_similar_files_have_no_sentences() -> None:
    assert compare_descriptions(PLAIN, PLAIN) == []
    assert compare_descriptions(PLAIN, replace(PLAIN, width=80)) == []  # the alignment reports sizes


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"format": "JPEG"}, "A is a PNG file, B a JPEG file."),
        ({"colour": "palette"}, "A is stored as RGB, B as palette."),
        ({"bits": 16}, "A has 8 bits per channel, B has 16; they were compared at 8."),
        ({"bits": 1}, "A has 8 bits per channel, B has 1."),
        ({"alpha": True}, "B has transparency, A has none."),
        (
            {"profile": "Display P3"},
            "A has no colour profile, B has the colour profile “Display P3”; their colours were compared in sRGB.",
        ),
        (
            {"orientation": 6},
            "B is turned by its orientation tag (rotated 90° clockwise); it was turned upright before comparing.",
        ),
        ({"metadata": "ab12"}, "Only B has metadata (EXIF, XMP or text)."),
    ],
)
def test_each_difference_is_one_sentence(change: dict[str, Any], sentence: str) -> None:
    other = replace(PLAIN, **change)
    assert compare_descriptions(PLAIN, other) == [sentence]
    assert len(compare_descriptions(other, PLAIN)) == 1


def test_losses_of_both_are_reported() -> None:
    deep = replace(PLAIN, bits=16)
    assert compare_descriptions(deep, deep) == ["Both have 16 bits per channel; they were compared at 8."]


def test_an_unusable_profile_is_reported_for_each() -> None:
    broken = replace(PLAIN, profile=UNUSABLE)
    assert len(compare_descriptions(broken, broken)) == 2
    assert "The colour profile of B could not be used; its colours were taken as sRGB." in compare_descriptions(
        PLAIN, broken
    )


def test_both_turned_alike_is_no_difference() -> None:
    turned = replace(PLAIN, orientation=8)
    assert compare_descriptions(turned, turned) == []


def test_repetitions_are_compared_within_a_format() -> None:
    once, endless = (replace(PLAIN, format="GIF", frames=3, loop=loop) for loop in (None, 0))
    assert compare_descriptions(once, endless) == ["Their animations are repeated a different number of times."]
    assert compare_descriptions(once, once) == []
    assert len(compare_descriptions(once, replace(endless, format="WebP"))) == 1  # only the format


def test_differing_metadata() -> None:
    a, b = replace(PLAIN, metadata="aa"), replace(PLAIN, metadata="bb")
    assert compare_descriptions(a, b) == ["Their metadata (EXIF, XMP or text) differ."]
