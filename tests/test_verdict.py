from dataclasses import replace

import numpy as np
import pytest

from app.verdict import Evidence, judge
from app.vision.align import Alignment, align
from app.vision.arrays import UInt8
from app.vision.decode import decode
from tests.pictures import png, scene


def aligned(a: UInt8, b: UInt8) -> Alignment:
    """How two arrays line up."""
    return align(decode(png(a), 10**7), decode(png(b), 10**7), "auto")


STILL = aligned(scene(), scene())
FOUND = Evidence(equal=False, ignored=False, same_bytes=False, alignment=STILL, metrics={"psnr": 31.2}, regions=0)


def test_identical_says_whether_the_files_differ() -> None:
    same_file = judge(replace(FOUND, equal=True, same_bytes=True))
    other_file = judge(replace(FOUND, equal=True))
    assert same_file.kind == other_file.kind == "identical"
    assert "byte for byte" in same_file.summary
    assert "Only the files differ" in other_file.summary


def test_equal_outside_ignored_boxes_is_not_identical() -> None:
    assert judge(replace(FOUND, equal=True, ignored=True)).kind == "same"


def test_no_region_is_no_change_and_says_what_there_is() -> None:
    verdict = judge(FOUND)
    assert verdict.kind == "same"
    assert "31.2 dB" in verdict.summary


def test_a_few_pixels_that_differ_among_equal_ones_are_a_change_without_a_region() -> None:
    few = {"psnr": 60.0, "exact_match_rate": 0.9999, "different_pixels": 3, "pixel_match_rate": 0.9999}
    assert judge(replace(FOUND, metrics=few)).summary == "3 pixels differ (0.01 %)."
    compressed = few | {"exact_match_rate": 0.3}
    assert judge(replace(FOUND, metrics=compressed)).kind == "same"
    faint = few | {"different_pixels": 0}
    assert judge(replace(FOUND, metrics=faint)).kind == "same"


def test_a_difference_that_transparency_hides_is_told_as_such() -> None:
    verdict = judge(replace(FOUND, metrics={"psnr": None}))
    assert verdict.kind == "same"
    assert "transparency" in verdict.summary


@pytest.mark.parametrize(("count", "words"), [(1, "1 region changed."), (4, "4 regions changed.")])
def test_regions_are_counted(count: int, words: str) -> None:
    verdict = judge(replace(FOUND, regions=count))
    assert (verdict.kind, verdict.summary) == ("changed", words)


def test_a_motion_is_told_and_not_counted() -> None:
    picture = scene(480, 320)
    moved = aligned(picture, np.roll(picture, (6, -9), (0, 1)))
    assert moved.status == "applied"
    assert "px" in judge(replace(FOUND, alignment=moved)).summary
    assert judge(replace(FOUND, alignment=moved, regions=2)).summary.endswith("that was not counted.")


def test_a_page_that_grew_is_a_change_even_where_nothing_else_is() -> None:
    page = scene(480, 600)
    grown = aligned(page[:400], page)
    assert grown.kind == "identity"
    verdict = judge(replace(FOUND, alignment=grown))
    assert verdict.kind == "changed"
    assert verdict.summary == "Nothing changed in the part that both have. B is 200 px taller."
    assert judge(replace(FOUND, alignment=aligned(page, page[:400]), regions=2)).summary.endswith(
        "B is 200 px shorter."
    )


def test_unrelated_needs_every_sign_and_two_of_them() -> None:
    lost = replace(STILL, status="failed")
    signs = {"orb_inliers": 5, "ssim": 0.1, "embedding_cosine_distance": 0.8}
    assert judge(replace(FOUND, alignment=lost, metrics=signs, regions=9)).kind == "different"
    assert judge(replace(FOUND, alignment=lost, metrics=signs | {"orb_inliers": 80}, regions=9)).kind == "changed"
    assert judge(replace(FOUND, alignment=lost, metrics={"ssim": 0.1}, regions=9)).kind == "changed"
    assert judge(replace(FOUND, alignment=STILL, metrics=signs, regions=9)).kind == "changed"


def test_without_regions_the_pixels_decide() -> None:
    counted = {"different_pixels": 12437, "pixel_match_rate": 0.9891}
    assert judge(replace(FOUND, regions=None, metrics=counted)).summary == "12,437 pixels differ (1.09 %)."
    none = {"different_pixels": 0, "pixel_match_rate": 1.0}
    assert judge(replace(FOUND, regions=None, metrics=none)).kind == "same"
    assert "not run" in judge(replace(FOUND, regions=None, metrics={})).summary
