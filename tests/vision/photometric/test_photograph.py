"""Photographs are distinguished from drawings and screenshots."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from app.vision.arrays import UInt8
from app.vision.photometric.photograph import is_photograph
from tests.pictures import scene


def test_a_drawing_is_not_a_photograph() -> None:
    page = np.full((300, 400), 255, np.uint8)
    cv2.putText(page, "A page", (30, 160), cv2.FONT_HERSHEY_SIMPLEX, 2, (20,), 3, cv2.LINE_AA)
    assert not is_photograph(page)
    assert not is_photograph(np.zeros((1, 1), np.uint8))


def test_a_picture_with_grain_is_a_photograph() -> None:
    assert is_photograph(scene_in_gray(noise=6))
    assert not is_photograph(np.zeros_like(scene_in_gray(noise=0)))


def scene_in_gray(noise: float) -> UInt8:
    grain = np.random.default_rng(0).normal(0, noise, scene().shape)
    picture = np.clip(scene() + grain, 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)


@pytest.mark.parametrize(
    ("folder", "pattern", "expected"), [("spot", "*_a.jpg", True), ("cases/screens", "*/a.png", False)]
)
def test_on_real_pictures(folder: str, pattern: str, expected: bool, shared: Path) -> None:
    files = sorted((shared / "data" / folder).glob(pattern))[:20]
    for file in files:
        gray = cv2.cvtColor(np.asarray(cv2.imread(str(file))), cv2.COLOR_BGR2GRAY)
        assert is_photograph(np.asarray(gray, np.uint8)) == expected, file
    assert files
