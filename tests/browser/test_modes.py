"""The modes of the viewer."""

import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.posting import post_pair
from tests.browser.viewing import (
    BADGE_A,
    BADGE_B,
    BLACK,
    BLUE,
    DISC,
    GREEN,
    RED,
    RING,
    WHITE,
    colour_at,
    drawing,
    open_view,
    pixels,
    point,
    press,
    settle,
)
from tests.pictures import png

MODES = ["Side by side", "Swipe", "Onion skin", "Blink", "Difference", "Heat map", "Matches"]


def look(page: Page, mode: str) -> None:
    page.get_by_role("button", name=mode, exact=True).click()
    settle(page)


def handle(page: Page) -> Locator:
    return page.get_by_role("slider", name="Swipe")


def test_one_mode_is_pressed_at_a_time_and_shows_its_panes(viewer: Page) -> None:
    for mode in MODES:
        look(viewer, mode)
        pressed = viewer.locator(".modes [aria-pressed=true]")
        expect(pressed).to_have_count(1)
        expect(pressed).to_have_text(mode)
        expect(viewer.locator(".pane:visible")).to_have_count(2 if mode in ("Side by side", "Matches") else 1)
        expect(handle(viewer)).to_be_visible(visible=mode == "Swipe")


def test_side_by_side_shows_before_and_after(viewer: Page) -> None:
    assert [colour_at(viewer, BADGE_A, pane) for pane in "ab"] == [GREEN, WHITE]
    assert [colour_at(viewer, BADGE_B, pane) for pane in "ab"] == [WHITE, GREEN]


@pytest.mark.parametrize(("width", "height", "below"), [(240, 160, False), (900, 100, True)])
def test_the_panes_lie_below_each_other_where_that_makes_them_far_larger(
    page: Page, server: str, width: int, height: int, below: bool
) -> None:
    plain = png(np.full((height, width, 3), 200, np.uint8))
    open_view(page, post_pair(server, plain, plain, analyses="pixel")["links"]["page"])
    a, b = (page.locator(f".pane-{name} canvas").bounding_box() for name in "ab")
    assert a
    assert b
    assert (a["x"] == b["x"]) is below
    assert (a["y"] == b["y"]) is not below


def test_left_of_the_swipe_is_before_and_right_of_it_after(viewer: Page) -> None:
    look(viewer, "Swipe")
    assert (colour_at(viewer, BADGE_A), colour_at(viewer, BADGE_B), colour_at(viewer, RING)) == (GREEN, GREEN, RED)
    handle(viewer).focus()
    press(viewer, "Home")
    assert (colour_at(viewer, BADGE_A), colour_at(viewer, DISC)) == (WHITE, BLACK)
    press(viewer, "End")
    assert (colour_at(viewer, BADGE_B), colour_at(viewer, RING)) == (WHITE, BLUE)


def test_the_swipe_moves_by_steps_of_one_and_of_ten(viewer: Page) -> None:
    look(viewer, "Swipe")
    handle(viewer).focus()
    for keys, percent in ((["ArrowLeft"], 49), (["PageUp"], 59), (["Shift+ArrowRight"], 69), (["ArrowUp"], 70)):
        press(viewer, *keys)
        expect(handle(viewer)).to_have_attribute("aria-valuenow", str(percent))
    expect(viewer.locator("#viewer")).to_have_attribute("data-mode", "swipe")


def test_the_swipe_is_dragged_by_its_line_and_from_anywhere_on_the_whole_picture(viewer: Page) -> None:
    look(viewer, "Swipe")
    for start, end in ((120, 60), (200, 180)):
        viewer.mouse.move(*point(viewer, (start, 80)))
        viewer.mouse.down()
        viewer.mouse.move(*point(viewer, (end, 90)), steps=3)
        viewer.mouse.up()
        settle(viewer)
        shown = int(handle(viewer).get_attribute("aria-valuenow") or 0)
        assert shown == pytest.approx(100 * end / 240, abs=1)


def test_an_onion_skin_mixes_both(viewer: Page) -> None:
    look(viewer, "Onion skin")
    assert colour_at(viewer, RING) == pytest.approx(np.mean([BLUE, RED], axis=0), abs=1)
    mix = viewer.get_by_role("slider", name="Onion skin")
    mix.fill("0")
    settle(viewer)
    assert colour_at(viewer, RING) == BLUE
    mix.fill("1")
    settle(viewer)
    assert colour_at(viewer, RING) == RED


def test_a_blink_by_hand_shows_one_after_the_other_in_the_same_place(viewer: Page) -> None:
    press(viewer, "ArrowRight")
    expect(viewer.locator("#viewer")).to_have_attribute("data-mode", "blink")
    expect(viewer.locator("figcaption .caption-b:visible")).to_have_text("After")
    assert colour_at(viewer, RING) == RED
    press(viewer, "ArrowLeft")
    expect(viewer.locator("figcaption .caption-a:visible")).to_have_text("Before")
    assert colour_at(viewer, RING) == BLUE


