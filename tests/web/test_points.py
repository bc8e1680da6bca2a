"""The option `points` through the API and through the form of the report page."""

import json
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.vision.arrays import Float64
from app.vision.geometry import transform
from tests.pictures import png
from tests.vision.alignment.test_align import dead_leaves, moved, rotation
from tests.vision.alignment.test_multimodal import other_sensor
from tests.web.forms import A, pictures
from tests.web.test_api import assert_problem

SIZE = 640, 480
MOTION = rotation(60, 0.8, 14, -9)
POINTS = [[180, 140], [330, 160], [320, 250]]
TWO = [[20, 20, 20, 20], [200, 130, 200, 130]]


def pairs(count: int = 3) -> list[list[float]]:
    """Points of unlike() that lie on each other, in whole pixels."""
    points: Float64 = np.array(POINTS[:count], np.float64)
    return [[*map(float, row)] for row in np.hstack([points, transform(MOTION, points).round()])]


def unlike() -> dict[str, bytes]:
    """Two small files of one thing that the search cannot line up."""
    a = dead_leaves(4, *SIZE)
    return {"a": png(a), "b": png(other_sensor(moved(a, MOTION, SIZE))[..., 0].copy())}


@pytest.fixture
def stored(client: FlaskClient) -> str:
    """The evaluate route of the stored pair unlike()."""
    found = client.post("/api/v1/pairs", data=pictures(**unlike())).json
    return f"/api/v1/pairs/{found['id']}/evaluate"


