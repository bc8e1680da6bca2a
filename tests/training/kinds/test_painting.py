import numpy as np

from tests.pictures import textured
from training.kinds.events import paste
from training.kinds.painting import contrast, pale, retouch, segment, tinted

SCENE = textured(144, 144)
RED = np.dstack([np.full((30, 40), level, np.uint8) for level in (20, 20, 220, 255)])


def test_retouching_hides_a_thing() -> None:
    plain = np.full((144, 144, 3), 150, np.uint8)
    with_thing, shape = paste(plain, RED, np.array([70, 60], np.float32))
    for seed in range(6):
        hidden = retouch(with_thing, shape, np.random.default_rng(seed)).astype(int)
        assert np.abs(hidden - 150).mean() < 4


def test_a_segment_has_about_one_colour() -> None:
    scene = np.full((144, 144, 3), 150, np.uint8)
    scene[40:90, 30:110] = (30, 160, 60)
    shape = segment(scene, np.random.default_rng(0))
    assert shape.max() == 1
    assert shape.mean() < 0.5


def test_other_colours_keep_the_texture() -> None:
    shape = np.ones(SCENE.shape[:2], np.float32)
    for seed in range(12):
        after = tinted(SCENE, shape, np.random.default_rng(seed))
        correlation = np.corrcoef(SCENE.mean(axis=2).ravel(), after.mean(axis=2).ravel())[0, 1]
        assert correlation > 0.5


def test_a_pale_thing_hardly_stands_out() -> None:
    with_thing, shape = paste(np.full((144, 144, 3), 150, np.uint8), RED, np.array([70, 60], np.float32))
    faint = pale(with_thing, shape, np.random.default_rng(0))
    assert 5 < contrast(faint, shape) < contrast(with_thing, shape) / 2
