from pathlib import Path

import cv2
import numpy as np
import pytest

from app.vision.arrays import UInt8
from training.kinds.things import DRAWN, LARGEST, cut_out, save_cut_outs, thing, turned


def mug() -> UInt8:
    """A photograph of a dark red mug before a light wall with some grain."""
    random = np.random.default_rng(3)
    picture = np.full((150, 200, 3), (225, 220, 210), np.uint8)
    cv2.ellipse(picture, (100, 78), (38, 46), 0, 0, 360, (40, 30, 130), -1, cv2.LINE_AA)
    return np.asarray(np.clip(picture + random.normal(0, 3, picture.shape), 0, 255), np.uint8)


def test_the_thing_before_a_plain_wall_is_cut_out() -> None:
    found = cut_out(mug())
    assert found is not None
    inside = found[..., 3] > 128
    truth = np.zeros(inside.shape, np.uint8)
    cv2.ellipse(truth, (100, 78), (38, 46), 0, 0, 360, 1, -1)
    common, either = (inside & (truth > 0)).sum(), (inside | (truth > 0)).sum()
    assert common / either > 0.9


@pytest.mark.parametrize("level", [0, 128])
def test_a_photograph_of_nothing_has_no_thing(level: int) -> None:
    assert cut_out(np.full((90, 120, 3), level, np.uint8)) is None


def test_things_are_saved_once_and_at_most_so_many(tmp_path: Path) -> None:
    photographs = [tmp_path / f"{number}.png" for number in range(9)]
    for path in photographs:
        cv2.imwrite(str(path), mug())
    found = save_cut_outs(photographs, tmp_path / "things", 4)
    assert len(found) == 4
    written = [path.stat().st_mtime_ns for path in found]
    assert save_cut_outs(photographs, tmp_path / "things", 4) == found
    assert [path.stat().st_mtime_ns for path in found] == written


@pytest.mark.parametrize("draw", DRAWN)
@pytest.mark.parametrize("extent", [9, 80])
def test_what_is_drawn_has_alpha_and_about_its_extent(draw: object, extent: int) -> None:
    assert callable(draw)
    for seed in range(5):
        drawn = draw(extent, np.random.default_rng(seed))
        assert drawn.dtype == np.uint8
        assert drawn.shape[2] == 4
        assert drawn[..., 3].any()
        assert max(drawn.shape) < 6 * extent + 8


def test_the_same_generator_gives_the_same_thing(photos: Path) -> None:
    paths = sorted(photos.rglob("*.png"))
    for seed in range(12):
        first, second = (thing(paths, [], np.random.default_rng(seed)) for _ in range(2))
        np.testing.assert_array_equal(first, second)
        assert max(first.shape[:2]) < 3 * LARGEST


def test_a_quarter_turn_exchanges_width_and_height() -> None:
    upright = np.zeros((20, 10, 4), np.uint8)
    upright[..., 3] = 255
    assert turned(upright, 90).shape[:2] in [(10, 20), (10, 21), (11, 20)]
