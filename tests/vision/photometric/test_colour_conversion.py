"""Conversions to black and white, sepia and negatives are undone, and only those."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from cv2.typing import MatLike

from app.vision.arrays import UInt8
from app.vision.photometric.colour_conversion import undo_conversion
from tests.evaluation.comparing import findings
from tests.pictures import jpeg, noisy, paired, read, textured


def colourful() -> UInt8:
    rgb = textured().astype(np.int16)
    rgb[..., 0] += 40 * (rgb[..., 1] > 128)
    rgb[..., 2] -= 50 * (rgb[..., 1] < 90)
    return noisy(np.clip(rgb, 0, 255).astype(np.uint8), 2)


def gray(rgb: UInt8, weights: tuple[float, float, float] = (0.299, 0.587, 0.114)) -> UInt8:
    return np.asarray(np.repeat((rgb @ np.array(weights))[..., None], 3, axis=2), np.uint8)


def sepia(rgb: UInt8) -> UInt8:
    return np.asarray(np.clip(gray(rgb) * np.array([1.07, 0.9, 0.7]), 0, 255), np.uint8)


CONVERSIONS: dict[str, Callable[[UInt8], MatLike]] = {
    "in black and white": gray,
    "in one tone, as sepia": sepia,
    "a negative": cv2.bitwise_not,
}


@pytest.mark.parametrize("phrase", CONVERSIONS)
@pytest.mark.parametrize("quality", [None, 85])
def test_a_conversion_alone_is_no_change(phrase: str, quality: int | None) -> None:
    a = colourful()
    b = np.asarray(CONVERSIONS[phrase](a), np.uint8)
    found = findings(a, b if quality is None else read(jpeg(b, quality)))
    assert (found.verdict.kind, found.regions) == ("same", [])
    assert phrase in found.verdict.summary


@pytest.mark.parametrize("phrase", CONVERSIONS)
def test_a_change_under_a_conversion_is_found_alone(phrase: str) -> None:
    a = colourful()
    changed = a.copy()
    cv2.rectangle(changed, (200, 150), (260, 200), (250, 250, 250), -1)
    found = findings(a, np.asarray(CONVERSIONS[phrase](changed), np.uint8))
    assert found.verdict.kind == "changed"
    assert len(found.regions) == 1
    assert phrase in found.verdict.summary


def test_the_comparison_of_all_finders_undoes_a_conversion_too() -> None:
    a = colourful()
    assert findings(a, gray(a), analyses="pixel,methods").regions == []


def test_channels_may_be_weighed_in_any_way() -> None:
    a = colourful()
    for weights in ((1 / 3, 1 / 3, 1 / 3), (0, 1, 0), (0.2126, 0.7152, 0.0722)):
        assert findings(a, gray(a, weights)).verdict.kind == "same"


def test_colour_where_there_was_none() -> None:
    a = colourful()
    assert "in colour, where A is black and white" in findings(gray(a), a).verdict.summary
    assert "in colour, where A has one tone" in findings(sepia(a), a).verdict.summary


def test_other_pairs_stay_as_they_are() -> None:
    a = colourful()
    for b in (a, noisy(a), gray(a)):
        pair = paired(b, noisy(b, 3))
        assert undo_conversion(pair).pair is pair


def test_a_drawing_without_its_colours_has_changed() -> None:
    drawn = np.full((200, 300, 3), 255, np.uint8)
    cv2.rectangle(drawn, (40, 40), (140, 120), (30, 90, 220), -1)
    cv2.putText(drawn, "Buy", (60, 90), cv2.FONT_HERSHEY_SIMPLEX, 1, (255, 255, 255), 2, cv2.LINE_AA)
    for b in (gray(drawn), np.asarray(cv2.bitwise_not(drawn), np.uint8)):
        found = findings(drawn, b)
        assert found.verdict.kind == "changed"
        assert found.regions
