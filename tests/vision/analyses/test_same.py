"""One and the same picture twice is worked on once: what comes out is what two equal ones give."""

import numpy as np
import pytest

from app.vision.analyses import ANALYSES
from app.vision.options import Options
from app.vision.pair import Pair
from tests.pictures import paired, scene

# MobileNet is left out: it needs weights, and rounds otherwise for two pictures at a time than for one.
ALONE = [name for name in ANALYSES if name not in ("methods", "mobilenet")]


@pytest.mark.parametrize("name", ALONE)
def test_it_gives_what_two_equal_pictures_give(name: str) -> None:
    equal = paired(scene(), scene())
    same = Pair(equal.rgb_a, equal.rgb_a, None, None, equal.valid)
    assert same.shares_arrays
    assert not equal.shares_arrays
    found, expected = (ANALYSES[name].analyse(pair, Options()) for pair in (same, equal))
    assert (found.metrics, found.facts, found.reason) == (expected.metrics, expected.facts, expected.reason)
    assert found.images.keys() == expected.images.keys()
    for image in found.images:
        np.testing.assert_array_equal(found.images[image], expected.images[image])
