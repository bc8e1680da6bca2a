import numpy as np

from app.vision.region import Box, map_box


def test_slices_pick_the_box() -> None:
    picture = np.zeros((10, 20), np.uint8)
    picture[Box(3, 4, 5, 2).slices] = 1
    assert picture.sum() == 10
    assert picture[4, 3] == picture[5, 7] == 1


def test_identity_keeps_a_box() -> None:
    assert map_box(Box(3, 4, 5, 6), np.eye(3), (100, 100)) == Box(3, 4, 5, 6)


def test_a_shift_moves_it_and_the_picture_clips_it() -> None:
    shift = np.array([[1, 0, 10], [0, 1, -6], [0, 0, 1]], float)
    assert map_box(Box(3, 4, 5, 6), shift, (100, 100)) == Box(13, 0, 5, 4)
    assert map_box(Box(90, 90, 5, 6), shift, (100, 100)) == Box(99, 84, 1, 6)


def test_doubling_in_pixel_centres_doubles_the_box_exactly() -> None:
    double = np.array([[2, 0, 0.5], [0, 2, 0.5], [0, 0, 1]], float)
    assert map_box(Box(3, 4, 5, 6), double, (100, 100)) == Box(6, 8, 10, 12)
