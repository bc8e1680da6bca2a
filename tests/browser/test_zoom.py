"""Zooming: one camera for all panes and modes, controlled by mouse, wheel, touch and buttons."""

import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.viewing import (
    BADGE_A,
    BLACK,
    DISC,
    HEIGHT,
    RED,
    RING,
    WHITE,
    colour_at,
    drag,
    drawing,
    open_view,
    pixels,
    point,
    press,
    settle,
    touch,
    until,
    view,
)

Point = tuple[float, float]


def under_cursor(page: Page) -> str:
    return page.locator("#where").inner_text()


def beside(spot: Point, right: float, down: float) -> Point:
    return spot[0] + right, spot[1] + down


def test_buttons_zoom_by_half_and_back_to_the_whole(viewer: Page) -> None:
    scale = viewer.locator("#scale")
    whole = view(viewer).scale
    expect(scale).to_have_text(f"{whole:.0%}".replace("%", " %"))
    viewer.get_by_role("button", name="Zoom in").click()
    viewer.get_by_role("button", name="Zoom in").click()
    assert view(viewer).scale == pytest.approx(whole * 1.5**2, rel=1e-3)
    expect(scale).to_have_text(f"{whole * 1.5**2:.0%}".replace("%", " %"))
    viewer.get_by_role("button", name="Zoom out").click()
    assert view(viewer).scale == pytest.approx(whole * 1.5, rel=1e-3)
    viewer.get_by_role("button", name="Fit").click()
    expect(scale).to_have_text(f"{whole:.0%}".replace("%", " %"))


def test_the_wheel_zooms_where_the_cursor_is(viewer: Page) -> None:
    open_view(viewer, viewer.url.split("#")[0], "view=side&at=150,80,5")
    viewer.mouse.move(*point(viewer, RING))
    settle(viewer)
    assert under_cursor(viewer) == f"{RING[0]}, {RING[1]}"
    for _ in range(4):
        viewer.mouse.wheel(0, -100)
    settle(viewer)
    assert view(viewer).scale == pytest.approx(5 * 1.2**4, rel=1e-3)
    assert under_cursor(viewer) == f"{RING[0]}, {RING[1]}"
    assert colour_at(viewer, RING, "b") == RED, "both panes at once"


def test_the_wheel_scrolls_the_page_where_there_is_nothing_to_zoom_out_of(viewer: Page) -> None:
    viewer.mouse.move(*point(viewer, RING))
    viewer.mouse.wheel(0, 300)
    until(viewer, "scrollY > 100")
    viewer.mouse.wheel(0, -300)
    until(viewer, "scrollY === 0")
    assert viewer.locator("#stage").get_attribute("data-zoomed") == "false", "on the way back, too"


def test_the_page_does_not_scroll_while_the_wheel_zooms(viewer: Page) -> None:
    viewer.mouse.move(*point(viewer, RING))
    for amount in (-100, -100, 100):
        viewer.mouse.wheel(0, amount)
    settle(viewer)
    assert viewer.evaluate("scrollY") == 0
    assert viewer.locator("#stage").get_attribute("data-zoomed") == "true"


def test_a_touchpad_pinch_zooms_the_picture_and_never_the_page(viewer: Page) -> None:
    whole = view(viewer).scale
    viewer.mouse.move(*point(viewer, BADGE_A))
    viewer.keyboard.down("Control")
    viewer.mouse.wheel(0, -20)
    viewer.keyboard.up("Control")
    settle(viewer)
    assert view(viewer).scale > whole * 1.1
    assert viewer.evaluate("visualViewport.scale") == 1


def test_a_drag_takes_the_picture_along(viewer: Page) -> None:
    press(viewer, "+", "+", "+")
    before = view(viewer)
    start = point(viewer, (120, 80), "b")
    drag(viewer, start, beside(start, 60, -40))
    after = view(viewer)
    assert after.scale == pytest.approx(before.scale)
    assert (before.x - after.x) * after.scale == pytest.approx(60, abs=1)
    assert (before.y - after.y) * after.scale == pytest.approx(-40, abs=1)
    assert viewer.locator("#changes [aria-pressed=true]").count() == 0, "a drag is no click"


