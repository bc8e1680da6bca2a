import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from app.vision.arrays import Mask, UInt8
from app.vision.finders import difference
from app.vision.finders.gradient import find
from app.vision.options import Gradient, Options
from app.vision.pair import Pair
from app.vision.region import Box, Finding
from tests.pictures import textured

# LPIPS is derived at another size, and its gradient is uneven where all is flat.
FULL_SIZE = ["mse", "psnr", "ssim", "ms_ssim"]
METRICS = [*FULL_SIZE, "lpips"]
PREPROCESS = ["identity", "normalize", "high_pass", "low_pass"]
SHAPES = [(1, 1), (1, 40), (7, 3), (31, 53)]
SQUARE = Box(60, 40, 30, 20)


def pair(a: UInt8, b: UInt8, valid: Mask | None = None) -> Pair:
    """B outside `valid` is A, as in all pairs."""
    valid = np.ones(a.shape[:2], np.bool_) if valid is None else valid
    return Pair(a, np.where(valid[..., None], b, a), None, None, valid)


def options(metric: str, preprocess: str = "identity") -> Options:
    return Options(gradient=Gradient.model_validate({"metric": metric, "preprocess": preprocess}))


def noise(shape: tuple[int, int], seed: int) -> UInt8:
    return np.random.default_rng(seed).integers(0, 256, (*shape, 3), np.uint8)


def with_square(picture: UInt8, square: Box = SQUARE) -> UInt8:
    drawn = picture.copy()
    drawn[square.slices] = 240
    return drawn


def assert_same(first: Finding, second: Finding) -> None:
    assert first.regions == second.regions
    np.testing.assert_array_equal(first.mask, second.mask)
    np.testing.assert_array_equal(first.evidence, second.evidence)


@pytest.mark.parametrize("metric", ["mse", "psnr"])
def test_errors_have_the_map_of_the_difference(metric: str) -> None:
    both = pair(noise((60, 80), 1), noise((60, 80), 2))
    expected = difference.find(both, options(metric))
    np.testing.assert_allclose(find(both, options(metric)).evidence.astype(int), expected.evidence, atol=1)


@pytest.mark.parametrize("metric", ["mse", "psnr"])
def test_errors_have_the_exact_box_of_the_drawing(metric: str) -> None:
    gray = np.full((120, 160, 3), 100, np.uint8)
    (region,) = find(pair(gray, with_square(gray)), options(metric)).regions
    assert region.box == SQUARE
    assert region.changed_pixels == SQUARE.width * SQUARE.height
    assert region.score == 1
    assert region.found_by == ("gradient",)


@pytest.mark.parametrize("metric", ["ssim", "ms_ssim"])
@pytest.mark.parametrize("square", [SQUARE, Box(0, 0, 20, 20), Box(140, 50, 20, 30)])
def test_structure_has_about_the_box_of_the_drawing_also_at_the_border(metric: str, square: Box) -> None:
    picture = noise((120, 160), 1) // 4 + 60
    mask = find(pair(picture, with_square(picture, square)), options(metric)).mask
    assert mask[square.slices].mean() > 0.3
    x, y, width, height = cv2.boundingRect(mask.view(np.uint8))
    assert [x, y, x + width, y + height] == pytest.approx(
        [square.x, square.y, square.x + square.width, square.y + square.height], abs=2
    )


@pytest.mark.parametrize("metric", FULL_SIZE)
def test_a_picture_can_change_as_a_whole(metric: str) -> None:
    black, white = np.zeros((60, 80, 3), np.uint8), np.full((60, 80, 3), 255, np.uint8)
    (region,) = find(pair(black, white), options(metric)).regions
    assert region.box == Box(0, 0, 80, 60)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("preprocess", PREPROCESS)
