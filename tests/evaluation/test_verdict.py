from dataclasses import replace

import numpy as np
import pytest

from app.evaluation.evidence import Evidence
from app.evaluation.verdict import THIN_LINES, UNSURE, decide
from app.vision.alignment.align import Alignment, align
from app.vision.arrays import UInt8
from app.vision.decoding.decode import decode
from app.vision.region import Box, Kind, Region
from app.vision.tolerances import Allowed
from tests.pictures import png, scene


def aligned(a: UInt8, b: UInt8) -> Alignment:
    """The alignment of two arrays."""
    return align(decode(png(a), 10**7), decode(png(b), 10**7), "auto")


STILL = aligned(scene(), scene())
WHOLE = STILL.size_a[0] * STILL.size_a[1]
FOUND = Evidence(
    equal=False,
    ignored=False,
    same_bytes=False,
    alignment=STILL,
    compared=WHOLE,
    metrics={"psnr": 31.2},
    network="MobileNet V2",
    regions=(),
)


def test_identical_reports_whether_the_files_differ() -> None:
    same_file = decide(replace(FOUND, equal=True, same_bytes=True))
    other_file = decide(replace(FOUND, equal=True))
    assert same_file.kind == other_file.kind == "identical"
    assert "byte for byte" in same_file.summary
    assert "Only the files differ" in other_file.summary


def test_a_verdict_has_its_confidence() -> None:
    assert decide(FOUND).confidence == 1
    assert decide(replace(FOUND, doubt=0.3)).confidence == pytest.approx(0.7)


@pytest.mark.parametrize(("score", "count", "unsure"), [(0.8, 5, True), (0.8, 4, False), (0.95, 9, False)])
def test_many_regions_with_low_scores_may_be_something_else(score: float, count: int, unsure: bool) -> None:
    found = replace(FOUND, regions=[replace(CHANGED, score=score)] * count, conditions=["darker"])
    assert (UNSURE in decide(found).summary) is unsure
    assert UNSURE not in decide(replace(found, conditions=[])).summary
    assert UNSURE not in decide(replace(found, rendered=True)).summary


def test_equal_outside_ignored_boxes_is_not_identical() -> None:
    assert decide(replace(FOUND, equal=True, ignored=True)).kind == "same"


def test_no_region_is_no_change_and_reports_the_psnr() -> None:
    verdict = decide(FOUND)
    assert verdict.kind == "same"
    assert "31.2 dB" in verdict.summary


def test_regions_that_the_finder_only_counted_are_changes() -> None:
    region = Region(Box(0, 0, 10, 10), 100, 1.0, ("pixels",), "moved")
    cut = replace(FOUND, regions=(region,), omitted=12_345)
    assert decide(cut).summary == "12,346 things changed: 12,345 changed, 1 moved."
    passed = replace(cut, regions=(replace(region, allowed="allow_tone"),), allowed=(Allowed("allow_tone", 9, 1, 9),))
    assert (decide(passed).kind, decide(passed).summary[:23]) == ("changed", "12,345 things changed. ")
    together = replace(cut, regions=(replace(region, allowed="allow_share"),))
    assert decide(replace(together, allowed=(Allowed("allow_share", 0.9, 1, 0.5),))).kind == "same"


def test_photographs_that_could_not_be_lined_up_say_so() -> None:
    failed = replace(STILL, status="failed")
    small = Region(Box(0, 0, 10, 10), 100, 1.0, ("network",))
    verdict = decide(replace(FOUND, alignment=failed, regions=(small,)))
    assert verdict.kind == "changed"
    assert verdict.summary == "B could not be lined up with A. Compared as it is, 1 thing changed."
    whole = replace(small, box=Box(0, 0, *STILL.size_a), changed_pixels=WHOLE)
    most = decide(replace(FOUND, alignment=failed, regions=(whole,)))
    assert most.summary == "B could not be lined up with A, and most of it differs."
    page = decide(replace(FOUND, alignment=failed, regions=(whole,), rendered=True))
    assert page.summary == "1 thing changed."  # pages of one place need no motion


def test_a_few_pixels_that_differ_among_equal_ones_are_a_change_without_a_region() -> None:
    few = {"psnr": 60.0, "exact_match_rate": 0.9999, "different_pixels": 3, "pixel_match_rate": 0.9999}
    assert decide(replace(FOUND, metrics=few)).summary == "3 pixels differ (0.01 %)."
    compressed = few | {"exact_match_rate": 0.3}
    assert decide(replace(FOUND, metrics=compressed)).kind == "same"
    faint = few | {"different_pixels": 0}
    assert decide(replace(FOUND, metrics=faint)).kind == "same"


def test_a_difference_that_transparency_hides_is_reported() -> None:
    verdict = decide(replace(FOUND, metrics={"psnr": None}))
    assert verdict.kind == "same"
    assert "transparency" in verdict.summary


CHANGED = Region(Box(10, 10, 20, 20), 300, 0.9, ("luma",))


