"""Each route with valid, missing, malformed and unknown input, another owner's id, and a wrong method."""

import io
import json
from typing import Any

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.vision.analyses import default_analyses
from tests.pictures import changed_scene, png, read, resized, scene
from tests.web.forms import QUICK, A, pictures

UNKNOWN = "0" * 32

METRICS = {
    "exact_match_rate",
    "pixel_match_rate",
    "different_pixels",
    "mse",
    "psnr",
    "ssim",
    "ms_ssim",
    "orb_keypoints_a",
    "orb_keypoints_b",
    "orb_matches",
    "orb_inliers",
    "orb_similarity",
    "ahash_distance",
    "phash_distance",
    "dhash_distance",
    "whash_distance",
}


def assert_problem(answer: TestResponse, status: int, *words: str) -> None:
    """Assert an RFC 9457 response whose detail contains all the words."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    assert answer.json["status"] == status
    assert answer.json["title"]
    assert answer.json["type"]
    assert all(word in answer.json["detail"] for word in words), answer.json


class TestPairs:
    def test_stores_and_shows(self, client: FlaskClient) -> None:
        answer = client.post("/api/v1/pairs", data=pictures())
        assert answer.status_code == 201
        assert answer.headers["Location"] == answer.json["links"]["self"]
        assert answer.json["a"]["name"] == "a.png"
        assert answer.json["a"]["bytes"] == len(A)
        assert client.get(answer.headers["Location"]).json == answer.json

    @pytest.mark.parametrize("field", ["a", "b"])
    def test_a_missing_or_empty_picture_is_named(self, client: FlaskClient, field: str) -> None:
        assert_problem(client.post("/api/v1/pairs", data=pictures(**{field: None})), 400, field, "missing")
        assert_problem(client.post("/api/v1/pairs", data=pictures(**{field: b""})), 400, field, "empty")

    def test_a_body_that_is_not_a_form_is_refused(self, client: FlaskClient) -> None:
        assert_problem(client.post("/api/v1/pairs", json={"a": "picture"}), 400, "a:")

    @pytest.mark.parametrize("body", [b"\0" * 100, b"--x\r\nFalse--x--\r\n", b"--x\r\n\r\n"])
    @pytest.mark.parametrize("boundary", ["", "; boundary=x"])
    def test_an_unreadable_form_is_refused(self, client: FlaskClient, pair: str, body: bytes, boundary: str) -> None:
        """It must not count as a form without fields, which would mean the defaults."""
        sent: dict[str, Any] = {"data": body, "content_type": f"multipart/form-data{boundary}"}
        assert_problem(client.post("/api/v1/pairs", **sent), 400)
        assert_problem(client.post(f"/api/v1/pairs/{pair}/evaluate", **sent), 400, "not a readable multipart form")

    def test_a_form_without_fields_means_the_defaults(self, client: FlaskClient, pair: str) -> None:
        sent: dict[str, Any] = {"data": b"--x--\r\n", "content_type": "multipart/form-data; boundary=x"}
        assert client.post(f"/api/v1/pairs/{pair}/evaluate", **sent).status_code == 200

    def test_a_picture_sent_twice_is_refused(self, client: FlaskClient) -> None:
        form = pictures() | {"a": [(io.BytesIO(A), "1.png"), (io.BytesIO(A), "2.png")]}
        assert_problem(client.post("/api/v1/pairs", data=form), 400, "a: there are 2 files")

    def test_unsupported_format_is_415_and_broken_picture_422(self, client: FlaskClient) -> None:
        foreign = client.post("/api/v1/pairs", data=pictures(b=b"<svg xmlns='http://www.w3.org/2000/svg'/>"))
        assert_problem(foreign, 415, "b (b.png)")
        assert foreign.json["field"] == "b"
        assert_problem(client.post("/api/v1/pairs", data=pictures(a=A[: len(A) // 2])), 422, "a (a.png)")

    def test_too_many_pixels_are_refused_with_both_numbers(self, client: FlaskClient) -> None:
        large = png(np.zeros((1001, 1000, 3), np.uint8))
        assert_problem(client.post("/api/v1/pairs", data=pictures(b=large)), 422, "b", "1 million")

    def test_unknown_and_malformed_ids(self, client: FlaskClient) -> None:
        for bad in (UNKNOWN, "x", "../../etc/passwd", "%00", "a" * 5000):
            assert_problem(client.get(f"/api/v1/pairs/{bad}"), 404)

    def test_wrong_method(self, client: FlaskClient, pair: str) -> None:
        for answer in (client.put(f"/api/v1/pairs/{pair}"), client.get("/api/v1/pairs")):
            assert_problem(answer, 405)
            assert answer.headers["Allow"]


class TestDelete:
    def test_removes_pair_reports_and_pictures(self, client: FlaskClient, app: Flask, report: dict[str, Any]) -> None:
        assert client.delete(report["links"]["pair"]).status_code == 204
        for link in (report["links"]["pair"], report["links"]["self"], report["images"]["a"]):
            assert_problem(client.get(link), 404)
        blobs = app.extensions["image_diff"].settings.data_dir / "blobs"
        assert not [path for path in blobs.rglob("*") if path.is_file() and len(path.name) >= 62]

    def test_unknown(self, client: FlaskClient) -> None:
        assert_problem(client.delete(f"/api/v1/pairs/{UNKNOWN}"), 404)

    def test_another_owners_pair(self, client: FlaskClient, app: Flask) -> None:
        """Only the browser that stored a pair can delete it, and only with the page's token."""
        app.config["WTF_CSRF_ENABLED"] = True
        page = client.get("/").text
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        form = pictures(csrf_token=token)
        made = client.post("/upload", data=form, headers={"Accept": "application/json"}).json
        link = made["links"]["self"]
        assert_problem(app.test_client().delete(link), 404)
        assert_problem(client.delete(link), 400, "csrf_token")
        assert client.get(link).status_code == 200
        assert client.delete(link, headers={"X-CSRFToken": token}).status_code == 204


