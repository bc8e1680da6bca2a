"""Small changes of large photographs are found, and nothing is where only noise and compression differ."""

import cv2
import numpy as np
import pytest

from app.vision.arrays import UInt8
from app.vision.finders.detection import full_resolution, tolerant
from app.vision.pair import Pair
from tests.pictures import jpeg, noisy, paired, read
from tests.vision.alignment.test_align import dead_leaves


@pytest.fixture(scope="module")
def board() -> UInt8:
    """A picture of 2.9 megapixels with fine traces, as a circuit board has them."""
    drawn = np.maximum(cv2.GaussianBlur(dead_leaves(6, 1900, 1500), (0, 0), 3), 30)
    for x in range(60, 1850, 24):
        cv2.line(drawn, (x, 100), (x, 1400), (190, 170, 60), 5, cv2.LINE_AA)
    return np.asarray(drawn, np.uint8)


def photographed(rgb: UInt8, sigma: float) -> UInt8:
    return read(jpeg(noisy(rgb, sigma), 90))


def opened(board: UInt8) -> UInt8:
    """Three traces are open for seven pixels."""
    faulty = board.copy()
    for x, y in ((300, 400), (1020, 800), (1500, 1250)):
        faulty[y : y + 7, x - 6 : x + 7] = faulty[y : y + 7, x - 9 : x - 8]
    return faulty


def test_parts_cover_a_picture_once() -> None:
    seen = np.zeros((1500, 1900), np.uint8)
    for part in full_resolution.parts(seen.shape):
        seen[part.inner] += 1
        assert part.outer[0].start <= part.inner[0].start
        assert part.outer[1].stop >= part.inner[1].stop
    assert (seen == 1).all()


def test_small_faults_of_a_large_picture_are_found(board: UInt8) -> None:
    both = paired(photographed(board, 2), photographed(opened(board), 3))
    assert both.valid.size > tolerant.PARAMETERS.max_pixels
    found = full_resolution.find(both)
    assert len(found.regions) == 3
    for region in found.regions:
        middle = region.box.x + region.box.width // 2, region.box.y + region.box.height // 2
        assert min(np.hypot(x - middle[0], y + 3 - middle[1]) for x, y in ((300, 400), (1020, 800), (1500, 1250))) < 15
        assert found.mask[region.box.slices].any()


def test_noise_and_compression_are_no_faults(board: UInt8) -> None:
    assert full_resolution.find(paired(photographed(board, 2), photographed(board, 3))).regions == []


def test_a_small_picture_is_searched_once(board: UInt8) -> None:
    part: Pair = paired(board[:400, :600], photographed(opened(board), 2)[:400, :600])
    once, twice = tolerant.find(part), full_resolution.find(part)
    assert [region.box for region in once.regions] == [region.box for region in twice.regions]