def regions(*kinds: Kind) -> list[Region]:
    return [replace(CHANGED, kind=kind) for kind in kinds]


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        (["changed"], "1 thing changed."),
        (["changed"] * 4, "4 things changed."),
        (["appeared"] * 2, "2 things appeared."),
        (["recoloured"], "1 thing changed colour."),
        (["replaced"], "1 thing was replaced."),
        (["replaced", "replaced"], "2 things were replaced."),
        (["appeared", "changed", "appeared"], "3 things changed: 2 appeared, 1 changed."),
    ],
)
def test_changes_are_counted_by_their_kind(kinds: list[Kind], words: str) -> None:
    verdict = decide(replace(FOUND, regions=regions(*kinds)))
    assert (verdict.kind, verdict.summary) == ("changed", words)


def test_an_object_that_moved_counts_once() -> None:
    source, target = regions("moved", "moved")
    both = [replace(source, moved_to=Box(50, 10, 20, 20)), replace(target, moved_from=source.box)]
    assert decide(replace(FOUND, regions=both)).summary == "1 thing moved."


def test_conditions_are_reported_and_not_counted() -> None:
    picture = scene(480, 320)
    moved = aligned(picture, np.roll(picture, (6, -9), (0, 1)))
    assert moved.status == "applied"
    darker = replace(FOUND, alignment=moved, conditions=["darker", "re-compressed"])
    assert decide(darker).summary == (
        f"Same picture, shifted by 11 px, darker and re-compressed; no change was found. {THIN_LINES}"
    )
    assert decide(darker).kind == "same"
    verdict = decide(replace(darker, regions=regions("changed", "changed")))
    assert verdict.summary == "Same picture, shifted by 11 px, darker and re-compressed; 2 things changed."


@pytest.mark.parametrize(("share", "words"), [(0.49, "Same picture, lighter; 1 thing"), (0.51, "1 thing")])
def test_conditions_are_left_out_if_most_pixels_changed(share: float, words: str) -> None:
    most = replace(CHANGED, changed_pixels=round(share * WHOLE), kind="recoloured")
    verdict = decide(replace(FOUND, conditions=["lighter"], regions=[most]))
    assert verdict.summary == f"{words} changed colour."


