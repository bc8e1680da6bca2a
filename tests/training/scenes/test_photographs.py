from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.vision.arrays import UInt8
from training.scenes.photographs import crowded, cut, photograph, photographs, radiograph, side_by_side, thumbnail

Compose = Callable[[list[Path], int, np.random.Generator], UInt8]


def test_photographs_are_found_in_all_folders_and_one_in_ten_is_held_out(photos: Path) -> None:
    trained_on, held_out = photographs(photos)
    assert len(trained_on) == 18
    assert len(held_out) == 2
    assert not set(trained_on) & set(held_out)
    assert {path.parent.name for path in trained_on} == {photos.name, "more"}


def test_too_few_photographs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has 0 photographs; at least 10"):
        photographs(tmp_path)


def test_files_that_are_no_pictures_are_passed_over(photos: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    piece = cut([broken, *photographs(photos)[0]], 64, np.random.default_rng(0))
    assert piece.std() > 5
    with pytest.raises(ValueError, match="could not be read"):
        cut([broken], 64, np.random.default_rng(0))


@pytest.mark.parametrize("compose", [cut, side_by_side, crowded, radiograph, photograph])
def test_scenes_of_photographs_have_their_shape_and_vary(photos: Path, compose: Compose) -> None:
    trained_on, _ = photographs(photos)
    made = [compose(trained_on, 160, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    for scene in made:
        assert scene.shape == (160, 160, 3)
        assert scene.dtype == np.uint8
        assert scene.std() > 5
    np.testing.assert_array_equal(made[0], made[1])
    assert (made[0] != made[2]).any()


def test_radiographs_are_gray_and_darker_at_the_corners(photos: Path) -> None:
    for seed in range(5):
        scene = radiograph(photographs(photos)[0], 160, np.random.default_rng(seed))
        assert (np.ptp(scene, axis=2) == 0).all()
        assert scene[:12, :12].mean() < scene[60:100, 60:100].mean()


def test_thumbnails_have_the_size_that_is_asked_for(photos: Path) -> None:
    assert thumbnail(photographs(photos)[0], 31, 17, np.random.default_rng(0)).shape == (17, 31, 3)
