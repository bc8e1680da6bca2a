"""The data that the report page passes to its scripts."""

import json
from collections.abc import Iterator
from typing import Any, cast

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient

from app import create_app
from app.config import Settings
from app.evaluation.report import RegionInfo, Report
from app.evaluation.tiles import SIDE
from app.execution.process_pool import ProcessPool
from app.rendering.viewer_data import viewer_data
from app.vision.region import Box
from tests.web.forms import pictures

LEFT, MIDDLE, RIGHT = Box(10, 20, 30, 40), Box(100, 20, 30, 40), Box(200, 20, 30, 40)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, workers: ProcessPool) -> Flask:
    """One application for all tests, because none of them changes it."""
    folder = tmp_path_factory.mktemp("viewer")
    return create_app(Settings(data_dir=folder, tfhub_cache_dir=folder), workers)


@pytest.fixture(scope="module")
def evaluated(app: Flask) -> Report:
    return Report.model_validate(app.test_client().post("/api/v1/evaluate", data=pictures(analyses="pixel")).json)


@pytest.fixture
def shown(app: Flask, evaluated: Report) -> Iterator[Report]:
    """A small report, in a request context."""
    with app.test_request_context():
        yield evaluated


def large(report: Report, **images: str) -> Report:
    """The same report with 6 million pixels in A, and with the given pictures, if any."""
    a = report.a.model_copy(update={"width": 3000, "height": 2000})
    return report.model_copy(update={"a": a, "images": images or report.images})


def region(box: Box, **more: Any) -> RegionInfo:
    return RegionInfo(box=box, box_b=box, changed_pixels=50, score=0.75, found_by=("exact",), **more)


def region_data(report: Report, *regions: RegionInfo) -> list[dict[str, Any]]:
    return list(viewer_data(report, list(regions))["regions"])


def test_the_size_is_that_of_a(shown: Report) -> None:
    data = viewer_data(shown.model_copy(update={"b": shown.b.model_copy(update={"width": 7, "height": 5})}), [])
    assert (data["width"], data["height"]) == (240, 160)
    assert data["ignored"] == data["regions"] == []


def test_regions_are_numbered_as_in_the_list(shown: Report) -> None:
    first, second = region_data(shown, region(RIGHT), region(LEFT))
    assert (first["number"], second["number"]) == (1, 2)
    assert first["box"] == {"x": 200, "y": 20, "width": 30, "height": 40}
    assert first["score"] == 0.75
    assert first["moved_to"] is first["partner"] is None


def test_both_ends_of_a_move_refer_to_each_other(shown: Report) -> None:
    gone = region(LEFT, kind="moved", moved_to=RIGHT)
    come = region(RIGHT, kind="moved", moved_from=LEFT)
    there = region_data(shown, come, region(MIDDLE), gone)
    assert [one["partner"] for one in there] == [3, None, 1]
    assert there[2]["moved_to"] == there[0]["box"]
    assert there[0]["moved_to"] is None


def test_a_move_without_a_listed_target_has_no_partner(shown: Report) -> None:
    (only,) = region_data(shown, region(LEFT, kind="moved", moved_to=MIDDLE))
    assert only["partner"] is None
    assert only["moved_to"] == {"x": 100, "y": 20, "width": 30, "height": 40}


def test_matches_are_measured_from_pixel_edges(shown: Report) -> None:
    report = shown.model_copy(update={"correspondences": [(0.0, 1.0, 2.5, 3.25), (-0.5, 159.0, 239.0, 0.0)]})
    assert viewer_data(report, [])["matches"] == [[0.5, 1.5, 3.0, 3.75], [0.0, 159.5, 239.5, 0.5]]


def test_an_old_report_without_matches(shown: Report) -> None:
    assert viewer_data(shown.model_copy(update={"correspondences": None}), [])["matches"] == []


def test_ignored_areas_are_included(client: FlaskClient, app: Flask) -> None:
    boxes = [{"x": 1, "y": 2, "width": 30, "height": 40}, {"x": 200, "y": 0, "width": 999, "height": 1}]
    answer = client.post("/api/v1/evaluate", data=pictures(analyses="pixel", ignore=json.dumps(boxes)))
    with app.test_request_context():
        assert viewer_data(Report.model_validate(answer.json), [])["ignored"] == boxes


def test_it_is_valid_json(shown: Report) -> None:
    data = viewer_data(large(shown), [region(LEFT, kind="moved", moved_to=RIGHT)])
    assert json.loads(json.dumps(data)) == data


class TestPictures:
    def test_pictures_have_the_viewers_names(self, shown: Report) -> None:
        known = {"a": "/a", "b": "/b", "difference": "/d", "ssim_map": "/s", "thumbnail_a": "/t", "orb_matches": "/o"}
        assert viewer_data(large(shown, **known), [])["pictures"] == {
            "a": "/a",
            "b": "/b",
            "difference": "/d",
            "ssim_map": "/s",
        }

    def test_aligned_b_is_preferred(self, shown: Report) -> None:
        assert viewer_data(large(shown, a="/a", b="/b", b_aligned="/m"), [])["pictures"] == {"a": "/a", "b": "/m"}

    def test_pictures_of_skipped_analyses_are_absent(self, shown: Report) -> None:
        assert set(viewer_data(shown, [])["pictures"]) == {"a", "b", "difference"}
        assert set(viewer_data(large(shown, a="/a", b="/b"), [])["pictures"]) == {"a", "b"}

    def test_a_single_file_embeds_no_picture_twice(self, shown: Report) -> None:
        inline = dict.fromkeys(("a", "b", "b_aligned", "difference", "ssim_map"), "data:image/png;base64,AA==")
        data = viewer_data(large(shown, **inline), [])
        assert set(data["pictures"]) == {"a", "b", "difference", "ssim_map"}
        assert "data:" not in json.dumps(data)


class TestTiles:
    def test_a_picture_in_full_size_has_no_tiles(self, shown: Report) -> None:
        assert viewer_data(shown, [])["tiles"] is None

    def test_tiles_of_large_pictures_have_addresses(self, shown: Report) -> None:
        tiles = viewer_data(large(shown), [])["tiles"]
        assert tiles["side"] == SIDE
        assert tiles["names"] == ["a", "b", "difference"]
        address = tiles["url"].replace("NAME", "difference").replace("COLUMN", "2").replace("ROW", "1")
        assert address == url_for("api.show_image", report=shown.id, name="detail-difference-2-1")

    def test_missing_pictures_have_no_tiles(self, shown: Report) -> None:
        assert viewer_data(large(shown, a="/a", b="/b", ssim_map="/s"), [])["tiles"]["names"] == ["a", "b"]

    def test_a_single_file_has_no_tiles(self, shown: Report) -> None:
        inline = dict.fromkeys(("a", "b", "difference"), "data:image/png;base64,AA==")
        assert viewer_data(large(shown, **inline), [])["tiles"] is None


def test_the_pages_list_every_module_of_the_viewer(app: Flask, client: FlaskClient) -> None:
    modules = cast(list[str], app.jinja_env.globals["viewer_modules"])
    assert "viewer/main.js" in modules
    assert all(client.get(f"/static/js/{name}", buffered=True).status_code == 200 for name in modules)
