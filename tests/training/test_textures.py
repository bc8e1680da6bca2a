import numpy as np

from training.textures import field, grain


def test_a_field_is_smooth() -> None:
    values = field(160, np.random.default_rng(1))
    assert values.shape == (160, 160)
    assert np.abs(values).max() < 1.6
    assert np.abs(np.diff(values, axis=0)).max() < 0.1


def test_coarse_grain_changes_more_slowly_than_fine_grain() -> None:
    fine, coarse = (grain(160, np.random.default_rng(1), size) for size in (1, 4))
    assert fine.shape == coarse.shape == (160, 160, 1)
    assert np.abs(np.diff(coarse, axis=0)).mean() < 0.6 * np.abs(np.diff(fine, axis=0)).mean()
