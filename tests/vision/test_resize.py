import cv2
import numpy as np
import pytest

from app.vision.resize import MAX_CROP, crop, halve, reduce, reduce_for_display, reduce_mask


@pytest.mark.parametrize("shape", [(88, 120), (91, 121, 3), (642, 480, 3), (44, 61)])
def test_it_is_the_mean_over_areas_within_a_level(shape: tuple[int, ...]) -> None:
    image = cv2.GaussianBlur(np.random.default_rng(2).integers(0, 256, shape, np.uint8), (0, 0), 4).astype(np.uint8)
    small = reduce_for_display(image, (30, 22))
    assert small.shape == (22, 30, *shape[2:])
    expected = cv2.resize(image.astype(np.float32), (30, 22), interpolation=cv2.INTER_AREA)
    assert np.abs(small - expected).max() < 1.5


def test_halving_takes_the_mean_of_four_and_leaves_an_odd_row_and_column_out() -> None:
    image = np.array([[0, 4, 9], [8, 4, 9], [9, 9, 9]], np.float32)
    assert halve(image).tolist() == [[4]]


def test_an_even_picture_stays_as_even_as_it_is() -> None:
    assert (reduce_for_display(np.full((1001, 777, 3), 201, np.uint8), (50, 60)) == 201).all()


def test_the_size_itself_is_left_alone() -> None:
    image = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    assert (reduce_for_display(image, (30, 20)) == image).all()


@pytest.mark.parametrize("shape", [(600, 40), (601, 37, 3), (1234, 50)])
@pytest.mark.parametrize("rows", [1, 7, 60, 100])
def test_many_rows_to_one_is_the_mean_over_areas_too(shape: tuple[int, ...], rows: int) -> None:
    image = np.random.default_rng(5).integers(0, 256, shape, np.uint8)
    small = reduce(image, (9, rows))
    expected = cv2.resize(image.astype(np.float64), (9, rows), interpolation=cv2.INTER_AREA)
    assert small.dtype == np.uint8
    assert np.abs(small - expected).max() <= 0.501


def test_a_part_of_a_picture_is_reduced_as_its_copy_is() -> None:
    image = np.random.default_rng(6).integers(0, 256, (700, 90, 3), np.uint8)
    part = image[30:-31, 11:-12]
    assert np.array_equal(reduce(part, (20, 30)), reduce(part.copy(), (20, 30)))


def test_a_pixel_of_a_reduced_mask_is_set_if_its_whole_area_is() -> None:
    mask = np.ones((4, 6), np.bool_)
    np.testing.assert_array_equal(reduce_mask(mask, (3, 2)), np.ones((2, 3), np.bool_))
    mask[1, 2] = mask[3, 5] = False
    assert reduce_mask(mask, (3, 2)).tolist() == [[True, False, True], [True, True, False]]


def test_a_crop_repeats_the_border_outside() -> None:
    picture = np.arange(12, dtype=np.uint8).reshape(3, 4)
    np.testing.assert_array_equal(crop(picture, (1, 3), (0, 2)), [[4, 5], [8, 9]])
    np.testing.assert_array_equal(crop(picture, (-1, 1), (3, 6)), [[3, 3, 3], [3, 3, 3]])
    np.testing.assert_array_equal(crop(np.dstack([picture] * 3), (2, 4), (2, 3))[..., 0], [[10], [10]])


def test_a_crop_of_a_ribbon_is_small() -> None:
    ribbon = np.zeros((1_000_000, 1, 3), np.uint8)
    ribbon[500_000:] = 9
    view = crop(ribbon, (-300_000, 1_300_000), (-250_000, 250_000))
    assert view.shape == (MAX_CROP, MAX_CROP, 3)
    assert (view[0, 0, 0], view[-1, -1, 0]) == (0, 9)
