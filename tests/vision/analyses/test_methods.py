import time
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest

from app.vision.analyses import methods
from app.vision.analyses.methods import MAX_PIXELS, MAX_REGIONS, analyse
from app.vision.analysis import Unavailable
from app.vision.arrays import UInt8
from app.vision.drawing import outlines as draw
from app.vision.finders import FINDERS
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.region import Box, Finding, Region
from tests.pictures import changed_scene, scene

Finder = Callable[[Pair, Options], Finding]


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts other finders in the place of ours."""

    def put(**finders: Finder) -> None:
        modules = {name: SimpleNamespace(find=find) for name, find in {"combined": nothing, **finders}.items()}
        monkeypatch.setattr(methods, "FINDERS", modules)

    return put


def pair(a: UInt8, b: UInt8) -> Pair:
    return Pair(a, b, None, None, np.ones(a.shape[:2], np.bool_))


def nothing(pair: Pair, _options: Options) -> Finding:
    return Finding([], np.zeros_like(pair.valid), np.zeros(pair.valid.shape, np.uint8))


def finds(*boxes: Box) -> Finder:
    """A finder that sees these boxes, whatever is there."""

    def find(pair: Pair, _options: Options) -> Finding:
        evidence = np.zeros(pair.valid.shape, np.uint8)
        for box in boxes:
            evidence[box.slices] = 255
        return Finding([Region(box, 1, 0.5, ("it",)) for box in boxes], evidence > 0, evidence)

    return find


def test_each_is_reported_as_it_answers_by_itself() -> None:
    both, options = pair(scene(), changed_scene()), Options()
    analysis = analyse(both, options)
    reported = analysis.facts["methods"]
    assert [method["name"] for method in reported] == list(FINDERS)
    for method in reported:
        alone = FINDERS[method["name"]].find(pair(scene(), changed_scene()), options).regions
        assert method["status"] == "ok"
        assert method["count"] == len(alone)
        assert method["regions"] == [{"box": region.box, "score": region.score} for region in alone[:MAX_REGIONS]]
        assert analysis.images[f"methods_{method['name']}_boxes"]().shape == scene().shape
        assert analysis.images[f"methods_{method['name']}_map"]().shape == scene().shape


def test_equal_pictures_have_no_region_and_are_shown_as_they_are() -> None:
    analysis = analyse(pair(scene(), scene()), Options())
    assert [method["count"] for method in analysis.facts["methods"]] == [0] * len(FINDERS)
    assert analysis.facts["regions"] == []
    for name in FINDERS:
        assert (analysis.images[f"methods_{name}_boxes"]() == scene()).all()
        assert (analysis.images[f"methods_{name}_map"]() == draw.heat(np.zeros((1, 1), np.uint8))).all()


def test_the_regions_are_those_of_the_finder_asked_for(given: Callable[..., None]) -> None:
    given(ssim=finds(Box(3, 4, 5, 6)))
    both = pair(scene(), changed_scene())
    assert [region.box for region in analyse(both, Options(finder="ssim")).facts["regions"]] == [Box(3, 4, 5, 6)]
    assert analyse(both, Options()).facts["regions"] == []


def test_one_that_cannot_run_or_fails_stops_no_other(
    given: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    def absent(_pair: Pair, _options: Options) -> Finding:
        raise Unavailable("Too small for it.")

    def fails(_pair: Pair, _options: Options) -> Finding:
        raise ArithmeticError("the cause")

    given(combined=fails, absent=absent, last=finds(Box(3, 4, 5, 6)))
    analysis = analyse(pair(scene(), scene()), Options())
    first, second, last = analysis.facts["methods"]
    assert (first["status"], second["status"], last["status"]) == ("failed", "unavailable", "ok")
    assert (first["count"], second["reason"], last["count"]) == (0, "Too small for it.", 1)
    assert "the cause" in caplog.text
    assert "the cause" not in first["reason"]
    assert set(analysis.images) == {"methods_last_boxes", "methods_last_map"}
    assert "regions" not in analysis.facts, "that none was found is not known"


def test_none_profits_from_what_another_derived(given: Callable[..., None]) -> None:
    derived: list[set[str]] = []

    def find(pair: Pair, options: Options) -> Finding:
        derived.append({"structure", "unequal", "gray_a"} & vars(pair).keys())
        assert pair.ssim_result.ssim
        assert pair.unequal.any()
        return nothing(pair, options)

    given(first=find, second=find)
    both = pair(scene(), changed_scene())
    assert both.ssim_result.ssim
    analyse(both, Options())
    assert derived == [set()] * 4, "two finders, each once beforehand"


def test_the_time_is_that_of_finding_without_what_is_loaded_first(given: Callable[..., None]) -> None:
    loaded: list[bool] = []

    def loads(pair: Pair, options: Options) -> Finding:
        time.sleep(0 if loaded else 0.3)
        loaded.append(True)
        return nothing(pair, options)

    def takes_time(pair: Pair, options: Options) -> Finding:
        time.sleep(0.05 if pair.size == (240, 160) else 0)
        return nothing(pair, options)

    given(loads=loads, slow=takes_time)
    _, quick, slow = analyse(pair(scene(), scene()), Options()).facts["methods"]
    assert quick["milliseconds"] < 250
    assert slow["milliseconds"] >= 50


def test_of_many_regions_the_first_are_kept_and_all_are_counted(given: Callable[..., None]) -> None:
    boxes = [Box(x, y, 1, 1) for y in range(0, 100, 5) for x in range(0, 100, 5)]
    given(many=finds(*boxes))
    _, many = analyse(pair(scene(), scene()), Options()).facts["methods"]
    assert many["count"] == 400
    assert [region["box"] for region in many["regions"]] == boxes[:MAX_REGIONS]


def test_large_pictures_are_reduced_before_they_are_outlined(given: Callable[..., None]) -> None:
    gray = np.full((1500, 2000, 3), 90, np.uint8)
    given(one=finds(Box(500, 300, 400, 600)))
    images = analyse(pair(gray, gray), Options()).images
    boxes, heat = images["methods_one_boxes"](), images["methods_one_map"]()
    height, width = boxes.shape[:2]
    assert boxes.shape == heat.shape
    assert height * width <= MAX_PIXELS
    rows, columns = (boxes == draw.LINE).all(axis=2).nonzero()
    found = np.array([columns.min(), rows.min(), columns.max(), rows.max()])
    assert np.abs(found - np.array([500, 300, 900, 900]) * width / 2000).max() <= 4
    low, high = draw.heat(np.array([[0, 255]], np.uint8))[0]
    assert (heat[height // 2, width * 7 // 20] == high).all()
    assert (heat[height // 2, width // 10] == low).all()
