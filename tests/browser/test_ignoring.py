"""Ignored areas: drawn by mouse, touch or keyboard, or taken from a change; then the pair is compared again."""

import json
import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.posting import post_pair
from tests.browser.viewing import (
    BADGE_A,
    BLACK,
    DISC,
    GREEN,
    RED,
    RING,
    colour_at,
    drag,
    drawing,
    open_view,
    pixels,
    point,
    press,
    settle,
    touch,
    view,
)
from tests.pictures import png

Box = dict[str, int]
AREA = {"x": 175, "y": 75, "width": 50, "height": 50}  # the ring, with a margin


def areas(page: Page) -> list[Box]:
    """The areas that a new comparison would ignore."""
    reported: list[Box] = json.loads(page.locator("#ignoring [name=ignore]").input_value())
    expect(page.locator(".ignored li")).to_have_count(len(reported))
    return reported


def draw(page: Page, box: Box, pane: str = "a") -> None:
    """Draw an area by mouse, from corner to corner."""
    page.get_by_role("button", name="Draw an area to ignore").click()
    ends = (box["x"], box["y"]), (box["x"] + box["width"], box["y"] + box["height"])
    # Corners are between pixels.
    drag(page, *(point(page, (x - 0.5, y - 0.5), pane) for x, y in ends))


def veiled(page: Page, box: Box, pane: str) -> float:
    """The share of a box on the picture that is covered by drawings, such as hatching."""
    stage = page.locator("#stage").bounding_box()
    assert stage
    x, y = point(page, (box["x"] + 1, box["y"] + 1), pane)
    right, bottom = point(page, (box["x"] + box["width"] - 2, box["y"] + box["height"] - 2), pane)
    columns = slice(int(x - stage["x"]), int(right - stage["x"]))
    rows = slice(int(y - stage["y"]), int(bottom - stage["y"]))
    return float(np.mean(pixels(page, ".sheet")[rows, columns, 3] > 0))


def near(box: Box, other: Box, within: int = 1) -> bool:
    return all(abs(box[side] - other[side]) <= within for side in other)


def test_an_area_is_drawn_with_the_mouse_and_seen_on_both_pictures(viewer: Page) -> None:
    press(viewer, "l")
    draw(viewer, AREA, "b")
    [drawn] = areas(viewer)
    assert near(drawn, AREA)
    assert [veiled(viewer, AREA, pane) for pane in "ab"] == [1, 1]
    assert not veiled(viewer, {"x": 20, "y": 30, "width": 100, "height": 100}, "a")
    expect(viewer.locator(".ignored-count")).to_have_text("1 area is ignored.")
    expect(viewer.get_by_role("button", name="Compare again")).to_be_visible()
    expect(viewer.locator(".draw")).to_have_attribute("aria-pressed", "false")


def test_after_an_area_the_mouse_moves_the_picture_again(viewer: Page) -> None:
    draw(viewer, AREA)
    press(viewer, "+", "+", "+")
    before = view(viewer)
    drag(viewer, point(viewer, (120, 80)), point(viewer, (130, 90)))
    assert view(viewer).x == pytest.approx(before.x - 10, abs=0.5)
    assert len(areas(viewer)) == 1


def test_an_area_drawn_past_the_edge_ends_at_it(viewer: Page) -> None:
    viewer.get_by_role("button", name="Draw an area to ignore").click()
    drag(viewer, point(viewer, (29.5, 29.5)), point(viewer, (-10, -10)))
    assert near(areas(viewer)[0], {"x": 0, "y": 0, "width": 30, "height": 30})


def test_a_click_draws_nothing_and_escape_ends_drawing(viewer: Page) -> None:
    viewer.get_by_role("button", name="Draw an area to ignore").click()
    viewer.mouse.click(*point(viewer, RING))
    settle(viewer)
    assert areas(viewer) == []
    press(viewer, "Escape")
    expect(viewer.locator(".hint")).to_be_hidden()
    drag(viewer, point(viewer, (20, 20)), point(viewer, (60, 60)))
    assert areas(viewer) == []


def test_an_area_is_drawn_with_a_finger(phone: Page, drawn: dict[str, Any]) -> None:
    open_view(phone, drawn["links"]["page"], "view=blink")
    phone.get_by_role("button", name="Draw an area to ignore").tap()
    phone.locator("#stage").scroll_into_view_if_needed()
    top = phone.evaluate("scrollY")
    touch(phone, (point(phone, (175, 75)), point(phone, (225, 125))))
    [box] = areas(phone)
    assert near(box, AREA, within=2)
    assert phone.evaluate("scrollY") == top, "the page stays"