def test_the_picture_cannot_be_dragged_out_of_sight(viewer: Page) -> None:
    press(viewer, "+", "+", "+", "+")
    start = point(viewer, (120, 80))
    for _ in range(5):
        drag(viewer, start, beside(start, 190, 250))
    shown = view(viewer)
    assert shown.x == pytest.approx(shown.width / 2 / shown.scale, abs=0.1), "its left edge at that of the pane"
    assert shown.y == pytest.approx(min(HEIGHT / 2, shown.height / 2 / shown.scale), abs=0.1)


def test_a_double_click_goes_to_the_pixels_and_back(viewer: Page) -> None:
    whole = view(viewer).scale
    spot = point(viewer, DISC)
    viewer.mouse.dblclick(*spot)
    settle(viewer)
    assert view(viewer).scale == pytest.approx(whole * 4, rel=1e-3)
    assert point(viewer, DISC) == pytest.approx(spot, abs=whole * 4), "held where it was clicked"
    viewer.mouse.dblclick(*spot)
    settle(viewer)
    assert view(viewer).scale == whole


def test_pixels_looked_at_closely_are_squares_of_one_colour(viewer: Page) -> None:
    open_view(viewer, viewer.url.split("#")[0], "view=side&at=60,112,24&outlines=off")
    assert view(viewer).scale == 24
    _, b = drawing()
    for place in ((60, 112), (68, 112), (69, 112), (70, 112), (60, 103), (60, 102)):
        x, y = view(viewer).on_pane(place)
        shown = pixels(viewer, ".pane-b canvas")[int(y) - 10 : int(y) + 10, int(x) - 10 : int(x) + 10, :3]
        assert (shown == b[place[1], place[0]]).all(), place


def test_no_closer_than_can_be_of_use(viewer: Page) -> None:
    press(viewer, *"++++++++++++")
    expect(viewer.locator("#scale")).to_have_text("6400 %")
    press(viewer, *"-" * 14)
    assert viewer.locator("#stage").get_attribute("data-zoomed") == "false"


def test_every_mode_keeps_the_place(viewer: Page) -> None:
    address = viewer.url.split("#")[0]
    open_view(viewer, address, f"view=side&at={RING[0]},{RING[1]},12")
    for button in viewer.locator(".modes button").all():
        button.click()
        settle(viewer)
        shown = view(viewer)
        assert (shown.x, shown.y, shown.scale) == (*RING, 12), button.inner_text()


def test_the_whole_stays_whole_and_a_place_stays_a_place_when_the_window_changes(viewer: Page) -> None:
    viewer.set_viewport_size({"width": 900, "height": 700})
    settle(viewer)
    assert viewer.locator("#stage").get_attribute("data-zoomed") == "false"
    assert colour_at(viewer, DISC, "b") == BLACK
    open_view(viewer, viewer.url.split("#")[0], "view=blink&side=b&at=60,112,9")
    viewer.set_viewport_size({"width": 1280, "height": 900})
    settle(viewer)
    shown = view(viewer)
    assert (shown.x, shown.y, shown.scale) == (60, 112, 9)
    assert colour_at(viewer, DISC) == BLACK


def test_the_other_pane_shows_where_the_cursor_would_be(viewer: Page) -> None:
    press(viewer, "l")
    viewer.mouse.move(*point(viewer, (100, 90)))
    settle(viewer)
    sheet = pixels(viewer, ".sheet")
    stage = viewer.locator("#stage").bounding_box()
    assert stage
    inked = np.argwhere(sheet[..., 3] > 0)
    top, left = inked.min(axis=0)
    bottom, right = inked.max(axis=0)
    x, y = point(viewer, (100, 90), "b")
    assert ((left + right) / 2, (top + bottom) / 2) == pytest.approx((x - stage["x"], y - stage["y"]), abs=1.5)
    viewer.mouse.move(5, 5)
    settle(viewer)
    assert not pixels(viewer, ".sheet")[..., 3].any()
    expect(viewer.locator("#where")).to_have_text("")


