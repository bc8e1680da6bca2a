import re

import numpy as np
import pytest

from app.vision.networks import efficientnet_lite0
from tests.evaluation.comparing import findings
from tests.pictures import changed_scene, resized, scene, textured


def test_a_region_has_a_box_in_both_pictures() -> None:
    large = resized(changed_scene(), 480, 320)
    found = findings(scene(), large, align="off")
    (region,) = found.regions
    assert region.box_b.x in range(2 * region.box.x - 1, 2 * region.box.x + 2)
    assert abs(region.box_b.width - 2 * region.box.width) <= 2
    assert np.allclose(np.array(found.alignment.matrix), [[0.5, 0.0, -0.25], [0.0, 0.5, -0.25], [0.0, 0.0, 1.0]])


def test_a_change_of_most_compared_pixels_is_no_condition() -> None:
    """The left third changed and the right half is ignored: ignored pixels do not count as unchanged."""
    a = textured(320, 240)
    b = a.copy()
    b[:, :96] = np.roll(a[:, :96], 60, axis=0) // 2 + 100
    ignored = [{"x": 134, "y": 0, "width": 186, "height": 240}]
    summary = findings(a, b, align="off", ignore=ignored).verdict.summary
    assert re.fullmatch(r"1 thing \w+\.", summary), "no condition such as 'darker' before it"


def test_steps_are_in_order() -> None:
    assert list(findings(scene(), scene()).timings) == ["decode", "align", "pixel", "regions", "draw", "total"]


def test_only_a_report_with_every_analysis_is_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(efficientnet_lite0, "PACKAGE", "no_such_package")
    monkeypatch.setattr(efficientnet_lite0, "_loaded", None)
    assert findings(scene(), changed_scene()).complete
    assert not findings(scene(), changed_scene(), analyses="pixel,mobilenet").complete


def test_the_files_are_described() -> None:
    gray = scene()[..., 1]
    found = findings(scene(), gray)
    assert (found.a.format, found.a.width, found.a.height) == ("PNG", 240, 160)
    assert found.b.colour == "gray"
    assert found.notes


def test_a_report_lists_some_of_very_many_regions_and_counts_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.evaluation.findings.MAX_REGIONS", 5)
    monkeypatch.setattr("app.vision.finders.pixelwise.MAX_REGIONS", 9)
    a = np.full((120, 120, 3), 200, np.uint8)
    b = a.copy()
    for n in range(12):
        width, step = (60, 50) if n < 6 else (4, 150)
        b[10 * n : 10 * n + 4, 5 : 5 + width] -= np.uint8(step)
    settings = {"finder": "pixelwise", "pixelwise": {"reach": 1, "neighbours": 1, "interest": 0}}
    found = findings(a, b, **settings)
    assert found.verdict.summary.startswith("12 things changed")
    assert (len(found.regions), found.regions_omitted, found.region_count) == (5, 7, 12)
    assert {region.box.width for region in found.regions} == {60}, "those with most change"
    assert "Of 12 regions, the 5 with most change are listed." in found.notes
    tolerated = findings(a, b, allow_tone=50, **settings)
    assert tolerated.verdict.summary.startswith("6 things changed")
    assert [region.allowed for region in tolerated.regions] == [None] * 3 + ["allow_tone"] * 2
    assert findings(a, b, allow_share=0.5, **settings).verdict.kind == "same"


def test_regions_that_pass_stay_in_the_report() -> None:
    found = findings(scene(), changed_scene(), allow_share=0.5)
    assert found.verdict.kind == "same"
    assert [region.allowed for region in found.regions] == ["allow_share"]
    assert [one.tolerance for one in found.verdict.allowed] == ["allow_share"]
    assert [region.allowed for region in findings(scene(), changed_scene()).regions] == [None]


@pytest.mark.parametrize("analyses", ["pixel,regions", "pixel,methods"])
def test_small_regions_are_left_out_but_not_silently(analyses: str) -> None:
    (region,) = findings(scene(), changed_scene()).regions
    size = region.changed_pixels
    assert findings(scene(), changed_scene(), analyses=analyses, min_size=size).verdict.kind == "changed"
    found = findings(scene(), changed_scene(), analyses=analyses, min_size=size + 1)
    assert (found.verdict.kind, found.regions) == ("same", [])
    assert [(one.tolerance, one.regions, one.largest) for one in found.verdict.allowed] == [("min_size", 1, size)]
    assert f"fewer than min_size {size + 1}, is not reported" in found.verdict.summary
