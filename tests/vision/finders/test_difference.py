import cv2
import numpy as np
import pytest

from app.vision.arrays import Mask, UInt8
from app.vision.finders.difference import find
from app.vision.options import Gradient, Options
from app.vision.pair import Pair
from app.vision.region import Box

PREPROCESS = ["identity", "normalize", "high_pass", "low_pass"]
SHAPES = [(1, 1), (1, 40), (7, 3), (31, 53)]


def pair(a: UInt8, b: UInt8, valid: Mask | None = None) -> Pair:
    """B outside `valid` is A, as in all pairs."""
    valid = np.ones(a.shape[:2], np.bool_) if valid is None else valid
    return Pair(a, np.where(valid[..., None], b, a), None, None, valid)


def options(preprocess: str = "identity", factor: float | None = None) -> Options:
    return Options(gradient=Gradient.model_validate({"preprocess": preprocess, "factor": factor}))


def gray(shape: tuple[int, int], level: int = 100) -> UInt8:
    return np.full((*shape, 3), level, np.uint8)


def noise(shape: tuple[int, int], seed: int) -> UInt8:
    return np.random.default_rng(seed).integers(0, 256, (*shape, 3), np.uint8)


def with_squares(picture: UInt8, *boxes: Box) -> UInt8:
    drawn = picture.copy()
    for box in boxes:
        drawn[box.slices] = 240
    return drawn


def test_the_evidence_is_the_largest_difference_of_the_channels_in_steps_of_the_largest_of_all() -> None:
    a, b = noise((20, 30), 1), noise((20, 30), 2)
    difference = cv2.absdiff(a, b).max(axis=2)
    expected = np.rint(difference / difference.max() * 255)
    np.testing.assert_array_equal(find(pair(a, b), options()).evidence, expected)


def test_regions_have_the_drawn_boxes_and_pixels_the_largest_first() -> None:
    small, large = Box(0, 0, 7, 9), Box(40, 30, 25, 20)
    found = find(pair(gray((60, 80)), with_squares(gray((60, 80)), small, large)), options())
    assert [region.box for region in found.regions] == [large, small]
    assert [region.changed_pixels for region in found.regions] == [500, 63]
    assert [region.score for region in found.regions] == [1, 1]
    assert [region.found_by for region in found.regions] == [("difference",)] * 2
    expected = np.zeros((60, 80), np.bool_)
    expected[small.slices] = expected[large.slices] = True
    np.testing.assert_array_equal(found.mask, expected)


