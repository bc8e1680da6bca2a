from pathlib import Path

import numpy as np
import pytest

from training.scenes import board, cut, photographs, scene, screenshot


def test_photographs_are_found_in_all_folders_and_one_in_ten_is_held_out(photos: Path) -> None:
    trained_on, held_out = photographs(photos)
    assert len(trained_on) == 18
    assert len(held_out) == 2
    assert not set(trained_on) & set(held_out)
    assert {path.parent.name for path in trained_on} == {photos.name, "more"}


def test_too_few_photographs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has 0 photographs; at least 10"):
        photographs(tmp_path)


def test_the_same_generator_gives_the_same_scene(photos: Path) -> None:
    trained_on, _ = photographs(photos)
    one, same, other = (scene(trained_on, 96, np.random.default_rng(seed)) for seed in (4, 4, 5))
    assert one.shape == (96, 96, 3)
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


def test_files_that_are_no_pictures_are_passed_over(photos: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    piece = cut([broken, *photographs(photos)[0]], 64, np.random.default_rng(0))
    assert piece.std() > 5
    with pytest.raises(ValueError, match="could not be read"):
        cut([broken], 64, np.random.default_rng(0))


@pytest.mark.parametrize("drawing", [screenshot, board])
def test_drawings_are_flat_and_never_empty(drawing: object) -> None:
    assert callable(drawing)
    for seed in range(20):
        drawn = drawing(128, np.random.default_rng(seed))
        assert drawn.shape == (128, 128, 3)
        assert drawn.dtype == np.uint8
        assert len(np.unique(drawn.reshape(-1, 3), axis=0)) > 1