def test_a_blink_plays_by_itself_until_it_is_paused(viewer: Page) -> None:
    viewer.emulate_media(reduced_motion="no-preference")
    look(viewer, "Blink")
    sides = [viewer.locator(f'#viewer[data-side="{side}"]') for side in "aba"]
    for side in sides:
        expect(side).to_be_visible(timeout=2000)
    viewer.get_by_role("button", name="Pause").click()
    shown = viewer.locator("#viewer").get_attribute("data-side")
    viewer.wait_for_timeout(900)
    assert viewer.locator("#viewer").get_attribute("data-side") == shown
    expect(viewer.get_by_role("button", name="Play")).to_be_visible()


def test_a_blink_waits_where_motion_is_not_wanted(viewer: Page) -> None:
    look(viewer, "Blink")
    viewer.wait_for_timeout(900)
    expect(viewer.locator("#viewer")).to_have_attribute("data-side", "a")
    viewer.get_by_role("button", name="Play").click()
    expect(viewer.locator("#viewer")).to_have_attribute("data-side", "b")


def test_a_difference_marks_what_changed_and_nothing_else(viewer: Page) -> None:
    look(viewer, "Difference")
    expect(viewer.locator(".for-difference .differs")).to_be_visible()
    marked = colour_at(viewer, RING)
    assert marked == (255, 221, 0), "the colour of the legend"
    assert colour_at(viewer, DISC) == marked
    red, green, blue = colour_at(viewer, (120, 90))
    assert red == green == blue


def test_a_heat_map_lies_on_before_as_strongly_as_is_asked(viewer: Page) -> None:
    look(viewer, "Heat map")
    strength = viewer.get_by_role("slider", name="heat map")
    seen = []
    for value in ("0", "0.6", "1"):
        strength.fill(value)
        settle(viewer)
        seen.append(colour_at(viewer, RING))
    assert seen[0] == BLUE
    assert seen[1] == pytest.approx(0.4 * np.array(seen[0]) + 0.6 * np.array(seen[2]), abs=2)
    assert seen[2] != seen[0]


def test_matches_are_lines_from_one_pane_to_the_other(viewer: Page) -> None:
    press(viewer, "l")
    assert not pixels(viewer, ".sheet")[..., 3].any()
    look(viewer, "Matches")
    sheet, (x, _), (right, _) = pixels(viewer, ".sheet"), point(viewer, (239, 0)), point(viewer, (0, 0), "b")
    left = viewer.locator("#stage").bounding_box()
    assert left
    between = sheet[:, int(x - left["x"]) : int(right - left["x"]), 3]
    assert between.any(axis=0).all(), "drawn over the gap"
    count = int(re.findall(r"\d+", viewer.locator(".for-matches").inner_text())[0])
    assert count > 5


@pytest.mark.parametrize("swipe", [0, 0.1])
def test_where_after_is_transparent_before_does_not_shine_through(page: Page, server: str, swipe: float) -> None:
    a, b = drawing()
    a[60:90] = RED
    clear = np.dstack([b, np.full(b.shape[:2], 255, np.uint8)])
    clear[60:90] = 0
    report = post_pair(server, png(a), png(clear), analyses="pixel")
    open_view(page, report["links"]["page"], f"view=swipe&swipe={swipe}&outlines=off")
    assert colour_at(page, (60, 75)) in (WHITE, (228, 228, 226)), "the chequers, not the red of Before"


def test_nothing_is_drawn_beside_the_picture(viewer: Page) -> None:
    """Not even the edge of the chequerboard, which an opaque picture hides."""
    for mode in MODES[:4]:
        look(viewer, mode)
        shown = pixels(viewer, ".pane-a canvas")
        rows = np.flatnonzero(shown[..., 3].any(axis=1))
        assert (shown[rows[[0, -1]], shown.shape[1] // 2, :3] == 255).all()
        assert (shown[rows[-1]] == shown[rows[-1] - 2]).all()


@pytest.mark.parametrize(
    ("analyses", "missing"), [("pixel", {"Heat map", "Matches"}), ("ssim", {"Difference", "Matches"})]
)
def test_a_mode_without_its_picture_is_not_offered(page: Page, server: str, analyses: str, missing: set[str]) -> None:
    a, b = drawing()
    report: dict[str, Any] = post_pair(server, png(a), png(b), analyses=analyses)
    open_view(page, report["links"]["page"])
    assert page.locator(".modes button").all_inner_texts() == [mode for mode in MODES if mode not in missing]
    press(page, "h" if "Heat map" in missing else "d", "m")
    expect(page.locator("#viewer")).to_have_attribute("data-mode", "side")
