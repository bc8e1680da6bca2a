from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.vision.arrays import UInt8
from app.vision.finders import FINDERS
from app.vision.finders.combined import find
from app.vision.finders.detection import exact, tolerant
from app.vision.options import Options
from app.vision.region import Box, Finding, Region, overlaps
from tests.pictures import jpeg, noisy, paired, read, textured

SPOTS = ("001", "011")
STRONG, FAINT = Box(420, 90, 30, 50), Box(120, 300, 40, 30)


def page(*lines: str) -> UInt8:
    drawn = np.full((240, 320, 3), 255, np.uint8)
    for number, line in enumerate(lines, 1):
        cv2.putText(drawn, line, (20, 30 * number), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (20, 20, 20), 1, cv2.LINE_AA)
    return drawn


def with_hairline(picture: UInt8) -> UInt8:
    drawn = picture.copy()
    drawn[200, 100:180] = (90, 90, 90)
    return drawn


def with_panel(picture: UInt8) -> UInt8:
    """The picture with a panel on a grid of eight pixels, like many page designs and JPEG blocks."""
    drawn = picture.copy()
    drawn[80:160, 80:240] = 250
    return drawn


def photograph() -> UInt8:
    return noisy(textured(), 4)


def retouched(picture: UInt8) -> UInt8:
    """The picture with a clear change and one that noise would hide."""
    drawn = picture.copy()
    drawn[STRONG.slices] = (200, 60, 60)
    drawn[FAINT.slices] += np.where(drawn[FAINT.slices] < 128, 12, -12).astype(np.uint8)
    return drawn


def regions(a: UInt8, b: UInt8) -> list[Region]:
    return find(paired(a, b), Options()).regions


def assert_same(one: Finding, other: Finding) -> None:
    assert one.regions == other.regions
    np.testing.assert_array_equal(one.mask, other.mask)
    np.testing.assert_array_equal(one.evidence, other.evidence)


def test_is_the_default() -> None:
    assert FINDERS[Options().finder].find is find


def test_aligned_renderings_are_compared_exactly() -> None:
    text = page("Some words", "and a few more", "of the same page")
    both = paired(text, with_hairline(text))
    assert_same(find(both, Options()), exact.find(both))
    assert [region.box for region in find(both, Options()).regions] == [Box(100, 200, 80, 1)]


@pytest.mark.parametrize("other", [page("Some words", "on an empty page"), with_hairline(page()), with_panel(page())])
def test_an_empty_page_is_compared_exactly_with_any_other(other: UInt8) -> None:
    for both in (paired(page(), other), paired(other, page())):
        assert exact.find(both).regions
        assert_same(find(both, Options()), exact.find(both))


def test_renderings_that_are_off_by_a_pixel_are_compared_with_tolerance() -> None:
    text = page("Some words", "and a few more", "of the same page")
    both = paired(text, np.roll(text, (1, 1), axis=(0, 1)))
    assert exact.find(both).regions
    assert find(both, Options()).regions == []


@pytest.mark.parametrize("quality", [60, 85, 95])
def test_a_recompressed_page_shows_its_changes_alone(quality: int) -> None:
    text = page("Some words", "and a few more", "of the same page")
    copy = find(paired(text, read(jpeg(text, quality))), Options())
    assert copy.regions == []
    (region,) = regions(text, read(jpeg(with_hairline(text), quality)))
    assert overlaps(region.box, Box(100, 200, 80, 1))


def test_photographs_are_compared_with_tolerance() -> None:
    both = paired(photograph(), noisy(retouched(textured()), 5))
    assert_same(find(both, Options()), tolerant.find(both))
    assert len(tolerant.find(both).regions) == 1


