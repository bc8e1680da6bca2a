import tracemalloc
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from app.vision.alignment.row_alignment import RowGap
from app.vision.arrays import UInt8
from app.vision.options import Options
from app.vision.region import Box, Region, ToleranceName
from app.vision.tolerances import Allowed, not_reported, permit
from tests.pictures import changed_scene, noisy, paired, scene

PLAIN = np.full((100, 100, 3), 200, np.uint8)
FIRST, SECOND = Box(10, 10, 10, 5), Box(60, 60, 6, 6)


def text(offset: int) -> UInt8:
    """A line of text drawn at six times its size; red and blue are `offset` sixths of a pixel left and right."""
    large = Image.new("L", (180 * 6, 30 * 6), 255)
    font = ImageFont.load_default(14 * 6)
    ImageDraw.Draw(large).text((60, 36), "Smoothed text of a page", fill=20, font=font)
    channels = [np.roll(np.asarray(large), by, axis=1) for by in (-offset, 0, offset)]
    return np.dstack([cv2.resize(channel, (180, 30), interpolation=cv2.INTER_AREA) for channel in channels])


def region(box: Box, pixels: int | None = None) -> Region:
    return Region(box, box.width * box.height if pixels is None else pixels, 1.0, ("pixels",))


def changed(*steps: tuple[Box, int]) -> UInt8:
    """PLAIN with boxes that are darker by so many levels."""
    picture = PLAIN.copy()
    for box, levels in steps:
        picture[box.slices] -= np.uint8(levels)
    return picture


def permitted(b: UInt8, *regions: Region, a: Any = PLAIN, **options: Any) -> tuple[list[str | None], list[Allowed]]:
    """The tolerance of each region, and what passes because of which."""
    marked, allowed = permit(regions, paired(a, b), Options.model_validate(options), same_size=True)
    assert [replace(one, allowed=None) for one in marked] == list(regions)
    return [one.allowed for one in marked], allowed


BOTH = changed((FIRST, 100), (SECOND, 30))
REGIONS = region(FIRST), region(SECOND)


def test_by_default_nothing_passes() -> None:
    assert permitted(BOTH, *REGIONS) == ([None, None], [])


@pytest.mark.parametrize(
    ("name", "limit", "below"), [("allow_pixels", 86, 85), ("allow_share", 0.0086, 0.0085), ("allow_window", 50, 49)]
)
def test_regions_pass_together_up_to_the_limit(name: ToleranceName, limit: float, below: float) -> None:
    enough, few = ({str(name): value} for value in (limit, below))
    assert permitted(BOTH, *REGIONS, **enough) == ([name, name], [Allowed(name, limit, 2, limit)])
    assert permitted(BOTH, *REGIONS, **few) == ([None, None], [])


def test_a_region_passes_by_its_tone_up_to_the_limit() -> None:
    assert permitted(BOTH, *REGIONS, allow_tone=30) == ([None, "allow_tone"], [Allowed("allow_tone", 30, 1, 30)])
    assert permitted(BOTH, *REGIONS, allow_tone=29) == ([None, None], [])
    assert permitted(BOTH, *REGIONS, allow_tone=100)[1] == [Allowed("allow_tone", 100, 2, 100)]


def test_regions_that_passed_by_themselves_do_not_count_again() -> None:
    names, allowed = permitted(BOTH, *REGIONS, allow_tone=30, allow_pixels=50)
    assert names == ["allow_pixels", "allow_tone"]
    assert allowed == [Allowed("allow_tone", 30, 1, 30), Allowed("allow_pixels", 50, 1, 50)]
    overlapping = region(Box(15, 10, 10, 5))
    assert permitted(BOTH, REGIONS[0], overlapping, allow_tone=30, allow_pixels=49)[0] == [None, None]


def test_different_pixels_outside_the_regions_count() -> None:
    assert permitted(BOTH, REGIONS[0], allow_pixels=85) == ([None], [])
    assert permitted(BOTH, REGIONS[0], allow_pixels=86)[0] == ["allow_pixels"]


def test_a_shade_below_the_threshold_counts_with_its_pixels() -> None:
    shaded = changed((FIRST, 3))
    assert permitted(shaded, region(FIRST), allow_pixels=49) == ([None], [])
    assert permitted(shaded, region(FIRST), allow_pixels=50)[1] == [Allowed("allow_pixels", 50, 1, 50)]
    assert permitted(shaded, region(FIRST), allow_window=49) == ([None], [])


