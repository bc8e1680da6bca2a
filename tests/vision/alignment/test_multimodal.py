"""Pictures of other sensors and seasons are lined up by their structure alone; unrelated ones are not."""

import json

import cv2
import numpy as np
import pytest

from app.vision.alignment.align import align
from app.vision.alignment.features import RegistrationImage
from app.vision.alignment.multimodal import register
from app.vision.arrays import UInt8
from app.vision.decoding.decode import decode
from app.vision.geometry import displacement, inverse, transform
from tests.vision.alignment.test_align import dead_leaves, moved, picture, rotation

SIZE = (640, 480)
LANDMARKS = ["CS_2", "DN1", "MO4", "OO1", "VN_1", "VisionCS0"]


def other_sensor(rgb: UInt8) -> UInt8:
    """Gray levels that rise and fall several times over those of the picture, blurred, with noise."""
    gray = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    curve = np.clip(128 + 90 * np.sin(np.arange(256) / 23.0), 0, 255).astype(np.uint8)
    seen = cv2.GaussianBlur(cv2.LUT(gray, curve), (0, 0), 1.2).astype(np.float32)
    noise = np.random.default_rng(3).normal(0, 8, gray.shape)
    return np.asarray(np.repeat(np.clip(seen + noise, 0, 255)[..., None], 3, axis=2), np.uint8)


def image(rgb: UInt8) -> RegistrationImage:
    return RegistrationImage.of(rgb, None)


def nothing_still(rgb: UInt8) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    return np.zeros(image(rgb).gray.shape, np.bool_)


@pytest.mark.parametrize("degrees", [0, 6])
def test_another_sensor_is_lined_up(degrees: float) -> None:
    a = dead_leaves(4, *SIZE)
    motion = rotation(degrees, 1.03, 14, -9)
    found = align(picture(a), picture(other_sensor(moved(a, motion, SIZE))), "auto")
    assert found.status == "applied"
    assert displacement(found.matrix, inverse(motion), SIZE) < 3


def test_another_sensor_in_place_stays() -> None:
    a = dead_leaves(4, *SIZE)
    found = align(picture(a), picture(other_sensor(a)), "auto")
    assert (found.status, found.kind) == ("not_needed", "identity")


def test_unrelated_pictures_follow_no_motion() -> None:
    for seed in range(6):
        a, b = dead_leaves(seed, *SIZE), other_sensor(dead_leaves(seed + 50, *SIZE))
        assert register(image(a), image(b), nothing_still(a)) is None


def test_a_caption_that_both_have_proves_nothing() -> None:
    pictures = [dead_leaves(seed, *SIZE) for seed in (1, 2)]
    for rgb in pictures:
        rgb[:40] = 20
        cv2.putText(rgb, "Camera 4, main street, 2026-03-11", (10, 27), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (255,) * 3, 2)
    a, b = map(picture, pictures)
    assert align(a, b, "auto").status == "failed"


@pytest.mark.parametrize("name", LANDMARKS)
def test_measured_landmarks(shared, name: str) -> None:  # type: ignore[no-untyped-def]
    """Seasons, day and night, a map, and near infrared, with landmarks set by hand (Jiang et al. 2021)."""
    folder = shared / f"data/cases/photos/align-{name}"
    a, b = (decode(next(folder.glob(f"{side}.*")).read_bytes(), 10**8) for side in "ab")
    marks = json.loads((folder / "truth.json").read_text())["landmarks"]
    there = transform(align(a, b, "auto").matrix, np.array(marks["b"], float))
    assert np.median(np.linalg.norm(there - np.array(marks["a"], float), axis=1)) < 3