def test_pieces_are_one_region_up_to_eight_pixels_apart() -> None:
    for gap, boxes in [(8, [Box(10, 10, 28, 10)]), (9, [Box(10, 10, 10, 10), Box(29, 10, 10, 10)])]:
        b = with_squares(gray((60, 80)), Box(10, 10, 10, 10), Box(20 + gap, 10, 10, 10))
        regions = find(pair(gray((60, 80)), b), options()).regions
        assert sorted((region.box for region in regions), key=lambda box: box.x) == boxes
        assert [region.changed_pixels for region in regions] == [200 // len(boxes)] * len(boxes)


@pytest.mark.parametrize("preprocess", PREPROCESS)
@pytest.mark.parametrize("shape", SHAPES)
def test_equal_pictures_have_no_regions_and_no_evidence(preprocess: str, shape: tuple[int, int]) -> None:
    found = find(pair(noise(shape, 1), noise(shape, 1)), options(preprocess))
    assert found.regions == []
    assert not found.mask.any()
    assert not found.evidence.any()
    assert found.evidence.shape == shape


@pytest.mark.parametrize("preprocess", PREPROCESS)
@pytest.mark.parametrize("shape", SHAPES)
def test_the_order_of_the_pictures_does_not_matter(preprocess: str, shape: tuple[int, int]) -> None:
    a, b = noise(shape, 1), noise(shape, 2)
    first, second = (find(both, options(preprocess)) for both in (pair(a, b), pair(b, a)))
    assert first.regions == second.regions
    np.testing.assert_array_equal(first.evidence, second.evidence)


@pytest.mark.parametrize("preprocess", PREPROCESS)
def test_noise_of_one_level_has_no_regions(preprocess: str) -> None:
    a = np.clip(noise((60, 80), 1), 1, 254)
    b = np.asarray(a + np.random.default_rng(2).integers(-1, 2, a.shape), np.uint8)
    assert find(pair(a, b), options(preprocess)).regions == []


def test_a_square_stands_out_of_noise() -> None:
    square = Box(30, 20, 20, 20)
    a = gray((60, 80))
    b = np.clip(with_squares(a, square) + np.random.default_rng(1).normal(0, 8, a.shape), 0, 255).astype(np.uint8)
    (region,) = find(pair(a, b), options()).regions
    assert region.box == square


def test_a_uniform_change_of_light_is_a_difference_and_not_noise() -> None:
    (region,) = find(pair(gray((60, 80)), gray((60, 80), 120)), options()).regions
    assert region.box == Box(0, 0, 80, 60)
    assert region.changed_pixels == 4800


def test_pictures_of_different_scenes_differ_everywhere() -> None:
    (region,) = find(pair(noise((60, 80), 1), noise((60, 80), 2)), options()).regions
    assert region.box == Box(0, 0, 80, 60)


def test_invalid_pixels_are_no_difference() -> None:
    valid = np.ones((60, 80), np.bool_)
    valid[:, :40] = False
    b = with_squares(gray((60, 80)), Box(5, 5, 20, 20), Box(35, 30, 10, 10))
    for preprocess in PREPROCESS:
        found = find(pair(gray((60, 80)), b, valid), options(preprocess))
        assert found.evidence.any()
        assert not found.evidence[:, :40].any()
        assert not found.mask[:, :40].any()
        assert all(region.box.x >= 40 for region in found.regions)
    nowhere = find(pair(gray((60, 80)), b, np.zeros_like(valid)), options())
    assert nowhere.regions == []


def test_normalizing_removes_changes_of_light_and_contrast() -> None:
    a = np.tile(np.arange(40, 120, dtype=np.uint8)[None, :, None], (60, 1, 3))
    assert find(pair(a, 2 * a + 10), options()).regions
    assert find(pair(a, 2 * a + 10), options("normalize")).regions == []
    b, square = a.copy(), Box(30, 20, 10, 10)
    b[square.slices] = 119
    (region,) = find(pair(a, b // 2 + 60), options("normalize")).regions
    assert region.box == square


def test_a_high_pass_ignores_uniform_light_but_not_detail() -> None:
    a, dot = gray((60, 80)), Box(30, 20, 3, 3)
    assert find(pair(a, a + 50), options()).regions
    assert not find(pair(a, a + 50), options("high_pass")).evidence.any()
    (region,) = find(pair(a, with_squares(a + 50, dot)), options("high_pass")).regions
    assert region.box == dot


def test_a_low_pass_ignores_fine_stripes_but_not_light() -> None:
    a, stripes = gray((60, 80)), gray((60, 80))
    stripes[:, ::2] += 50  # the mean rises by 25: 40 waves over 80 pixels are left out
    found = find(pair(a, stripes), options("low_pass"))
    assert (found.evidence == 255).all()
    wide = gray((60, 80))
    wide[:, ::4] += 50  # 20 waves, too
    assert (find(pair(a, wide), options("low_pass")).evidence < 255).any()
    assert (find(pair(a, wide), options("low_pass", 0.4)).evidence == 255).all()


def test_a_large_picture_is_compared_at_a_megapixel_with_boxes_in_the_full_frame() -> None:
    a, square = gray((1500, 2000)), Box(400, 300, 200, 100)
    found = find(pair(a, with_squares(a, square)), options())
    (region,) = found.regions
    reached = [region.box.x, region.box.y, region.box.width, region.box.height]
    assert reached == pytest.approx([400, 300, 200, 100], abs=4)
    assert found.mask.shape == found.evidence.shape == (1500, 2000)
    assert found.evidence[350, 500] == 255
    assert not found.evidence[:290].any()
