from pathlib import Path

import cv2
import numpy as np
import pytest

from app.vision.arrays import UInt8
from app.vision.pair import Pair
from app.vision.photometric.noise import EDGE_REACH, STRIP_ROWS, blockiness, is_clean, is_photograph
from tests.pictures import blurred, jpeg, noisy, read, scene, textured


def drawing() -> UInt8:
    page = np.full((200, 300, 3), 250, np.uint8)
    for line in range(6):
        at, colour = (20, 40 + 25 * line), (20 * line, 30, 90)
        cv2.putText(page, f"Line {line} of the page", at, cv2.FONT_HERSHEY_SIMPLEX, 0.6, colour, 1, cv2.LINE_AA)
    return page


def gray(picture: UInt8) -> UInt8:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)


def pair(a: UInt8, b: UInt8) -> Pair:
    return Pair(a, b, None, None, np.ones(a.shape[:2], np.bool_))


def test_a_drawing_with_smoothed_edges_is_clean() -> None:
    assert is_clean(gray(drawing()))


@pytest.mark.parametrize("quality", [60, 75, 90])
def test_compression_leaves_ripples(quality: int) -> None:
    assert not is_clean(gray(read(jpeg(drawing(), quality))))


def test_grain_is_noise() -> None:
    assert not is_clean(gray(noisy(drawing(), 2)))


@pytest.mark.parametrize("sigma", [1, 3])
def test_a_photograph_is_not_clean(sigma: float) -> None:
    assert not is_clean(gray(noisy(blurred(textured(), sigma), 2)))


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (60, 80)])
def test_a_solid_colour_is_clean(shape: tuple[int, int]) -> None:
    assert is_clean(np.full(shape, 200, np.uint8))


def test_blockiness_measures_the_borders_of_blocks() -> None:
    assert blockiness(gray(drawing())) == pytest.approx(1, abs=0.25)
    blocks = np.kron(np.random.default_rng(0).integers(0, 255, (20, 30)), np.ones((8, 8))).astype(np.uint8)
    assert blockiness(blocks) > 100
    assert blockiness(np.zeros((5, 5), np.uint8)) == 1


@pytest.mark.parametrize("top", [0, STRIP_ROWS - EDGE_REACH, STRIP_ROWS - 1, STRIP_ROWS, 2 * STRIP_ROWS + 7])
def test_ripples_are_counted_across_strips(top: int) -> None:
    """Ripples in the rows next to a bright line count, in whichever strips the rows and the line are."""
    for rippled, clean in ((EDGE_REACH, False), (0, True)):
        picture = np.full((3 * STRIP_ROWS, 90), 100, np.uint8)
        picture[top, 40:50] = 200
        picture[top + 1 : top + 1 + rippled, 30:60:2] += 3
        picture[max(0, top - rippled) : top, 30:60:2] += 3
        assert is_clean(picture) is clean


def test_a_drawing_is_not_a_photograph() -> None:
    page = np.full((300, 400), 255, np.uint8)
    cv2.putText(page, "A page", (30, 160), cv2.FONT_HERSHEY_SIMPLEX, 2, (20,), 3, cv2.LINE_AA)
    assert not is_photograph(page)
    assert not is_photograph(np.zeros((1, 1), np.uint8))


def test_a_picture_with_grain_is_a_photograph() -> None:
    assert is_photograph(scene_in_gray(noise=6))
    assert not is_photograph(np.zeros_like(scene_in_gray(noise=0)))


def scene_in_gray(noise: float) -> UInt8:
    grain = np.random.default_rng(0).normal(0, noise, scene().shape)
    picture = np.clip(scene() + grain, 0, 255).astype(np.uint8)
    return gray(picture)


@pytest.mark.parametrize(
    ("folder", "pattern", "expected"), [("spot", "*_a.jpg", True), ("cases/screens", "*/a.png", False)]
)
def test_on_real_pictures(folder: str, pattern: str, expected: bool, shared: Path) -> None:
    files = sorted((shared / "data" / folder).glob(pattern))[:20]
    for file in files:
        assert is_photograph(np.asarray(cv2.imread(str(file), cv2.IMREAD_GRAYSCALE), np.uint8)) == expected, file
    assert files


def test_what_lies_beside_a_noisy_picture_is_not_measured() -> None:
    page = np.full((400, 300, 3), 200, np.uint8)
    cv2.putText(page, "A sparse page", (40, 60), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (40, 40, 40), 1, cv2.LINE_AA)
    valid = np.zeros((400, 300), np.bool_)
    valid[15:385, 15:285] = True
    beside = np.where(valid[..., None], noisy(page, 4), 255).astype(np.uint8)
    assert not is_clean(gray(beside), valid)
    assert is_clean(gray(np.where(valid[..., None], page, 255).astype(np.uint8)), valid)
    assert is_clean(gray(page), np.zeros_like(valid))  # if nothing is left, the whole picture is measured
