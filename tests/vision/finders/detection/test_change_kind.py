import cv2
import numpy as np
import pytest

from app.vision.arrays import UInt8
from app.vision.finders import combined
from app.vision.finders.detection.change_kind import classify
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.region import Box, Finding, Region

Point = tuple[int, int]


def ground() -> UInt8:
    """A soft texture, like plaster."""
    noise = np.random.default_rng(4).uniform(0, 255, (300, 400, 3)).astype(np.float32)
    return np.asarray(np.clip(cv2.GaussianBlur(noise, (0, 0), 5) * 0.9 + 40, 0, 255), np.uint8)


def with_mug(picture: UInt8, at: Point, colour: tuple[int, int, int] = (30, 60, 160)) -> UInt8:
    """A striped mug drawn on a copy."""
    drawn, (x, y) = picture.copy(), at
    cv2.rectangle(drawn, (x, y), (x + 40, y + 50), colour, -1)
    cv2.circle(drawn, (x + 46, y + 25), 12, colour, 5, cv2.LINE_AA)
    for stripe in range(8, 48, 12):
        cv2.line(drawn, (x, y + stripe), (x + 40, y + stripe), tuple(c // 2 for c in colour), 3)
    return drawn


def kinds(a: UInt8, b: UInt8) -> list[Region]:
    pair = Pair(a, b, None, None, np.ones(a.shape[:2], np.bool_))
    return classify(combined.find(pair, Options()), pair)


def grainy(picture: UInt8) -> UInt8:
    grain = np.random.default_rng(1).normal(0, 4, picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("copy", [np.copy, grainy], ids=["exact", "grainy"])
def test_an_object_appears_or_disappears(copy: type) -> None:
    empty, full = ground(), with_mug(ground(), (180, 120))
    assert [region.kind for region in kinds(empty, copy(full))] == ["appeared"]
    assert [region.kind for region in kinds(full, copy(empty))] == ["disappeared"]


@pytest.mark.parametrize("copy", [np.copy, grainy], ids=["exact", "grainy"])
def test_an_object_is_recoloured(copy: type) -> None:
    blue, red = with_mug(ground(), (180, 120)), with_mug(ground(), (180, 120), (190, 60, 40))
    assert [region.kind for region in kinds(blue, copy(red))] == ["recoloured"]


def test_an_object_that_moved_has_a_region_in_both_positions() -> None:
    here, there = with_mug(ground(), (40, 60)), with_mug(ground(), (280, 180))
    first, second = sorted(kinds(here, there), key=lambda region: region.box.x)
    assert (first.kind, second.kind) == ("moved", "moved")
    assert (first.moved_to, first.moved_from) == (second.box, None)
    assert (second.moved_to, second.moved_from) == (None, first.box)


def test_a_different_object_elsewhere_did_not_move() -> None:
    other = ground()
    cv2.circle(other, (300, 200), 30, (240, 220, 40), -1)
    assert {region.kind for region in kinds(with_mug(ground(), (40, 60)), other)} == {"appeared", "disappeared"}


@pytest.mark.parametrize("colour", [(232, 236, 240), (30, 90, 200)])
def test_what_is_drawn_on_plain_ground_appeared(colour: tuple[int, int, int]) -> None:
    empty = np.full((200, 300, 3), 255, np.uint8)
    full = empty.copy()
    full[50:90, 60:200] = colour
    assert [region.kind for region in kinds(empty, full)] == ["appeared"]
    assert [region.kind for region in kinds(full, empty)] == ["disappeared"]


def test_a_button_on_plain_ground_is_recoloured() -> None:
    blue, green = (np.full((200, 300, 3), 255, np.uint8) for _ in range(2))
    blue[50:90, 60:180], green[50:90, 60:180] = (30, 90, 200), (30, 160, 60)
    assert [region.kind for region in kinds(blue, green)] == ["recoloured"]


def test_a_panel_that_moved_by_a_pixel() -> None:
    a = np.full((200, 300, 3), 240, np.uint8)
    for row in (30, 150, 180):
        cv2.putText(a, "what holds still", (10, row), cv2.FONT_HERSHEY_SIMPLEX, 1, (20, 20, 20), 2)
    panel = np.random.default_rng(6).integers(0, 255, (60, 80, 3)).astype(np.uint8)
    b = a.copy()
    a[50:110, 100:180] = panel
    b[50:110, 101:181] = panel
    (region,) = kinds(a, b)
    assert region.kind == "moved"
    assert region.moved_to == Box(region.box.x + 1, region.box.y, region.box.width, region.box.height)


def test_a_different_object_in_the_same_position_did_not_move() -> None:
    other = ground()
    cv2.putText(other, "X", (182, 168), cv2.FONT_HERSHEY_SIMPLEX, 2.2, (250, 240, 60), 9, cv2.LINE_AA)
    (region,) = kinds(with_mug(ground(), (180, 120)), other)
    assert region.kind in ("replaced", "changed")


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (12, 12)])
def test_a_picture_that_changed_as_a_whole_is_changed_or_recoloured(shape: tuple[int, int]) -> None:
    black, white = np.zeros((*shape, 3), np.uint8), np.full((*shape, 3), 255, np.uint8)
    for region in kinds(black, white):
        assert region.kind in ("changed", "recoloured")


def test_a_region_whose_mask_has_no_pixel_is_changed() -> None:
    nothing = np.zeros(ground().shape[:2], np.bool_)
    pair = Pair(ground(), ground(), None, None, ~nothing)
    region = Region(Box(20, 20, 60, 40), 0, 0.0, ("ssim",))
    assert classify(Finding([region], nothing, nothing.view(np.uint8)), pair) == [region]
