import numpy as np
import pytest

from app.vision.histogram import counts, quantile


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("size", [(1, 1), (1, 2), (31, 40)])
def test_a_quantile_is_that_of_numpy(size: tuple[int, int], share: float) -> None:
    levels = np.random.default_rng(4).integers(0, 256, size, np.uint8)
    assert quantile(counts(levels, 256), share) == pytest.approx(np.quantile(levels, share))


def test_only_what_is_asked_for_is_counted() -> None:
    levels = np.array([[0, 7, 7, 2040]], np.int16)
    among = np.array([[True, True, False, True]])
    found = counts(levels, 2041, among)
    assert {level: found[level] for level in np.flatnonzero(found).tolist()} == {0: 1, 7: 1, 2040: 1}
    assert quantile(found, 0.5) == 7