def test_an_area_is_drawn_by_keyboard_alone(viewer: Page) -> None:
    viewer.get_by_role("button", name="Draw an area to ignore").focus()
    press(viewer, "Enter")
    expect(viewer.locator(".hint")).to_be_visible()
    press(viewer, "ArrowRight", "ArrowRight", "ArrowDown", "Shift+ArrowRight", "Shift+ArrowUp")
    assert areas(viewer) == [], "not before it is taken"
    press(viewer, "Enter")
    [box] = areas(viewer)
    shown = view(viewer)
    width, height, step = shown.width / 4 / shown.scale, shown.height / 4 / shown.scale, round(16 / shown.scale)
    # The first arrow key shows the box in the middle.
    expected = {
        "x": 120 - width / 2 + step,
        "y": 80 - height / 2 + step,
        "width": width + step,
        "height": height - step,
    }
    assert near(box, {side: round(value) for side, value in expected.items()}, within=2)
    assert viewer.evaluate("document.activeElement.matches('#ignoring button')"), "the focus stays with the areas"


def test_n_begins_an_area_anywhere(viewer: Page) -> None:
    press(viewer, "n", "ArrowLeft", "ArrowLeft", "Enter")
    assert len(areas(viewer)) == 1


def test_a_change_is_left_out_in_both_places_with_a_margin_and_once(viewer: Page, drawn: dict[str, Any]) -> None:
    moved = viewer.locator("#changes li", has_text="Moved to")
    moved.hover()
    moved.get_by_role("button", name="Ignore").click()
    moved.get_by_role("button", name="Ignore").click()
    region = next(region for region in drawn["regions"] if region["moved_to"])
    grown = [
        {"x": box["x"] - 4, "y": box["y"] - 4, "width": box["width"] + 8, "height": box["height"] + 8}
        for box in (region["box"], region["moved_to"])
    ]
    assert areas(viewer) == grown


def test_an_area_is_removed_and_all_that_was_done_undone(viewer: Page) -> None:
    draw(viewer, AREA)
    press(viewer, "j", "j", "j", "j", "i")
    assert len(areas(viewer)) == 2
    viewer.get_by_role("button", name=re.compile("^Remove the area of 5")).click()
    [box] = areas(viewer)
    assert not near(box, AREA)
    viewer.get_by_role("button", name="Undo").focus()
    press(viewer, "Enter")
    assert areas(viewer) == []
    expect(viewer.get_by_role("button", name="Compare again")).to_be_hidden()
    assert viewer.evaluate("document.activeElement !== document.body"), "the focus is not lost with the button"


@pytest.fixture
def again(page: Page, server: str) -> Page:
    """A report that was compared again without the ring."""
    a, b = drawing()
    b[0, 0] = 254  # a pair of its own
    page.emulate_media(reduced_motion="reduce")
    report = post_pair(server, png(a), png(b), analyses="pixel,regions")
    open_view(page, report["links"]["page"], "view=blink&side=b")
    draw(page, AREA)
    page.get_by_role("button", name="Compare again").click()
    expect(page).not_to_have_url(re.compile(report["id"]))
    expect(page.locator("#viewer")).to_have_attribute("data-ready", "true")
    settle(page)
    return page


def test_compared_again_what_was_left_out_is_no_change_and_still_seen(again: Page) -> None:
    report = again.request.get(again.get_by_role("link", name="JSON").get_attribute("href") or "").json()
    [ignored] = report["options"]["ignore"]
    assert near(ignored, AREA)
    assert report["options"]["analyses"] == ["pixel", "regions"], "all else as it was asked before"
    assert {region["kind"] for region in report["regions"]} == {"moved", "appeared"}
    expect(again.get_by_role("heading", level=1)).not_to_contain_text("recoloured")
    expect(again.locator(".ignored-count")).to_have_text("1 area is ignored.")
    assert areas(again) == [ignored]
    expect(again.get_by_role("button", name="Compare again")).to_be_hidden()
    expect(again.locator("#viewer")).to_have_attribute("data-mode", "blink")
    assert colour_at(again, RING) == RED, "the picture under it is as it is"
    press(again, "s")
    assert [veiled(again, AREA, pane) for pane in "ab"] == [1, 1]
    assert (colour_at(again, BADGE_A), colour_at(again, DISC, "b")) == (GREEN, BLACK)


def test_an_area_of_the_report_is_removed_and_compared_again(again: Page) -> None:
    again.get_by_role("button", name=re.compile("^Remove the area")).click()
    again.get_by_role("button", name="Compare again").click()
    expect(again.get_by_role("heading", level=1)).to_contain_text("1 recoloured")
    expect(again.locator(".ignored-count")).to_be_hidden()
