"""Pictures of extreme proportions are compared, shown and downloaded."""

import numpy as np
import pytest
from flask.testing import FlaskClient

from app.vision.arrays import UInt8
from app.vision.decoding.header import MAX_SIDE
from tests.pictures import png
from tests.web.forms import pictures

FAST = "pixel,ssim,regions,orb,hash"
SHAPES = [
    ((1, MAX_SIDE), (1, MAX_SIDE)),
    ((MAX_SIDE, 1), (MAX_SIDE, 1)),
    ((8, 60_000), (8, 60_000)),
    ((60_000, 8), (60_000, 8)),
    ((1, MAX_SIDE), (MAX_SIDE, 1)),
    ((1, 1), (1, MAX_SIDE)),
    ((MAX_SIDE, 1), (1, 1)),
    ((60, 80), (MAX_SIDE, 2)),
]


def noise(shape: tuple[int, int], seed: int) -> UInt8:
    """Gray noise (height, width) of few levels for small files, because the test client leaves large ones open."""
    return np.random.default_rng(seed).integers(0, 5, shape, np.uint8) * np.uint8(60)


@pytest.mark.parametrize(("a", "b"), SHAPES)
def test_ribbons_are_compared_shown_and_downloaded(client: FlaskClient, a: tuple[int, int], b: tuple[int, int]) -> None:
    answer = client.post("/api/v1/evaluate", data=pictures(png(noise(a, 1)), png(noise(b, 2)), analyses=FAST))
    assert answer.status_code == 201, answer.text
    page = answer.json["links"]["page"]
    for link in (page, f"{page}/download.html", f"{page}/sheet.png", *answer.json["images"].values()):
        assert client.get(link).status_code == 200, link


@pytest.mark.parametrize("shape", [(1, MAX_SIDE + 1), (MAX_SIDE + 1, 1), (1, 1_000_000), (1_000_000, 1)])
@pytest.mark.parametrize("field", ["a", "b"])
def test_a_longer_side_is_refused_with_both_numbers(client: FlaskClient, shape: tuple[int, int], field: str) -> None:
    long = png(np.zeros((*shape, 3), np.uint8))
    for route in ("/api/v1/evaluate", "/api/v1/pairs"):
        answer = client.post(route, data=pictures(**{field: long}))
        assert answer.status_code == 422, answer.text
        assert answer.json["field"] == field
        expected = f"{field} ({field}.png): it has a side of {max(shape):,} pixels; the limit is {MAX_SIDE:,}"
        assert answer.json["detail"] == expected