def test_most_pixels_means_most_of_the_compared_pixels() -> None:
    third = replace(CHANGED, changed_pixels=WHOLE // 3)
    lighter = replace(FOUND, conditions=["lighter"], regions=[third])
    assert decide(replace(lighter, compared=WHOLE // 2)).summary == "1 thing changed."
    assert decide(lighter).summary == "Same picture, lighter; 1 thing changed."
    rows = replace(CHANGED, changed_pixels=WHOLE, kind="disappeared", found_by=("rows",))
    assert decide(replace(FOUND, conditions=["lighter"], regions=[rows])).summary.startswith("Same picture, lighter; ")


def test_a_page_that_grew_is_a_change_by_itself() -> None:
    grown = replace(STILL, size_b=(STILL.size_b[0], STILL.size_b[1] + 200))
    assert grown.kind == "identity"
    verdict = decide(replace(FOUND, alignment=grown))
    assert verdict.kind == "changed"
    assert verdict.summary == "Nothing changed in the part that both have. B is 200 px taller."
    both = decide(replace(FOUND, alignment=grown, regions=regions("changed")))
    assert both.summary == "1 thing changed. B is 200 px taller."


def test_inserted_and_removed_rows_are_reported() -> None:
    page = scene(240, 600)
    longer = np.concatenate([page[:300], np.full((80, 240, 3), 7, np.uint8), page[300:500]])
    rows = aligned(page, longer)
    assert rows.kind == "rows"
    inserted = replace(
        CHANGED, box=Box(0, 300, 240, 1), box_b=Box(0, 300, 240, 80), kind="appeared", found_by=("rows",)
    )
    removed = replace(CHANGED, box=Box(0, 500, 240, 100), kind="disappeared", found_by=("rows",))
    verdict = decide(replace(FOUND, alignment=rows, regions=[inserted, removed, *regions("changed")]))
    assert verdict.summary == "80 rows were inserted; 100 rows were removed; 1 thing changed. B is 20 px shorter."


def test_equal_pixels_in_different_files_report_the_notes() -> None:
    notes = ["A is a PNG file, B a WebP file."]
    verdict = decide(replace(FOUND, equal=True, notes=notes))
    assert verdict.summary == "The pixels are identical. A is a PNG file, B a WebP file."


def test_unrelated_needs_all_signs_and_at_least_two() -> None:
    lost = replace(STILL, status="failed")
    signs = {"orb_inliers": 5, "ssim": 0.1, "embedding_cosine_distance": 0.8}
    assert decide(replace(FOUND, alignment=lost, metrics=signs, regions=regions("changed"))).kind == "different"
    assert (
        decide(replace(FOUND, alignment=lost, metrics=signs | {"orb_inliers": 80}, regions=regions("changed"))).kind
        == "changed"
    )
    assert decide(replace(FOUND, alignment=lost, metrics={"ssim": 0.1}, regions=regions("changed"))).kind == "changed"
    assert decide(replace(FOUND, alignment=STILL, metrics=signs, regions=regions("changed"))).kind == "changed"


@pytest.mark.parametrize(
    ("network", "distance", "kind"),
    [
        ("MobileNet V2", 0.29, "changed"),
        ("MobileNet V2", 0.31, "different"),
        ("EfficientNet-Lite0", 0.34, "changed"),
        ("EfficientNet-Lite0", 0.36, "different"),
    ],
)
def test_the_distance_of_unrelated_pictures_depends_on_the_network(network: str, distance: float, kind: str) -> None:
    signs = {"orb_inliers": 5, "ssim": 0.1, "embedding_cosine_distance": distance}
    lost = replace(FOUND, alignment=replace(STILL, status="failed"), metrics=signs, network=network)
    assert decide(replace(lost, regions=regions("changed"))).kind == kind


def test_without_regions_the_pixels_decide() -> None:
    counted = {"different_pixels": 12437, "pixel_match_rate": 0.9891}
    assert decide(replace(FOUND, regions=None, metrics=counted)).summary == "12,437 pixels differ (1.09 %)."
    none = {"different_pixels": 0, "pixel_match_rate": 1.0}
    assert decide(replace(FOUND, regions=None, metrics=none)).kind == "same"
    assert "not run" in decide(replace(FOUND, regions=None, metrics={})).summary


SHIFT = Allowed("allow_shift", 2, 2, 1)


@pytest.mark.parametrize(
    ("allowed", "words"),
    [
        (SHIFT, "2 regions moved by at most 1 px, which allow_shift 2 permits."),
        (Allowed("allow_tone", 5, 1, 3), "1 region differs by at most 3 of 255 levels, which allow_tone 5 permits."),
        (
            Allowed("allow_smoothing", True, 2, None),
            "2 regions differ in smoothing only, which allow_smoothing permits.",
        ),
        (Allowed("allow_pixels", 2000, 2, 1200), "2 regions differ in 1,200 pixels, which allow_pixels 2000 permits."),
        (
            Allowed("allow_share", 0.001, 1, 0.0002),
            "1 region differs in 0.02 % of the pixels, which allow_share 0.001 permits.",
        ),
        (
            Allowed("allow_window", 20, 2, 9),
            "2 regions differ in at most 9 pixels of a window, which allow_window 20 permits.",
        ),
        (
            Allowed("min_size", 10, 1, 7),
            "1 region with at most 7 changed pixels, fewer than min_size 10, is not reported.",
        ),
    ],
)
def test_what_a_tolerance_permits_is_the_same_and_is_reported(allowed: Allowed, words: str) -> None:
    passed = [replace(CHANGED, allowed=allowed.tolerance)]
    verdict = decide(replace(FOUND, regions=passed, allowed=[allowed]))
    assert (verdict.kind, verdict.summary, verdict.allowed) == ("same", words, [allowed])
    darker = decide(replace(FOUND, regions=passed, allowed=[allowed], conditions=["darker"]))
    assert darker.summary == f"Same picture, darker; nothing else changed. {words}"


def test_what_no_tolerance_permits_is_a_change() -> None:
    passed = replace(CHANGED, allowed="allow_shift")
    verdict = decide(replace(FOUND, regions=[passed, *regions("appeared")], allowed=[SHIFT]))
    assert (verdict.kind, verdict.allowed) == ("changed", [SHIFT])
    assert verdict.summary == "1 thing appeared. 2 regions moved by at most 1 px, which allow_shift 2 permits."


def test_no_tolerance_permits_another_size() -> None:
    grown = replace(STILL, size_b=(STILL.size_b[0], STILL.size_b[1] + 9))
    passed = replace(FOUND, alignment=grown, regions=[replace(CHANGED, allowed="allow_shift")], allowed=[SHIFT])
    assert decide(passed).kind == "changed"
    assert decide(passed).summary.startswith("Nothing else changed in the part that both have. 2 regions moved")
    counted = {"different_pixels": 3, "pixel_match_rate": 0.999}
    pixels = replace(passed, regions=None, metrics=counted, allowed=[Allowed("allow_pixels", 5, 0, 3)])
    assert decide(pixels).kind == "changed"


def test_pixels_without_a_region_pass_as_well() -> None:
    few = {"psnr": 60.0, "exact_match_rate": 0.9999, "different_pixels": 3, "pixel_match_rate": 0.9999}
    passed = [Allowed("allow_pixels", 5, 0, 3)]
    for found in ((), None):
        verdict = decide(replace(FOUND, regions=found, metrics=few, allowed=passed))
        assert (verdict.kind, verdict.allowed) == ("same", passed)
        assert verdict.summary == "The pictures differ in 3 pixels, which allow_pixels 5 permits."
    none = decide(replace(FOUND, regions=None, metrics=few | {"different_pixels": 0}, allowed=passed))
    assert none.allowed == [], "nothing passed, as nothing differs"
