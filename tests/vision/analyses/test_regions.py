import numpy as np
import pytest

from app.vision.analyses.regions import analyse
from app.vision.arrays import UInt8
from app.vision.finders import DEFAULT, FINDERS
from app.vision.options import Options
from app.vision.pair import Pair


def pair(a: UInt8, b: UInt8) -> Pair:
    return Pair(a, b, None, None, np.ones(a.shape[:2], np.bool_))


def test_hands_back_what_the_default_finder_found_and_draws_it_on_both() -> None:
    a = np.full((200, 300, 3), 40, np.uint8)
    b = a.copy()
    b[50:90, 60:120] = 220
    both = pair(a, b)
    analysis = analyse(both, Options())
    assert analysis.metrics == {}
    assert len(analysis.facts["regions"]) == 1
    assert analysis.facts["regions"] == FINDERS[DEFAULT](both, Options())
    for name, picture in (("regions_a", a), ("regions_b", b)):
        drawn = analysis.images[name]
        assert (drawn != picture).any()
        assert (drawn[60:80, 70:110] == picture[60:80, 70:110]).all()


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (200, 300)])
def test_equal_pictures_are_shown_as_they_are(shape: tuple[int, int]) -> None:
    a = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    analysis = analyse(pair(a, a), Options())
    assert analysis.facts["regions"] == []
    assert (analysis.images["regions_a"] == a).all()
