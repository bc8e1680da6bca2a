"""Verdicts on a scan of a drawn page with hardly any text: turned, larger, blurred, unevenly lit and noisy."""

import cv2
import numpy as np
import pytest

from app.vision.arrays import UInt8
from app.vision.region import Box, overlaps
from tests.evaluation.comparing import findings
from tests.pictures import jpeg, read

SIZE = 700, 900


def page(edit: str = "") -> UInt8:
    drawn = np.full((SIZE[1], SIZE[0], 3), 255, np.uint8)
    second = {"letter": "Expocted value", "word": "Expected number", "line": ""}.get(edit, "Expected value")
    for y, text in ((90, "This is a test document!"), (150, second)):
        cv2.putText(drawn, text, (70, y), cv2.FONT_HERSHEY_COMPLEX, 0.8, (0, 0, 0), 1, cv2.LINE_AA)
    if edit == "dot":
        cv2.circle(drawn, (200, 190), 4, (0, 0, 0), -1, cv2.LINE_AA)
    return drawn


def scan(drawn: UInt8) -> UInt8:
    motion = cv2.getRotationMatrix2D((SIZE[0] / 2, SIZE[1] / 2), 0.8, 1.03)
    turned = cv2.warpAffine(drawn, motion, SIZE, flags=cv2.INTER_CUBIC, borderValue=(255, 255, 255))
    light = np.linspace(0.9, 0.8, SIZE[0])[None, :, None]
    grain = np.random.default_rng(4).normal(0, 4, (SIZE[1], SIZE[0], 1))
    soft = cv2.GaussianBlur(turned, (0, 0), 0.8)
    return read(jpeg(np.clip(soft * light + grain, 0, 255).astype(np.uint8), 60))


@pytest.mark.parametrize("edit", ["letter", "word", "line", "dot"])
def test_a_change_is_found_at_its_place(edit: str) -> None:
    found = findings(page(), scan(page(edit)))
    assert found.verdict.kind == "changed"
    assert any(overlaps(region.box, Box(70, 120, 300, 80)) for region in found.regions)
    assert all(region.box.width * region.box.height < SIZE[0] * SIZE[1] / 10 for region in found.regions)


def test_the_paper_is_no_change() -> None:
    regions = findings(page(), scan(page())).regions
    assert all(region.box.width * region.box.height < SIZE[0] * SIZE[1] / 10 for region in regions)
