from collections.abc import Callable

import cv2
import numpy as np
import pytest

from app.vision.arrays import UInt8
from app.vision.finders.ssim import MIN_LOSS, find, structure_lost
from app.vision.metrics.ssim import ssim_map
from app.vision.options import Options
from app.vision.region import Box
from tests.pictures import jpeg, noisy, paired, read

DISCS = ((80, 70, 30), (300, 220, 20))


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


def recompressed(picture: UInt8) -> UInt8:
    return read(jpeg(picture, 70))


@pytest.mark.parametrize("copy", [lambda picture: noisy(picture, 2), recompressed])
def test_a_small_loss_everywhere_has_no_regions(copy: Callable[[UInt8], UInt8]) -> None:
    assert find(paired(photograph()[:190], copy(photograph())[:190]), Options()).regions == []


def test_finds_the_drawn_boxes_the_largest_first() -> None:
    regions = find(paired(photograph(), with_discs(photograph())), Options()).regions
    assert len(regions) == len(DISCS)
    for region, (x, y, radius) in zip(regions, DISCS, strict=True):
        box = region.box
        assert [box.x, box.y] == pytest.approx([x - radius, y - radius], abs=6)
        assert [box.width, box.height] == pytest.approx([2 * radius, 2 * radius], abs=12)
        assert region.changed_pixels > radius**2
        assert 0.5 < region.score <= 1
        assert region.found_by == ("ssim",)


def test_the_order_of_the_pictures_does_not_matter() -> None:
    a, b = photograph(), with_discs(photograph())
    there, back = find(paired(a, b), Options()), find(paired(b, a), Options())
    assert there.regions == back.regions
    np.testing.assert_array_equal(there.evidence, back.evidence)


def test_the_evidence_is_the_loss_and_the_mask_its_threshold() -> None:
    both = paired(photograph(), with_discs(photograph()))
    found = find(both, Options())
    loss = np.clip(1 - ssim_map(both.gray_a, both.gray_b), 0, 1)
    np.testing.assert_allclose(found.evidence / 255, loss, atol=0.51 / 255)
    np.testing.assert_array_equal(found.mask, structure_lost(found.evidence, both.valid))
    assert found.evidence[found.mask].min() > MIN_LOSS * 255
    assert [r.changed_pixels for r in found.regions] == [found.mask[r.box.slices].sum() for r in found.regions]


def test_otsus_threshold_applies_above_the_lower_bound() -> None:
    a, b = photograph(), photograph()
    b[:200] = noisy(b[:200], 50)
    both = paired(a, b)
    loss = both.ssim_result.loss
    otsu, _ = cv2.threshold(loss, 0, 255, cv2.THRESH_OTSU)
    assert otsu > MIN_LOSS * 255
    np.testing.assert_array_equal(structure_lost(loss, both.valid), loss > otsu)


def test_invalid_pixels_are_not_lost_structure() -> None:
    valid = np.ones((300, 400), np.bool_)
    valid[:150] = False
    found = find(paired(photograph(), with_discs(photograph()), valid), Options())
    assert len(found.regions) == 1
    assert found.regions[0].box.y > 150
    assert not found.evidence[:150].any()


def test_pictures_of_different_scenes_differ_everywhere() -> None:
    other = np.ascontiguousarray(photograph()[::-1, ::-1])
    assert find(paired(photograph(), other), Options()).mask.mean() > 0.4


def test_a_change_of_hue_alone_is_not_found() -> None:
    a, b = photograph(), photograph()
    cv2.circle(a, (200, 250), 20, (230, 60, 60), -1)
    cv2.circle(b, (200, 250), 20, (47, 155, 47), -1)
    both = paired(a, b)
    assert abs(int(both.gray_a[250, 200]) - int(both.gray_b[250, 200])) <= 3
    assert find(both, Options()).regions == []


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (200, 3), (12, 12)])
def test_a_small_picture_can_change_as_a_whole(shape: tuple[int, int]) -> None:
    black, white = np.zeros((*shape, 3), np.uint8), np.full((*shape, 3), 255, np.uint8)
    (region,) = find(paired(black, white), Options()).regions
    assert region.box == Box(0, 0, shape[1], shape[0])
    assert region.changed_pixels == shape[0] * shape[1]
    assert region.score == pytest.approx(1, abs=1e-3)
    assert find(paired(black, black), Options()).regions == []
