import cv2
import numpy as np
import pytest

from app.vision.arrays import UInt8
from app.vision.finders.detection.exact import BLOCK, EQUAL_BLOCKS, equal_blocks, find, runs
from app.vision.region import Box
from app.vision.tiles import tiles
from tests.pictures import jpeg, noisy, paired, read, textured

PANEL = Box(280, 100, 100, 100)


def page(width: int = 400) -> UInt8:
    """A screenshot: a bar, lines of text and a panel."""
    drawn = np.full((300, width, 3), 255, np.uint8)
    drawn[:40] = (30, 60, 120)
    for line in range(9):
        write(drawn, f"The quick brown fox {line}", (20, 80 + 22 * line))
    drawn[PANEL.slices] = (230, 235, 240)
    return drawn


def write(picture: UInt8, text: str, at: tuple[int, int]) -> None:
    cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.45, (20, 20, 20), 1, cv2.LINE_AA)


def with_block(box: Box, colour: int | tuple[int, int, int] = 0) -> UInt8:
    drawn = page()
    drawn[box.slices] = colour
    return drawn


def shapes(smoothing: int) -> UInt8:
    """An ellipse, a disc, a line, and a disc and a line that the border cuts, reduced from eight times the size."""
    drawn = np.full((1600, 2400, 3), 250, np.uint8)
    cv2.ellipse(drawn, (720, 800), (480, 280), 20, 0, 360, (0, 90, 160), -1)
    cv2.circle(drawn, (1760, 640), 360, (200, 30, 60), -1)
    cv2.line(drawn, (160, 1500), (2240, 1200), (20, 30, 40), 24)
    cv2.circle(drawn, (2390, 1110), 200, (90, 30, 160), -1)
    cv2.line(drawn, (900, -40), (1300, 200), (20, 90, 40), 40)
    return np.asarray(cv2.resize(drawn, (300, 200), interpolation=smoothing), np.uint8)


def boxes(a: UInt8, b: UInt8) -> list[Box]:
    return [region.box for region in find(paired(a, b)).regions]


@pytest.mark.parametrize(
    "box",
    [
        Box(250, 60, 20, 1),
        Box(200, 50, 1, 60),
        Box(250, 150, 1, 1),
        Box(300, 120, 12, 9),
        Box(1, 1, 3, 3),
        Box(100, 0, 80, 1),
        Box(100, 299, 80, 1),
        Box(0, 100, 1, 80),
        Box(399, 100, 1, 80),
        Box(399, 299, 1, 1),
    ],
    ids=str,
)
def test_a_drawn_change_has_its_exact_box_in_either_order(box: Box) -> None:
    for a, b in ((page(), with_block(box)), (with_block(box), page())):
        found = find(paired(a, b))
        (region,) = found.regions
        assert region.box == box
        assert region.changed_pixels == box.width * box.height
        assert region.score == 1
        assert region.found_by == ("pixels",)
        np.testing.assert_array_equal(found.mask, (a != b).any(axis=2))


def test_a_veil_of_two_per_cent_over_a_panel_is_found() -> None:
    veiled = with_block(PANEL, (round(0.98 * 230), round(0.98 * 235), round(0.98 * 240)))
    assert boxes(page(), veiled) == boxes(veiled, page()) == [PANEL]


def test_a_uniform_difference_of_two_levels_is_found_and_one_of_one_level_is_rounding() -> None:
    assert boxes(page(), with_block(PANEL, (232, 236, 241))) == [PANEL]
    finding = find(paired(page(), with_block(PANEL, (231, 235, 240))))
    assert finding.regions == []
    assert finding.explanation == "Some colours are rounded differently."


def test_a_text_that_moved_by_a_pixel_is_found() -> None:
    moved = page()
    line = np.s_[88:107, 10:250]
    moved[line] = np.roll(moved[line], 1, axis=1)
    changed = (page() != moved).any(axis=2)
    assert boxes(page(), moved) == [Box(*cv2.boundingRect(changed.view(np.uint8)))]


def test_differences_of_antialiasing_are_no_change() -> None:
    smooth, sharp = shapes(cv2.INTER_AREA), shapes(cv2.INTER_NEAREST)
    assert (smooth != sharp).any(axis=2).sum() > 200
    assert boxes(smooth, sharp) == boxes(sharp, smooth) == []


def test_equal_pictures_have_no_regions_and_no_evidence() -> None:
    found = find(paired(page(), page()))
    assert found.regions == []
    assert not found.mask.any()
    assert not found.evidence.any()


def test_the_evidence_is_the_largest_step_of_the_channels() -> None:
    a, b = page(), noisy(page(), 30)
    np.testing.assert_array_equal(find(paired(a, b)).evidence, cv2.absdiff(a, b).max(axis=2))


def test_parts_near_each_other_are_one_region_and_the_larger_come_first() -> None:
    b = page()
    b[210:214, 300:304] = b[210:214, 307:311] = 0
    b[250:270, 300:330] = 0
    assert boxes(page(), b) == [Box(300, 250, 30, 20), Box(300, 210, 11, 4)]