class PointsForm(HTMLParser):
    """The form of the report page for points, as a browser without scripts would send it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action, self.fields, self.text = "", dict[str, str](), ""
        self.typing = False
        self.feed(page.split('id="points"')[1].split("</details>")[0])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = values["action"]
        if values.get("type") == "hidden":
            self.fields[values["name"]] = values["value"]
        self.typing = tag == "textarea"

    def handle_data(self, data: str) -> None:
        if self.typing:
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        self.typing = self.typing and tag != "textarea"


def test_json_and_form_line_up_what_the_search_cannot(client: FlaskClient, stored: str) -> None:
    assert client.post(stored, json={"analyses": "pixel"}).json["alignment"]["status"] == "failed"
    by_json = client.post(stored, json={"analyses": "pixel", "points": pairs()}).json
    by_form = client.post(stored, data={"analyses": "pixel", "points": json.dumps(pairs())}).json
    assert by_form["id"] == by_json["id"], "the same question has the same stored answer"
    assert by_json["options"]["points"] == pairs()
    alignment = by_json["alignment"]
    assert (alignment["status"], alignment["points"]) == ("applied", 3)
    assert np.allclose(np.array(alignment["matrix"]) @ MOTION, np.eye(3), atol=3)
    assert "turned by 60" in alignment["summary"]


def test_other_points_are_another_question(client: FlaskClient, stored: str) -> None:
    asked: list[dict[str, Any]] = [{"points": pairs(2)}, {"points": pairs(3)}, {"points": pairs(3), "align": "off"}, {}]
    reports = [client.post(stored, json={"analyses": "pixel", **options}).json for options in asked]
    assert len({report["id"] for report in reports}) == 4
    kinds = [report["alignment"]["kind"] for report in reports]
    assert kinds == ["similarity", "similarity", "affine", "identity"]


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ("[[1, 2, 3", ["points: must be a list of two to four pairs"]),
        ('{"a": 1}', ["points: must be a list"]),
        ("[[1, 2, 3, 4]]", ["points: must have two to four pairs", "not 1"]),
        (json.dumps([[n, n, n, n] for n in range(0, 500, 100)]), ["points: must have two to four pairs", "not 5"]),
        (json.dumps([[1, 2, 3, 4]] * 10_000), ["points: must have two to four pairs", "not 10000"]),
        ("[[1, 2, 3], [1, 2, 3, 4]]", ["points[0]: must be four numbers"]),
        ("1, 2, 3, here\n50, 60, 70, 80", ["points[0][3]: must be a valid number"]),
        ('[[1, 2, 3, "4"], [50, 60, 70, true]]', ["points[0][3]: must be a", "points[1][3]: must be a valid number"]),
        ("[[1, 2, 3, NaN], [50, 60, 70, Infinity]]", ["points[0][3]: must be a finite", "points[1][3]"]),
        ("[[1, 2, 3, 1e9], [50, 60, 70, 80]]", ["points[0][3]: must be less than or equal to 1000000"]),
        ("[[1, 2, 3, 4], [1, 2, 70, 80]]", ["points: must be at least 4 pixels apart", "1 and 2 of A"]),
        ("[[0, 0, 0, 0], [50, 50, 50, 50], [99, 99, 0, 99]]", ["points: must not be on one line", "of A"]),
        ("[[20, 20, 20, 20], [200, 130, 200, 162]]", ["points: must be inside", "point 2 of B", "240 x 160"]),
        ("[[20, 20, 20, 20], [200, 20, 29, 20]]", ["points: must give a motion", "10 times"]),
    ],
)
def test_wrong_points_are_refused_with_the_limit(client: FlaskClient, pair: str, points: str, words: list[str]) -> None:
    assert_problem(client.post(f"/api/v1/pairs/{pair}/evaluate", data={"points": points}), 400, *words)


@pytest.mark.parametrize("points", ["[[1, 2, 3, 4], [50, 60, 70, 80]]", None, {}, [["1", 2, 3, 4], [50, 60, 70, 80]]])
def test_in_json_points_are_lists_of_numbers(client: FlaskClient, pair: str, points: Any) -> None:
    assert_problem(client.post(f"/api/v1/pairs/{pair}/evaluate", json={"points": points}), 400, "points", "must be")


def test_of_a_refused_upload_nothing_is_stored(client: FlaskClient, app: Flask) -> None:
    assert_problem(client.post("/api/v1/evaluate", data=pictures(points="[[0, 0, 0, 0], [9, 9, 9, 999]]")), 400, "of B")
    blobs = app.extensions["image_diff"].settings.data_dir / "blobs"
    assert not [path for path in blobs.rglob("*") if path.is_file() and len(path.name) >= 62]


def test_points_and_ignored_areas_go_together(client: FlaskClient) -> None:
    options: dict[str, Any] = {"analyses": "pixel,regions", "points": json.dumps(TWO), "ignore": "[[40, 50, 70, 60]]"}
    report = client.post("/api/v1/evaluate", data=pictures(**options)).json
    assert report["verdict"]["kind"] == "same"
    assert report["alignment"]["points"] == 2


def test_the_page_of_a_failed_alignment_asks_for_points_and_says_what_they_did(
    client: FlaskClient, stored: str
) -> None:
    report = client.post(stored, json={"analyses": "pixel", "threshold": 0.3, "align": "auto"}).json
    page = client.get(report["links"]["page"]).text
    assert '<details class="points" id="points" open>' in page
    assert 'href="#points"' in page
    form = PointsForm(page)
    assert form.text.strip() == ""
    assert (form.fields["threshold"], "points" in form.fields, "align" in form.fields) == ("0.3", False, False)
    lines = "\r\n".join(", ".join(f"{value:g}" for value in row) for row in pairs())
    answer = client.post(form.action, data={**form.fields, "points": lines})
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"]).text
    assert "by 3 pairs of points that were given" in page
    assert '<details class="points" id="points">' in page
    assert 'href="#points"' not in page
    again = PointsForm(page)
    assert again.text.split() == lines.replace("\r\n", "\n").split()
    back = client.post(again.action, data={**again.fields, "points": ""})
    assert client.get(f"/api/v1{back.headers['Location']}").json["alignment"]["status"] == "failed"


def test_the_other_forms_of_the_page_keep_the_points(client: FlaskClient) -> None:
    report = client.post("/api/v1/evaluate", data=pictures(analyses="pixel", points=json.dumps(TWO))).json
    page = client.get(report["links"]["page"]).text
    assert page.count('name="points" value="[[20.0, 20.0, 20.0, 20.0], [200.0, 130.0, 200.0, 130.0]]"') == 2


def test_a_wrong_form_is_answered_with_a_page(client: FlaskClient, pair: str) -> None:
    token = client.get("/").text.split('name="csrf_token" value="')[1].split('"')[0]
    answer = client.post(f"/pairs/{pair}/evaluate", data={"csrf_token": token, "points": "1, 2, 3"})
    assert answer.status_code == 400
    assert "points: must have two to four pairs" in answer.text


def test_the_downloaded_report_has_no_form(client: FlaskClient) -> None:
    report = client.post("/api/v1/evaluate", data=pictures(b=A, analyses="pixel")).json
    page = client.get(report["links"]["download"]).text
    assert 'id="points"' not in page