class TestEvaluate:
    def test_store_and_evaluate_in_one_call(self, client: FlaskClient) -> None:
        answer = client.post("/api/v1/evaluate", data=pictures())
        assert answer.status_code == 201
        report = answer.json
        assert answer.headers["Location"] == report["links"]["self"]
        assert report["verdict"]["kind"] == "changed"
        assert report["verdict"]["summary"].endswith(".")
        assert report["metrics"].keys() >= METRICS
        statuses = {analysis["name"]: analysis["status"] for analysis in report["analyses"]}
        assert statuses == dict.fromkeys(default_analyses(), "ok")
        assert report["network"]["name"] == "EfficientNet-Lite0"
        assert report["alignment"]["status"] == "not_needed"
        assert report["timings"].keys() >= {"decode", "align", "pixel", "total"}
        assert client.get(report["links"]["self"]).json == report

    def test_the_region_is_where_the_change_is(self, report: dict[str, Any]) -> None:
        (region,) = report["regions"]
        box = region["box"]
        assert box == region["box_b"]
        assert abs(box["x"] + box["width"] / 2 - 75) < 6
        assert abs(box["y"] + box["height"] / 2 - 80) < 6
        assert 0 < region["score"] <= 1
        assert region["changed_pixels"] > 100
        assert region["found_by"]

    def test_a_region_has_its_kind(self, report: dict[str, Any]) -> None:
        (region,) = report["regions"]
        assert region["kind"] == "appeared"
        assert {"moved_to", "moved_from", "before", "after"} <= region.keys()
        assert report["verdict"]["summary"] == "1 thing appeared."

    @pytest.mark.parametrize("finder", ["pixelwise", "ssim", "spotter", "gradient", "difference"])
    def test_the_requested_finder_is_used(self, client: FlaskClient, finder: str) -> None:
        report = client.post("/api/v1/evaluate", data=pictures(analyses="regions", finder=finder)).json
        assert {tuple(region["found_by"]) for region in report["regions"]} == {(finder,)}
        assert report["options"]["finder"] == finder

    def test_inserted_rows_are_reported_in_pixels_of_b(self, client: FlaskClient) -> None:
        page = scene()
        longer = np.concatenate([page[:90], np.full((40, 240, 3), 7, np.uint8), page[90:]])
        report = client.post("/api/v1/evaluate", data=pictures(png(page), png(longer), analyses="regions")).json
        (region,) = report["regions"]
        assert region["box_b"] == {"x": 0, "y": 90, "width": 240, "height": 40}
        assert report["alignment"]["kind"] == "rows"
        assert report["verdict"]["summary"] == "40 rows were inserted. B is 40 px taller."

    def test_identical(self, client: FlaskClient) -> None:
        report = client.post("/api/v1/evaluate", data=pictures(b=A)).json
        assert report["verdict"]["kind"] == "identical"
        assert report["regions"] == []
        assert report["metrics"]["psnr"] is None
        assert "infinite" in next(a["reason"] for a in report["analyses"] if a["name"] == "pixel")

    def test_only_requested_analyses_run(self, client: FlaskClient) -> None:
        report = client.post("/api/v1/evaluate", data=pictures(analyses="hash")).json
        assert [analysis["name"] for analysis in report["analyses"]] == ["hash"]
        assert "mse" not in report["metrics"]

    def test_unequal_sizes(self, client: FlaskClient) -> None:
        half = png(resized(scene(), 120, 80))
        answer = client.post("/api/v1/evaluate", data=pictures(b=half, analyses=QUICK))
        assert answer.status_code == 201
        assert (answer.json["b"]["width"], answer.json["b"]["height"]) == (120, 80)
        assert "b_aligned" in answer.json["images"]

    def test_the_threshold_changes_the_result(self, client: FlaskClient) -> None:
        counts = [
            client.post("/api/v1/evaluate", data=pictures(analyses="pixel", threshold=threshold)).json["metrics"]
            for threshold in ("0", "0.1", "1")
        ]
        assert counts[0]["different_pixels"] >= counts[1]["different_pixels"] > counts[2]["different_pixels"] == 0

    def test_an_ignored_change_is_no_change(self, client: FlaskClient) -> None:
        ignore = json.dumps([{"x": 40, "y": 50, "width": 70, "height": 60}])
        report = client.post("/api/v1/evaluate", data=pictures(analyses=QUICK, ignore=ignore)).json
        assert report["verdict"]["kind"] == "same"
        assert report["metrics"]["different_pixels"] == 0

    def test_ignoring_everything_is_refused_and_nothing_is_stored(self, client: FlaskClient, app: Flask) -> None:
        ignore = json.dumps([{"x": 0, "y": 0, "width": 5000, "height": 5000}])
        assert_problem(client.post("/api/v1/evaluate", data=pictures(ignore=ignore)), 400, "ignore")
        blobs = app.extensions["image_diff"].settings.data_dir / "blobs"
        assert not [path for path in blobs.rglob("*") if path.is_file() and len(path.name) >= 62]

    def test_wrong_options_are_named(self, client: FlaskClient, pair: str) -> None:
        assert_problem(client.post("/api/v1/evaluate", data=pictures(threshold="2")), 400, "threshold")
        evaluate = f"/api/v1/pairs/{pair}/evaluate"
        assert_problem(client.post(evaluate, json={"align": 1}), 400, "align")
        assert_problem(client.post(evaluate, json=["pixel"]), 400, "JSON object")
        for body in ("{", "", "[" * 100_000, b'{"a\xff": 1}'):
            assert_problem(client.post(evaluate, data=body, content_type="application/json"), 400, "JSON")

    def test_a_stored_pair_by_json_form_or_nothing(self, client: FlaskClient, pair: str) -> None:
        evaluate = f"/api/v1/pairs/{pair}/evaluate"
        by_json = client.post(evaluate, json={"analyses": ["pixel"]})
        by_form = client.post(evaluate, data={"analyses": "pixel"})
        assert by_json.status_code == by_form.status_code == 200
        assert by_json.json["metrics"] == by_form.json["metrics"]
        assert client.post(evaluate).status_code == 200

    def test_equal_requests_return_the_stored_report(self, client: FlaskClient, pair: str) -> None:
        evaluate = f"/api/v1/pairs/{pair}/evaluate"
        first = client.post(evaluate, json={"analyses": "pixel"}).json
        assert client.post(evaluate, json={"analyses": "pixel"}).json == first
        assert client.post(evaluate, json={"analyses": "pixel", "fresh": True}).json["id"] != first["id"]
        other = client.post("/api/v1/evaluate", data=pictures(analyses="pixel")).json
        assert other["metrics"] == first["metrics"]
        assert (other["id"], other["pair"]) != (first["id"], first["pair"])

    def test_an_option_sent_twice_or_as_a_file_is_refused(self, client: FlaskClient, pair: str) -> None:
        evaluate = f"/api/v1/pairs/{pair}/evaluate"
        for address, form in ((evaluate, {}), ("/api/v1/evaluate", pictures())):
            sent = client.post(address, data=form | {"ignore": (io.BytesIO(b"[]"), "boxes.json")})
            assert_problem(sent, 400, "ignore: must not be a file")
        assert_problem(client.post(evaluate, data=pictures()), 400, "must not be a file")
        assert_problem(client.post(evaluate, data={"threshold": ["0.1", "0.2"]}), 400, "threshold")
        listed = client.post(evaluate, data={"analyses": ["pixel", "regions"]}).json
        assert [analysis["name"] for analysis in listed["analyses"]] == ["pixel", "regions"]

    def test_a_picture_sent_as_text_is_refused(self, client: FlaskClient) -> None:
        assert_problem(
            client.post("/api/v1/evaluate", data=pictures(a=None) | {"a": "a.png"}), 400, "a:", "as the file"
        )

    @pytest.mark.parametrize("media_type", ["text/plain", "application/octet-stream", ""])
    def test_a_body_of_another_media_type_is_refused(self, client: FlaskClient, pair: str, media_type: str) -> None:
        sent = client.post(f"/api/v1/pairs/{pair}/evaluate", data=b'{"align": "off"}', content_type=media_type)
        assert_problem(sent, 400, "Content-Type: application/json")

    def test_unknown_pair_and_wrong_method(self, client: FlaskClient) -> None:
        assert_problem(client.post(f"/api/v1/pairs/{UNKNOWN}/evaluate"), 404)
        assert_problem(client.get(f"/api/v1/pairs/{UNKNOWN}/evaluate"), 405)
        assert_problem(client.get("/api/v1/evaluate"), 405)


