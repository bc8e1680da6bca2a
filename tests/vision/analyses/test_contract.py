"""What every analysis promises, whatever it measures."""

import json
import math

import numpy as np
import pytest
from pydantic_core import to_jsonable_python

from app.vision.analyses import ANALYSES, MODULES
from app.vision.analysis import Analysis, Metric
from app.vision.options import Options
from app.vision.pair import Pair
from tests.pictures import changed_scene, paired, scene

BATCHED = {"mobilenet", "methods"}  # a network rounds differently for two pictures at a time than for one

each_analysis = pytest.mark.parametrize("name", ANALYSES)


def analysed(name: str, pair: Pair) -> Analysis:
    return ANALYSES[name].analyse(pair, Options())


def swapped(metrics: dict[str, Metric]) -> dict[str, Metric]:
    """The metrics with those of A and of B exchanged."""
    other = {"_a": "_b", "_b": "_a"}
    return {name[:-2] + other[name[-2:]] if name[-2:] in other else name: metrics[name] for name in metrics}


def test_titles_and_descriptions_are_distinct() -> None:
    for attribute in ("NAME", "TITLE", "DESCRIPTION", "STEP_LABEL"):
        assert len({getattr(module, attribute) for module in MODULES}) == len(MODULES)


@each_analysis
def test_metrics_are_symmetric(name: str) -> None:
    a, b = scene(320, 200), changed_scene(320, 200)  # large enough for MS-SSIM
    forth, back = (analysed(name, paired(*both)) for both in ((a, b), (b, a)))
    assert forth.metrics == pytest.approx(swapped(back.metrics), rel=1e-4)


@each_analysis
def test_a_change_is_seen(name: str) -> None:
    """In the metrics, or by regions where there are no metrics."""
    equal, changed = (analysed(name, paired(scene(), b)) for b in (scene(), changed_scene()))
    assert (equal.metrics, equal.facts.get("regions")) != (changed.metrics, changed.facts.get("regions"))


@each_analysis
def test_results_are_json(name: str) -> None:
    analysis = analysed(name, paired(scene(), changed_scene()))
    assert json.loads(json.dumps(analysis.metrics, allow_nan=False)) == analysis.metrics
    assert all(type(value) in (int, float, type(None)) for value in analysis.metrics.values())
    json.dumps(to_jsonable_python(analysis.facts), allow_nan=False)


@each_analysis
@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (3, 7), (30, 40)])
def test_any_size_gives_values_or_the_reason_why_not(name: str, shape: tuple[int, int]) -> None:
    a, b = np.random.default_rng(0).integers(0, 256, (2, *shape, 3), np.uint8)
    for pair in (paired(a, b), paired(a, a)):
        analysis = analysed(name, pair)
        numbers = [value for value in analysis.metrics.values() if value is not None]
        assert all(map(math.isfinite, numbers))
        assert len(numbers) == len(analysis.metrics) or analysis.reason
        images = [draw() for draw in analysis.images.values()]
        assert all(image.dtype == np.uint8 and image.size for image in images)


@pytest.mark.parametrize("name", [name for name in ANALYSES if name not in BATCHED])
def test_a_picture_with_itself_is_as_two_equal_ones(name: str) -> None:
    """Work on a picture that stands on both sides is done once."""
    equal = paired(scene(), scene())
    itself = Pair(equal.rgb_a, equal.rgb_a, None, None, equal.valid)
    assert itself.shares_arrays
    assert not equal.shares_arrays
    found, expected = analysed(name, itself), analysed(name, equal)
    assert (found.metrics, found.facts, found.reason) == (expected.metrics, expected.facts, expected.reason)
    assert found.images.keys() == expected.images.keys()
    for image in found.images:
        np.testing.assert_array_equal(found.images[image](), expected.images[image]())
