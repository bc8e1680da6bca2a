"""The PNG sheet over HTTP."""

import cv2
import numpy as np
import pytest
from flask.testing import FlaskClient

from tests.pictures import animation, changed_scene, png, scene
from tests.web.forms import pictures

UNKNOWN = "0" * 32


def sheet_of(client: FlaskClient, a: bytes, b: bytes) -> np.ndarray:
    """The sheet of two pictures, decoded: BGR."""
    report = client.post("/api/v1/evaluate", data={**pictures(a, b), "analyses": "pixel,regions"}).json
    assert report
    answer = client.get(report["links"]["sheet"])
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "private" in answer.headers["Cache-Control"]
    return np.asarray(cv2.imdecode(np.frombuffer(answer.data, np.uint8), cv2.IMREAD_COLOR))


def test_a_sheet_shows_the_change(client: FlaskClient) -> None:
    a, b = png(scene(240, 160)), png(changed_scene(240, 160))
    same, changed = sheet_of(client, a, a), sheet_of(client, a, b)
    line = (changed == (70, 230, 255)).all(axis=2)  # the colour of outlines
    assert line.sum() > 100
    assert not (same == (70, 230, 255)).all(axis=2).any()


def test_transparent_pictures_are_shown_on_white(client: FlaskClient) -> None:
    clear = np.zeros((160, 240, 4), np.uint8)
    cv2.circle(clear, (120, 80), 40, (200, 90, 30, 255), -1)
    data = cv2.imencode(".png", clear)[1].tobytes()
    ground = np.median(sheet_of(client, data, data).reshape(-1, 3), axis=0)
    assert ground.tolist() == [255, 255, 255]


@pytest.mark.parametrize("report", [UNKNOWN, "x", "0" * 33])
def test_an_unknown_report_has_no_sheet(client: FlaskClient, report: str) -> None:
    assert client.get(f"/reports/{report}/sheet.png").status_code == 404


def test_other_methods_are_refused(client: FlaskClient) -> None:
    assert client.delete(f"/reports/{UNKNOWN}/sheet.png").status_code == 405


def test_equal_pictures_have_no_difference_map(client: FlaskClient) -> None:
    a, b = png(scene(240, 160)), png(changed_scene(240, 160))
    assert sheet_of(client, a, a).shape[0] < sheet_of(client, a, b).shape[0]


def test_inserted_rows_are_listed_and_drawn(client: FlaskClient) -> None:
    whole = np.random.default_rng(2).integers(0, 256, (400, 16, 3), np.uint8).repeat(16, axis=1)
    shorter = np.delete(whole, np.s_[120:220], axis=0)
    sheet = sheet_of(client, png(shorter), png(whole))
    assert (sheet == (70, 230, 255)).all(axis=2).any()


def test_frames_that_differ_are_shown(client: FlaskClient) -> None:
    still, moving = ([scene(240, 160), 255 - other(240, 160)] for other in (scene, changed_scene))
    sheet = sheet_of(client, animation(still), animation(moving))
    distance = np.abs(sheet.astype(int) - (70, 230, 255)).max(axis=2)  # the frames are JPEGs
    assert np.count_nonzero(distance < 40) > 100
    assert sheet.shape[0] > sheet_of(client, png(still[0]), png(still[0])).shape[0]
