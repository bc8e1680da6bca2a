"""Frames that differ, over HTTP: in the report, its pictures, its page and its download."""

import pytest
from flask.testing import FlaskClient

from tests.pictures import animation, changed_scene, read, scene
from tests.web.forms import QUICK, pictures


@pytest.fixture
def report(client: FlaskClient) -> dict[str, dict[str, str]]:
    """The report of two animations whose second frames differ."""
    files = (animation([scene(), 255 - second]) for second in (scene(), changed_scene()))
    answer = client.post("/api/v1/evaluate", data=pictures(*files, analyses=QUICK))
    assert answer.status_code == 201
    found: dict[str, dict[str, str]] = answer.json or {}
    assert found["verdict"]["summary"] == "Frame 2 of 2 differs; the first frames are identical."
    return found


def test_their_pictures_are_drawn_on_request(client: FlaskClient, report: dict[str, dict[str, str]]) -> None:
    for name in ("frame_2_a", "frame_2_b"):
        answer = client.get(report["images"][name])
        assert answer.status_code == 200
        assert read(answer.data).shape == (160, 240, 3)


@pytest.mark.parametrize("link", ["page", "download"])
def test_the_page_shows_them_before_the_equal_first_frames(
    client: FlaskClient, report: dict[str, dict[str, str]], link: str
) -> None:
    page = client.get(report["links"][link]).text
    assert page.index('id="frames"') < page.index('id="viewer"')
    assert 'alt="After: frame 2 with its changes outlined"' in page
    assert "frame 1 of 2" in page


def test_still_pictures_have_no_such_part(client: FlaskClient) -> None:
    found = client.post("/api/v1/evaluate", data=pictures(analyses=QUICK)).json
    assert found
    assert (found["frames"], found["frames_compared"]) == ([], None)
    assert 'id="frames"' not in client.get(found["links"]["page"]).text
