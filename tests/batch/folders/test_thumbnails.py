import cv2
import numpy as np
import pytest

from app.batch.folders.row import Shown
from app.batch.folders.thumbnails import MAX_PIXELS, of_comparison, of_file
from app.batch.offline import compare_files
from app.execution.deadline import StepTimer
from app.store import Upload
from app.vision.arrays import UInt8
from tests.batch.folders.making import QUICK
from tests.pictures import animation, changed_scene, png, read, scene

RED = (230, 0, 0)


def thumbnails(a: UInt8, b: UInt8) -> dict[Shown, UInt8]:
    outcome = compare_files(Upload("a", png(a)), Upload("b", png(b)), QUICK, 10_000_000, StepTimer(60))
    return {shown: read(data) for shown, data in of_comparison(outcome).items()}


def reddish(picture: UInt8) -> int:
    """The number of reddish pixels."""
    distance = np.abs(picture.astype(int) - RED).max(axis=2)
    return int((distance < 60).sum())


def page(height: int, width: int) -> UInt8:
    drawn = np.full((height, width, 3), 245, np.uint8)
    for y in range(20, height, 40):
        cv2.putText(drawn, f"line {y}", (10, y), 0, 0.6, (30, 30, 30), 1)
    return drawn


@pytest.mark.parametrize("position", [40, 2500, 5950])
def test_a_long_page_is_cropped_to_its_change(position: int) -> None:
    a, b = page(6000, 300), page(6000, 300)
    b[position : position + 30, 100:200] = RED
    shown = thumbnails(a, b)
    assert {picture.shape for picture in shown.values()} == {(260, 130, 3)}
    assert reddish(shown["before"]) == 0
    assert reddish(shown["after"]) > 100
    assert (shown["changes"] != shown["before"]).any()


def test_a_wide_picture_keeps_its_proportions() -> None:
    assert read(of_file(png(page(400, 600)), 1_000_000)).shape == (150, 225, 3)
    assert read(of_file(png(page(100, 5000)), 1_000_000)).shape == (100, 200, 3)


def test_transparency_is_shown_on_white() -> None:
    a = np.dstack([scene(), np.zeros((160, 240), np.uint8)])
    a[:, 120:, 3] = 255
    b = a.copy()
    b[20:60, 150:200, :3] = RED
    shown = thumbnails(a, b)
    assert shown["before"][:, :100].min() > 240
    assert reddish(shown["after"]) > 100
    assert all(picture.shape[0] * picture.shape[1] <= MAX_PIXELS for picture in shown.values())


def test_an_unchanged_pair_has_two_thumbnails() -> None:
    assert set(thumbnails(scene(), scene())) == {"before", "after"}


def test_of_equal_first_frames_the_first_pair_that_differs_is_shown() -> None:
    files = (animation([scene(), 255 - second]) for second in (scene(), changed_scene()))
    a, b = (Upload(name, data) for name, data in zip("ab", files, strict=True))
    shown = of_comparison(compare_files(a, b, QUICK, 10_000_000, StepTimer(60)))
    before, after = (read(shown[side]).astype(int) for side in ("before", "after"))
    assert set(shown) == {"before", "after"}
    assert np.abs(before - after).max() > 100
