import base64
import json
import re
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.execution.process_pool import ProcessPool
from app.vision.arrays import UInt8
from app.vision.finders import FINDERS
from tests.pictures import changed_scene, jpeg, png, read, scene, textured
from tests.web.forms import QUICK, pictures
from tests.web.links import Links

UNKNOWN = "0" * 32
NONE = cast(ProcessPool, None)
PICTURE = re.compile("data:image/[a-z]+;base64,([A-Za-z0-9+/=]+)")


def evaluated(client: FlaskClient, a: bytes, b: bytes, **options: str) -> dict[str, Any]:
    answer = client.post("/api/v1/evaluate", data=pictures(a, b, **options))
    assert answer.status_code == 201, answer.text
    return dict(answer.json or {})


def inline(page: str, element: str) -> UInt8:
    """The picture in the element with this id."""
    found = re.search(rf'id="{element}" href="{PICTURE.pattern}"', page)
    assert found
    return read(base64.b64decode(found[1]))


def flat_pair() -> tuple[bytes, bytes]:
    """Two drawings of a few hundred bytes."""
    a = np.full((160, 240, 3), 240, np.uint8)
    b = a.copy()
    cv2.rectangle(b, (150, 40), (200, 90), (200, 30, 30), -1)
    return png(a), png(b)


def test_the_file_needs_no_other_files(client: FlaskClient, report: dict[str, Any]) -> None:
    page = client.get(report["links"]["download"]).text
    assert [link for link in Links(page).found if not link.startswith(("data:", "#"))] == []
    for element, picture in (("picture-a", scene()), ("picture-b", changed_scene())):
        assert np.abs(inline(page, element).astype(int) - picture).mean() < 12


def test_it_is_not_stored_by_shared_caches(client: FlaskClient, report: dict[str, Any]) -> None:
    answer = client.get(report["links"]["download"])
    assert answer.mimetype == "text/html"
    assert answer.headers["Content-Disposition"] == f"attachment; filename=image-diff-{report['id']}.html"
    assert answer.headers["Cache-Control"] == "private"


def test_unknown_reports_and_wrong_methods(client: FlaskClient, report: dict[str, Any]) -> None:
    for link in (report["links"]["download"],):
        assert client.get(link.replace(report["id"], UNKNOWN)).status_code == 404
        assert client.post(link).status_code == 405


def photographs() -> tuple[bytes, bytes]:
    a = textured(640, 480)
    b = a.copy()
    cv2.circle(b, (300, 300), 50, (250, 240, 30), -1)
    return jpeg(a), jpeg(b)


def noise() -> tuple[bytes, bytes]:
    a = np.random.default_rng(0).integers(0, 256, (200, 300, 3), np.uint8)
    b = a.copy()
    b[100:160, 100:160] = 255
    return png(a), png(b)


@pytest.mark.parametrize("pair", [photographs, noise])
def test_its_size_is_at_most_one_and_a_half_times_the_pictures(client: FlaskClient, pair: Any) -> None:
    a, b = pair()
    report = evaluated(client, a, b, analyses="pixel,ssim,regions")
    page = client.get(report["links"]["download"]).data
    assert len(page) <= 1.5 * (len(a) + len(b))


@pytest.mark.parametrize("name", ["spot/001", "ui/tiger"])
def test_the_limit_holds_for_real_pictures(client: FlaskClient, shared: Path, name: str) -> None:
    a, b = ((shared / "data" / f"{name}_{side}.jpg").read_bytes() for side in "ab")
    report = evaluated(client, a, b, analyses="pixel,ssim,orb,regions")
    page = client.get(report["links"]["download"])
    assert len(page.data) <= 1.5 * (len(a) + len(b))
    assert inline(page.text, "picture-a").shape == read(a).shape
    assert 'data-picture="difference"' in page.text


def test_tiny_pictures_stay_exact_although_the_page_exceeds_the_limit(client: FlaskClient) -> None:
    a, b = flat_pair()
    page = client.get(evaluated(client, a, b, analyses=QUICK)["links"]["download"])
    assert len(page.data) > 1.5 * (len(a) + len(b))
    assert np.array_equal(inline(page.text, "picture-a"), read(a))
    assert np.array_equal(inline(page.text, "picture-b"), read(b))


def test_its_pictures_are_not_links(client: FlaskClient) -> None:
    page = client.get(evaluated(client, *flat_pair())["links"]["download"]).text
    assert page.count('<img src="data:') > 3
    assert '<a href="data:' not in page


def test_the_scripts_contain_no_comments(client: FlaskClient, app: Flask, report: dict[str, Any]) -> None:
    packed = re.search('id="modules">([^<]+)', client.get(report["links"]["download"]).text)
    assert packed
    scripts = json.loads(zlib.decompress(base64.b64decode(packed[1]))).values()
    stored = [file.read_text() for file in Path(app.static_folder or "").glob("js/viewer/*.js")]
    assert len(scripts) == len(stored)
    assert "\n//" in "".join(stored)
    assert "\n//" not in "".join(scripts)


def test_the_saved_comparison_of_the_methods_has_its_pictures_and_no_form(client: FlaskClient) -> None:
    saved = client.get(evaluated(client, *flat_pair(), analyses="methods")["links"]["download"]).text
    assert "<form" not in saved.replace('<form method="dialog">', "")
    assert len(re.findall('<img src="data:image/', saved)) == 2 * len(FINDERS)
    assert [link for link in Links(saved).found if not link.startswith(("data:", "#"))] == []


def test_downloads_of_drawn_reports_need_no_worker(app: Flask, client: FlaskClient, report: dict[str, Any]) -> None:
    assert client.get(report["images"]["a"]).status_code == 200
    app.extensions["image_diff"] = replace(app.extensions["image_diff"], workers=NONE)
    for link in ("download", "sheet"):
        assert client.get(report["links"][link]).status_code == 200