def test_tiles_leave_no_seam() -> None:
    a = page(1000)
    seam = next(tiles((300, 1000), halo=0)).inner[1].stop
    assert 0 < seam < 1000
    for box in (Box(seam - 30, 50, 60, 200), Box(seam - 1, 50, 1, 200), Box(seam, 50, 1, 200)):
        b = a.copy()
        b[box.slices] = (255, 245, 255)
        assert boxes(a, b) == [box]


def test_invalid_pixels_are_no_change() -> None:
    valid = np.ones((300, 400), np.bool_)
    valid[:, 290:] = False
    b = with_block(Box(280, 220, 20, 20))
    found = find(paired(page(), b, valid))
    assert [region.box for region in found.regions] == [Box(280, 220, 10, 20)]
    assert not found.evidence[~valid].any()


def test_colours_that_transparency_hides_are_no_change_but_transparency_is() -> None:
    opaque = np.dstack((page(), np.full((300, 400), 255, np.uint8)))
    hidden, veiled, on_white = opaque.copy(), opaque.copy(), opaque.copy()
    opaque[PANEL.slices] = (9, 9, 9, 0)
    hidden[PANEL.slices] = (200, 0, 0, 0)
    assert boxes(opaque, hidden) == []
    veiled[10:30, 50:90, 3] = 240
    on_white[PANEL.slices] = 255
    assert Box(50, 10, 40, 20) in boxes(on_white, veiled)


def test_a_frame_one_pixel_wide_is_found() -> None:
    b = page()
    b[[0, -1]] = b[:, [0, -1]] = 128
    assert boxes(page(), b) == boxes(b, page()) == [Box(0, 0, 400, 300)]


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 2), (3, 200), (12, 12)])
def test_a_small_picture_can_change_as_a_whole(shape: tuple[int, int]) -> None:
    black, white = np.zeros((*shape, 3), np.uint8), np.full((*shape, 3), 255, np.uint8)
    assert boxes(black, white) == boxes(white, black) == [Box(0, 0, shape[1], shape[0])]
    assert boxes(black, black) == []


def test_all_blocks_of_equal_pictures_are_equal() -> None:
    assert equal_blocks(paired(textured(), textured())) == 1


def test_the_share_of_equal_blocks_is_that_of_blocks_with_texture_in_both() -> None:
    a, b = textured(64, 64), textured(64, 64)
    b[:16, ::BLOCK] ^= 1  # two rows of blocks of eight
    assert equal_blocks(paired(a, b)) == equal_blocks(paired(b, a)) == 0.75
    b[16:32] = 99  # two rows more lose their texture
    assert equal_blocks(paired(a, b)) == equal_blocks(paired(b, a)) == 4 / 6
    valid = np.ones((64, 64), np.bool_)
    valid[:31] = False  # in part: the last of the rows without texture
    assert equal_blocks(paired(a, b, valid)) == 1


def test_without_common_texture_there_is_no_share_of_equal_blocks() -> None:
    flat = np.full((64, 64, 3), 99, np.uint8)
    for a, b in ((flat, flat), (flat, textured(64, 64)), (textured(64, 64), flat), (flat[:7], flat[:7])):
        assert equal_blocks(paired(a, b)) is None


@pytest.mark.parametrize("quality", [40, 90])
def test_compressed_or_shifted_pictures_have_few_equal_blocks(quality: int) -> None:
    for picture in (page(), textured()):
        assert (equal_blocks(paired(picture, read(jpeg(picture, quality)))) or 0) < EQUAL_BLOCKS
        assert (equal_blocks(paired(picture, np.roll(picture, 1, axis=0))) or 0) < EQUAL_BLOCKS


def test_large_pictures_are_sampled_by_rows_of_blocks() -> None:
    a = np.tile(textured(), (4, 4, 1))
    b = a.copy()
    b[:960] ^= 1
    assert equal_blocks(paired(a, b)) == pytest.approx(0.5, abs=0.02)


def test_runs_are_separated_by_more_than_a_gap() -> None:
    filled = np.array([0, 1, 1, 0, 0, 1, 0, 0, 0, 1], np.bool_)
    assert runs(filled, 2) == [slice(1, 6), slice(9, 10)]
    assert runs(filled, 1) == [slice(1, 3), slice(5, 6), slice(9, 10)]
    assert runs(np.zeros(4, np.bool_), 2) == []


def test_on_a_long_page_each_change_has_a_box_of_its_own() -> None:
    a = np.tile(page(), (6, 1, 1))
    b = a.copy()
    changed = [Box(250, 60, 20, 10), Box(10, 900, 60, 8), Box(200, 905, 90, 12), Box(300, 1700, 99, 30)]
    for box in changed:
        b[box.slices] = (250, 20, 20)
    assert sorted(boxes(a, b), key=lambda box: box.y) == changed
