from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.vision.arrays import UInt8
from app.vision.finders import DEFAULT, FINDERS
from app.vision.finders.ssim import CHROMA_STEP, find, groups, hue_step, structure_lost
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.region import Box

DISCS = ((80, 70, 30), (300, 220, 20))


def pair(a: UInt8, b: UInt8) -> Pair:
    return Pair(a, b, None, None, np.ones(a.shape[:2], np.bool_))


def photograph() -> UInt8:
    """Soft blobs of colour above a flat gray ground."""
    noise = np.random.default_rng(5).uniform(0, 255, (300, 400, 3)).astype(np.float32)
    blobs = np.clip((cv2.GaussianBlur(noise, (0, 0), 3) - 127) * 6 + 127, 0, 255)
    blobs[200:] = 150
    return blobs.astype(np.uint8)


def with_discs(picture: UInt8) -> UInt8:
    drawn = picture.copy()
    for x, y, radius in DISCS:
        cv2.circle(drawn, (x, y), radius, (250, 240, 20), -1)
    return drawn


def grainy(picture: UInt8) -> UInt8:
    grain = np.random.default_rng(1).normal(0, 8, picture.shape)
    return np.clip(picture + grain, 0, 255).round().astype(np.uint8)


def recompressed(picture: UInt8) -> UInt8:
    file = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 40])[1]
    return np.asarray(cv2.imdecode(file, cv2.IMREAD_COLOR), np.uint8)


def test_the_default_is_one_of_the_finders() -> None:
    assert DEFAULT in FINDERS


def test_equal_pictures_have_no_regions() -> None:
    assert find(pair(photograph(), photograph()), Options()) == []


@pytest.mark.parametrize("copy", [grainy, recompressed])
def test_a_noisy_copy_has_no_regions(copy: Callable[[UInt8], UInt8]) -> None:
    assert find(pair(photograph(), copy(photograph())), Options()) == []


@pytest.mark.parametrize("copy", [np.copy, grainy, recompressed])
def test_finds_what_was_drawn_the_larger_first(copy: Callable[[UInt8], UInt8]) -> None:
    regions = find(pair(photograph(), copy(with_discs(photograph()))), Options())
    assert len(regions) == len(DISCS)
    for region, (x, y, radius) in zip(regions, DISCS, strict=True):
        box = region.box
        assert [box.x, box.y] == pytest.approx([x - radius, y - radius], abs=6)
        assert [box.width, box.height] == pytest.approx([2 * radius, 2 * radius], abs=12)
        assert 0.5 * radius**2 < region.changed_pixels <= box.width * box.height
        assert 0.5 < region.score <= 1
        assert region.found_by == ("ssim",)


def test_order_of_the_pictures_does_not_matter() -> None:
    a, b = photograph(), with_discs(photograph())
    assert find(pair(a, b), Options()) == find(pair(b, a), Options())


def test_counts_the_changed_pixels_in_the_box() -> None:
    both = pair(photograph(), with_discs(photograph()))
    mask = structure_lost(both) | (hue_step(both) > CHROMA_STEP)
    assert [r.changed_pixels for r in find(both, Options())] == [
        mask[r.box.slices].sum() for r in find(both, Options())
    ]


def test_what_is_not_valid_is_not_structure_lost() -> None:
    valid = np.ones((300, 400), np.bool_)
    valid[:150] = False
    both = Pair(photograph(), with_discs(photograph()), None, None, valid)
    regions = find(both, Options())
    assert len(regions) == 1
    assert regions[0].box.y > 150


def test_pictures_of_different_things_differ_all_over() -> None:
    other = np.ascontiguousarray(photograph()[::-1, ::-1])
    assert structure_lost(pair(photograph(), other)).mean() > 0.4


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (200, 3), (12, 12)])
def test_a_small_picture_can_change_as_a_whole(shape: tuple[int, int]) -> None:
    black, white = np.zeros((*shape, 3), np.uint8), np.full((*shape, 3), 255, np.uint8)
    (region,) = find(pair(black, white), Options())
    assert region.box == Box(0, 0, shape[1], shape[0])
    assert region.changed_pixels == shape[0] * shape[1]
    assert region.score == pytest.approx(1, abs=1e-3)
    assert find(pair(black, black), Options()) == []


def test_joins_neighbours_keeps_others_apart_and_drops_specks() -> None:
    mask = np.zeros((1000, 1000), np.bool_)
    mask[0:40, 2:40] = mask[50:90, 20:60] = True  # ten pixels between them, and near the border
    mask[500:540, 500:540] = True
    mask[800, 800] = True
    area, boxes = groups(mask)
    assert boxes == [Box(2, 0, 58, 90), Box(500, 500, 40, 40)]
    assert area[45, 30]
    assert not area[800, 800]
    assert not area[:, :2].any()


def test_finds_the_changes_of_a_photograph(shared: Path) -> None:
    a, b = (np.asarray(cv2.imread(str(shared / f"data/spot/001_{side}.jpg")), np.uint8) for side in "ab")
    assert len(find(pair(a, b), Options())) == 10
    assert find(pair(a, recompressed(a)), Options()) == []
    assert find(pair(a, grainy(a)), Options()) == []


def test_another_hue_of_the_same_lightness_is_found_and_sure() -> None:
    a, b = photograph(), photograph()
    red, green = (230, 60, 60), (45, 140, 45)
    cv2.circle(a, (200, 250), 20, red, -1)
    cv2.circle(b, (200, 250), 20, green, -1)
    gray = pair(a, b)
    assert abs(int(gray.gray_a[250, 200]) - int(gray.gray_b[250, 200])) < 20
    (region,) = find(gray, Options())
    assert abs(region.box.x + region.box.width / 2 - 200) <= 3
    assert abs(region.box.y + region.box.height / 2 - 250) <= 3
    assert region.score > 0.6


def test_a_slight_cast_over_the_whole_picture_is_no_change() -> None:
    cast = np.clip(photograph() * np.array([1.08, 1.0, 0.92]), 0, 255).astype(np.uint8)
    assert find(pair(photograph(), cast), Options()) == []