def test_equal_pictures_have_no_regions_and_no_evidence(metric: str, preprocess: str) -> None:
    found = find(pair(noise((31, 53), 1), noise((31, 53), 1)), options(metric, preprocess))
    assert found.regions == []
    assert not found.mask.any()
    assert not found.evidence.any()


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("preprocess", PREPROCESS)
@pytest.mark.parametrize("shape", SHAPES)
def test_every_size_works_with_every_setting(metric: str, preprocess: str, shape: tuple[int, int]) -> None:
    found = find(pair(noise(shape, 1), noise(shape, 2)), options(metric, preprocess))
    assert found.mask.shape == found.evidence.shape == shape
    if min(shape) > 11:
        assert found.evidence.max() == 255
        assert found.regions


@pytest.mark.parametrize("metric", METRICS)
def test_noise_of_one_level_has_no_regions(metric: str) -> None:
    a = np.full((60, 80, 3), 100, np.uint8)
    b = np.asarray(a + np.random.default_rng(2).integers(-1, 2, a.shape), np.uint8)
    found = find(pair(a, b), options(metric))
    assert found.evidence.any()
    assert found.regions == []


@pytest.mark.parametrize("metric", METRICS)
def test_invalid_pixels_have_no_gradient(metric: str) -> None:
    a = noise((60, 80), 1) // 2
    valid = np.ones((60, 80), np.bool_)
    valid[:, :40] = False
    b = with_square(with_square(a, Box(5, 5, 20, 20)), Box(35, 30, 20, 20))
    found = find(pair(a, b, valid), options(metric))
    assert not found.evidence[:, :40].any()
    assert not found.mask[:, :40].any()
    assert [region.box.x >= 40 for region in found.regions] == [True]
    assert find(pair(a, b, np.zeros_like(valid)), options(metric)).regions == []


def test_a_gradient_in_equal_pixels_is_evidence_but_no_change() -> None:
    a = noise((120, 160), 1) // 4 + 60
    both = pair(a, with_square(a))
    found = find(both, options("ssim"))
    assert found.evidence[~both.unequal].any()
    assert not found.mask[~both.unequal].any()


@pytest.mark.parametrize(("metric", "symmetric"), [("mse", True), ("psnr", True), ("ssim", False), ("ms_ssim", False)])
def test_the_order_of_the_pictures_matters_to_structure_only(metric: str, symmetric: bool) -> None:
    a = noise((60, 80), 1) // 4 + 60
    b = with_square(a, Box(30, 20, 20, 20))
    there, back = (find(both, options(metric)).evidence for both in (pair(a, b), pair(b, a)))
    assert np.array_equal(there, back) == symmetric


def test_the_gradient_of_lpips_is_largest_in_the_change() -> None:
    a = textured(640, 480)
    square = Box(400, 120, 120, 90)
    evidence = find(pair(a, with_square(a, square)), options("lpips")).evidence
    inside = np.zeros(evidence.shape, np.bool_)
    inside[square.slices] = True
    assert evidence.shape == (480, 640)
    assert inside[np.unravel_index(evidence.argmax(), evidence.shape)]
    assert evidence[inside].mean() > 10 * evidence[~inside].mean()


@pytest.mark.parametrize("metric", FULL_SIZE)
def test_the_gradient_of_a_large_picture_is_computed_at_a_megapixel(metric: str) -> None:
    """A long one, so that it is quick: 1,050,000 pixels."""
    a = np.tile(noise((30, 500), 1) // 4 + 60, (1, 70, 1))
    square = Box(20_000, 10, 100, 10)
    found = find(pair(a, with_square(a, square)), options(metric))
    assert found.mask.shape == found.evidence.shape == (30, 35_000)
    assert found.evidence[10:20, 20_000:20_100].max() > 200
    assert all(19_990 <= region.box.x <= 20_100 for region in found.regions)


def test_two_threads_at_once_find_what_one_finds() -> None:
    pairs = [pair(noise((70, 90), seed), noise((70, 90), seed + 9)) for seed in range(2)]
    alone = [find(both, options("ms_ssim")) for both in pairs]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda both: find(both, options("ms_ssim")), pairs))
    for first, second in zip(together, alone, strict=True):
        assert_same(first, second)


def test_tensorflow_is_not_loaded_before_it_is_needed() -> None:
    code = "import sys, app.vision.finders.gradient; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
