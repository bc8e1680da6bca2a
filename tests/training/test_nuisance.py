import numpy as np
import pytest

from tests.pictures import textured
from training.nuisance import AUGMENTATIONS, Nuisance, augment, field

SCENE = textured(160, 160)


@pytest.mark.parametrize("happen", [happen for _, happen in AUGMENTATIONS])
def test_each_alters_the_picture_and_keeps_what_it_shows(happen: Nuisance) -> None:
    altered, alike = 0, []
    for seed in range(8):
        before = SCENE.astype(np.float32)
        after = happen(before.copy(), np.random.default_rng(seed))
        assert after.shape == before.shape
        altered += bool(np.abs(after - before).max() > 1)
        alike.append(np.corrcoef(after.ravel(), before.ravel())[0, 1])
    assert altered >= 6
    assert np.median(alike) > 0.6


def test_the_same_generator_disturbs_alike() -> None:
    one, same = (augment(SCENE, np.random.default_rng(8)) for _ in range(2))
    np.testing.assert_array_equal(one, same)
    assert one.dtype == np.uint8


def test_a_field_is_smooth() -> None:
    values = field(160, np.random.default_rng(1))
    assert values.shape == (160, 160)
    assert np.abs(values).max() < 1.6
    assert np.abs(np.diff(values, axis=0)).max() < 0.1