def test_in_a_retouched_photograph_faint_changes_are_added() -> None:
    both = paired(photograph(), retouched(photograph()))
    assert len(tolerant.find(both).regions) == 1
    found = find(both, Options())
    strong, faint = found.regions
    assert strong.box == tolerant.find(both).regions[0].box
    assert set(strong.found_by) == {"luma", "chroma", "network", "pixels"}
    assert (faint.box, faint.found_by) == (FAINT, ("pixels",))
    assert found.mask[FAINT.slices].mean() > 0.9
    assert found.mask[STRONG.slices].mean() > 0.9
    assert faint.changed_pixels == found.mask[FAINT.slices].sum()
    evidence = np.maximum(tolerant.find(both).evidence, exact.find(both).evidence)
    np.testing.assert_array_equal(found.evidence, evidence)


def test_recompressed_blocks_are_no_change() -> None:
    """A file that is saved again with its own quality has as many equal blocks."""
    a = read(jpeg(textured(), 92))
    b = a.copy()
    anew = np.s_[80:320, 160:480]
    b[anew] = read(jpeg(np.ascontiguousarray(a[anew]), 90))
    assert (exact.equal_blocks(paired(a, b)) or 0) > exact.EQUAL_BLOCKS
    assert exact.find(paired(a, b)).regions != []
    assert regions(a, b) == []


def test_a_shadow_on_an_untouched_file_is_no_change() -> None:
    shade = np.zeros((480, 640), np.float32)
    cv2.ellipse(shade, (400, 260), (150, 120), 30, 0, 360, 1, -1)
    lit = 1 - 0.4 * cv2.GaussianBlur(shade, (0, 0), 5)[..., None]
    shaded = np.asarray(textured() * lit, np.uint8)
    assert exact.find(paired(textured(), shaded)).regions != []
    assert regions(textured(), shaded) == []


def test_added_regions_are_sorted_by_their_change() -> None:
    changed = photograph()
    changed[60:70, 60:80] = (200, 60, 60)
    wide = Box(100, 200, 200, 100)
    changed[wide.slices] += np.where(changed[wide.slices] < 128, 12, -12).astype(np.uint8)
    found = regions(photograph(), changed)
    assert [region.found_by == ("pixels",) for region in found] == [True, False]
    assert found[0].changed_pixels > found[1].changed_pixels


def test_recompressed_blocks_around_a_change_are_part_of_its_region() -> None:
    a = read(jpeg(textured(), 90))
    b = a.copy()
    around = np.s_[80:160, 408:464]  # whole blocks of the file, compressed anew
    b[STRONG.slices] = (200, 60, 60)
    b[around] = read(jpeg(np.ascontiguousarray(b[around]), 80))
    assert len(regions(a, b)) == 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (3, 200), (200, 3), (8, 8), (12, 12), (240, 320)])
def test_a_picture_of_one_colour_can_change_as_a_whole(shape: tuple[int, int]) -> None:
    black, white = np.zeros((*shape, 3), np.uint8), np.full((*shape, 3), 255, np.uint8)
    for a, b in ((black, white), (white, black)):
        (region,) = regions(a, b)
        assert region.box == Box(0, 0, shape[1], shape[0])
        assert region.changed_pixels == shape[0] * shape[1]


def as_given(picture: UInt8) -> UInt8:
    return picture


def compressed(picture: UInt8) -> UInt8:
    return read(jpeg(picture, 40))


def exposed(picture: UInt8) -> UInt8:
    return np.asarray(0.88 * 255 * (picture / 255) ** 1.15 + 14, np.uint8)


@pytest.mark.parametrize("name", SPOTS)
@pytest.mark.parametrize("nuisance", [compressed, exposed])
def test_the_ten_changes_of_a_photograph_are_found_and_none_where_nothing_changed(
    shared: Path, name: str, nuisance: Callable[[UInt8], UInt8]
) -> None:
    a, b = (read((shared / f"data/spot/{name}_{side}.jpg").read_bytes()) for side in "ab")
    assert len(regions(a, nuisance(b))) == 10
    assert regions(a, nuisance(a)) == []
