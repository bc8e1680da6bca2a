import cv2
import numpy as np
import pytest

from app.vision.histogram import counts, otsu, quantile


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


@pytest.mark.parametrize("centre", [10, 90, 200])
def test_the_threshold_separates_as_that_of_opencv(centre: int) -> None:
    random = np.random.default_rng(5)
    parts = random.normal(40, 12, (60, 50)), random.normal(centre, 9, (20, 50))
    levels = np.clip(np.vstack(parts), 0, 255).astype(np.uint8)
    expected, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_OTSU)
    np.testing.assert_array_equal(levels > otsu(counts(levels, 256)), levels > expected)


@pytest.mark.parametrize("level", [0, 77, 255])
def test_one_level_is_above_the_threshold_unless_it_is_zero(level: int) -> None:
    assert otsu(counts(np.full((4, 6), level, np.uint8), 256)) == 0
    assert otsu(np.zeros(256)) == 0