def test_a_region_passes_by_its_motion_up_to_the_limit() -> None:
    before, after = changed((Box(10, 10, 10, 5), 100)), changed((Box(12, 11, 10, 5), 100))
    found = region(Box(10, 10, 12, 6), 60)
    assert permitted(after, found, a=before, allow_shift=2) == (["allow_shift"], [Allowed("allow_shift", 2, 1, 2)])
    assert permitted(after, found, a=before, allow_shift=1) == ([None], [])
    assert permitted(BOTH, *REGIONS, allow_shift=32) == ([None, None], [])


def test_smoothing_passes_and_a_changed_shape_does_not() -> None:
    a, b = text(0), text(2)
    whole = region(Box(0, 0, 180, 30))
    assert permitted(b, whole, a=a, allow_smoothing=True) == (
        ["allow_smoothing"],
        [Allowed("allow_smoothing", True, 1, None)],
    )
    more = b.copy()
    more[18:20, 20:40] = 0
    assert permitted(more, whole, a=a, allow_smoothing=True) == ([None], [])


def test_alpha_is_a_channel() -> None:
    pair = replace(paired(PLAIN, PLAIN), alpha_b=np.where(PLAIN[..., 0] > 0, 255, 255).astype(np.uint8))
    assert pair.alpha_b is not None
    pair.alpha_b[FIRST.slices] = 155
    options = Options(allow_tone=99)
    assert permit([region(FIRST)], pair, options, same_size=True)[1] == []
    assert permit([region(FIRST)], pair, Options(allow_tone=100), same_size=True)[1][0].largest == 100


@pytest.mark.parametrize("same_size", [True, False])
def test_rows_count_by_their_height_and_never_pass_where_the_size_changed(same_size: bool) -> None:
    rows = replace(region(Box(0, 50, 100, 1), 700), found_by=("rows",), kind="appeared", box_b=Box(0, 50, 100, 7))
    pair = replace(paired(PLAIN, changed((FIRST, 100))), gaps=(RowGap(50, 50, inserted=7),))
    regions = [rows, region(FIRST)]
    few, enough = (permit(regions, pair, Options(allow_pixels=n), same_size)[0] for n in (749, 750))
    assert [one.allowed for one in few] == [None, None]
    assert [one.allowed for one in enough] == (["allow_pixels"] * 2 if same_size else [None, None])
    by_itself = permit(regions, pair, Options(allow_tone=255, allow_shift=32, allow_smoothing=True), same_size)[0]
    assert [one.allowed for one in by_itself] == [None, "allow_tone"]


def test_without_regions_all_pixels_are_tested_at_once() -> None:
    assert permitted(BOTH, allow_tone=100) == ([], [Allowed("allow_tone", 100, 0, 100)])
    assert permitted(BOTH, allow_tone=99, allow_share=0.0086) == ([], [Allowed("allow_share", 0.0086, 0, 0.0086)])
    assert permitted(np.roll(changed_scene(), 1, axis=1), a=changed_scene(), allow_shift=3) == ([], [])
    assert permitted(noisy(scene()), a=scene(), allow_smoothing=True) == ([], [])


def test_regions_that_are_too_small_are_summed_up() -> None:
    small = [region(FIRST), region(SECOND)]
    assert not_reported(small, Options(min_size=60)) == [Allowed("min_size", 60, 2, 50)]
    assert not_reported([], Options(min_size=60)) == []


@pytest.mark.parametrize("options", [{"allow_pixels": 1}, {"allow_pixels": 1, "allow_tone": 30}])
def test_regions_that_overlap_take_no_memory_of_their_own(options: dict[str, Any]) -> None:
    """Lines across a picture have boxes as large as all of it: copies of each would take gigabytes."""
    everywhere = region(Box(0, 0, 100, 100))
    tracemalloc.start()
    try:
        assert permitted(BOTH, region(SECOND), *[everywhere] * 1000, **options)[1] == [
            Allowed("allow_tone", 30, 1, 30),
        ] * ("allow_tone" in options)
        assert tracemalloc.get_traced_memory()[1] < 200 * everywhere.changed_pixels
    finally:
        tracemalloc.stop()