class TestReports:
    def test_images(self, client: FlaskClient, report: dict[str, Any]) -> None:
        assert report["images"].keys() >= {"a", "b", "difference", "thumbnail_a", "thumbnail_b"}
        for name, link in report["images"].items():
            answer = client.get(link)
            assert answer.status_code == 200, name
            assert answer.mimetype in ("image/png", "image/jpeg")
            assert read(answer.data).size
            assert "sandbox" in answer.headers["Content-Security-Policy"]
            assert "private" in answer.headers["Cache-Control"]

    def test_a_cached_image_is_not_sent_again(self, client: FlaskClient, report: dict[str, Any]) -> None:
        first = client.get(report["images"]["a"])
        again = client.get(report["images"]["a"], headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")

    def test_the_picture_served_is_the_picture_sent(self, client: FlaskClient, report: dict[str, Any]) -> None:
        shown = read(client.get(report["images"]["b"]).data)
        assert np.abs(shown.astype(int) - changed_scene()).mean() < 3

    def test_unknown(self, client: FlaskClient, report: dict[str, Any]) -> None:
        assert_problem(client.get(f"/api/v1/reports/{UNKNOWN}"), 404)
        assert_problem(client.get(f"/api/v1/reports/{UNKNOWN}/images/a"), 404)
        for name in ("nothing", "..%2f..%2fsecret", "%00"):
            assert_problem(client.get(f"{report['links']['self']}/images/{name}"), 404)

    def test_wrong_method(self, client: FlaskClient, report: dict[str, Any]) -> None:
        assert_problem(client.post(report["links"]["self"]), 405)
        assert_problem(client.delete(report["images"]["a"]), 405)


def test_an_unknown_address_below_the_api_is_a_problem(client: FlaskClient) -> None:
    assert_problem(client.get("/api/v1/nothing"), 404)
    assert_problem(client.get("/api/nothing"), 404)