def test_a_screen_of_fine_pixels_is_drawn_as_fine(browser: Any, server: str, drawn: dict[str, Any]) -> None:
    context = browser.new_context(base_url=server, device_scale_factor=2, viewport={"width": 1280, "height": 900})
    page = open_view(context.new_page(), drawn["links"]["page"], "view=side&at=60,112,1&outlines=off")
    canvas = page.locator(".pane-b canvas")
    assert canvas.evaluate("(canvas) => canvas.width === 2 * canvas.clientWidth")
    shown = pixels(page, ".pane-b canvas")
    x, y = view(page).on_pane(DISC)
    assert tuple(shown[int(2 * y), int(2 * x), :3]) == BLACK
    assert tuple(shown[int(2 * y), int(2 * x + 2 * 12 * view(page).scale), :3]) == WHITE
    context.close()


def test_two_fingers_zoom_about_the_point_between_them(phone: Page, drawn: dict[str, Any]) -> None:
    open_view(phone, drawn["links"]["page"])
    whole = view(phone).scale
    x, y = point(phone, (120, 80))
    touch(phone, ((x - 30, y), (x - 90, y)), ((x + 30, y), (x + 90, y)))
    shown = view(phone)
    assert shown.scale == pytest.approx(whole * 3, rel=0.02)
    assert (shown.x, shown.y) == pytest.approx((120, 80), abs=1)
    assert phone.evaluate("visualViewport.scale") == 1, "the page itself keeps its size"


def test_two_fingers_may_lie_on_both_pictures(phone: Page, drawn: dict[str, Any]) -> None:
    open_view(phone, drawn["links"]["page"], "view=side")
    whole = view(phone).scale
    (x, y), (right, below) = (point(phone, (120, 80), pane) for pane in "ab")
    apart = (right - x) / 4, (below - y) / 4
    touch(phone, ((x, y), beside((x, y), -apart[0], -apart[1])), ((right, below), beside((right, below), *apart)))
    assert view(phone).scale == pytest.approx(whole * 1.5, rel=0.02)


def test_a_finger_scrolls_the_page_over_the_whole_picture(phone: Page, drawn: dict[str, Any]) -> None:
    open_view(phone, drawn["links"]["page"])
    start = point(phone, (60, 80))
    touch(phone, (start, beside(start, 0, -150)))
    until(phone, "scrollY > 50")


def test_a_finger_drags_what_was_zoomed(phone: Page, drawn: dict[str, Any]) -> None:
    open_view(phone, drawn["links"]["page"], "view=blink&at=120,80,12")
    start = point(phone, (120, 80))
    touch(phone, (start, beside(start, 60, -60)))
    shown = view(phone)
    assert (shown.x, shown.y) == pytest.approx((115, 85), abs=1.5)
    assert phone.evaluate("scrollY") == 0


def test_a_finger_that_rests_while_the_other_pinches_picks_nothing(phone: Page, drawn: dict[str, Any]) -> None:
    open_view(phone, drawn["links"]["page"], "view=blink")
    x, y = point(phone, RING)
    touch(phone, ((x - 60, y), (x - 130, y)), ((x, y), (x, y)))
    assert phone.locator("#changes [aria-pressed=true]").count() == 0


def test_a_flight_arrives_and_a_hand_on_the_picture_ends_it(page: Page, drawn: dict[str, Any]) -> None:
    open_view(page, drawn["links"]["page"])
    page.locator('#changes li[data-region="3"] .change').click()
    # As far to the corner as possible.
    expect(page).to_have_url(re.compile("at=191.3,94.5,.*region=3"))
    page.mouse.move(*point(page, (200, 100)))
    page.keyboard.press("0")
    page.mouse.wheel(0, -100)
    page.wait_for_timeout(400)
    assert page.locator("#stage").get_attribute("data-zoomed") == "true", "it did not fly on to the whole"
