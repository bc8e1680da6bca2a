"""The list of changes beside the viewer: choose, step, sort, filter, hide, and pick on the picture."""

from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from app.vision.arrays import UInt8
from tests.browser.posting import post_pair
from tests.browser.viewing import BADGE_A, DISC, RING, drag, faint, open_view, pixels, point, press, settle, view
from tests.pictures import png

Outline = tuple[int, int, int]
PLAIN, CHOSEN = (255, 230, 70), (255, 255, 255)


@pytest.fixture(scope="session")
def unsure(server: str) -> dict[str, Any]:
    """A report with three changes of different scores, the highest not the first."""
    a, b = faint()
    report = post_pair(server, png(a), png(b), analyses="regions")
    scores = [region["score"] for region in report["regions"]]
    assert len(scores) == 3
    assert max(scores) != scores[0]
    return report


@pytest.fixture
def list_page(page: Page, unsure: dict[str, Any]) -> Page:
    page.emulate_media(reduced_motion="reduce")
    return open_view(page, unsure["links"]["page"])


def item(page: Page, number: int) -> Locator:
    return page.locator(f'#changes li[data-region="{number}"]')


def numbers(page: Page) -> list[int]:
    """The numbers of the visible items."""
    items = page.locator("#changes li:visible")
    return [int(number) for number in items.evaluate_all("items => items.map((item) => item.dataset.region)")]


def chosen(page: Page) -> list[str]:
    items = page.locator("#changes li:has([aria-pressed=true])")
    return list(items.evaluate_all("all => all.map((li) => li.dataset.region)"))


def outline(page: Page, box: dict[str, int], pane: str = "a") -> Outline | None:
    """The colour of a box's outline, at its right edge below labels and arrows; None without an outline."""
    stage = page.locator("#stage").bounding_box()
    assert stage
    x, y = point(page, (box["x"] + box["width"] - 0.5, box["y"] + box["height"] * 0.8), pane)
    column, row = round(x - stage["x"]), round(y - stage["y"])
    red, green, blue, alpha = max(pixels(page, ".sheet")[row, column : column + 3].tolist(), key=sum)
    return (red, green, blue) if alpha > 250 else None


def test_every_change_is_outlined_on_both_pictures(viewer: Page, drawn: dict[str, Any]) -> None:
    for region in drawn["regions"]:
        assert [outline(viewer, region["box"], pane) for pane in "ab"] == [PLAIN, PLAIN]
    press(viewer, "l")
    assert outline(viewer, drawn["regions"][0]["box"]) is None
    expect(viewer.locator("#outlines")).to_have_attribute("aria-pressed", "false")


def number(page: Page, report: dict[str, Any], region: int, shown: str) -> UInt8:
    """The drawing at the number of a region, above its box."""
    open_view(page, report["links"]["page"], f"view=blink&{shown}")
    box, stage = report["regions"][region - 1]["box"], page.locator("#stage").bounding_box()
    assert stage
    x, y = point(page, (box["x"] - 0.5, box["y"] - 0.5))
    column, row = round(x - stage["x"]), round(y - stage["y"])
    return pixels(page, ".sheet")[row - 17 : row - 4, column - 1 : column + 12]


def test_no_number_covers_another(page: Page, server: str) -> None:
    """Half a number reads as another one, so only the first of the list or the chosen one is shown."""
    a = np.full((400, 8000, 3), 255, np.uint8)
    b = a.copy()
    b[300:330, 1000:1020] = b[300:320, 1110:1130] = 0
    report = post_pair(server, png(a), png(b), analyses="regions", align="off")
    assert len(report["regions"]) == 2
    for region, other, shown in ((1, 2, ""), (2, 1, "region=2&")):
        alone = number(page, report, region, f"{shown}hidden={other}")
        assert (alone[..., 3] == 255).all()
        assert np.array_equal(number(page, report, region, shown), alone)


def test_a_click_in_the_list_chooses_and_goes_there(viewer: Page, drawn: dict[str, Any]) -> None:
    item(viewer, 4).locator(".change").click()
    settle(viewer)
    assert chosen(viewer) == ["4"]
    shown = view(viewer)
    assert (shown.x, shown.y) == pytest.approx(DISC, abs=6)
    assert shown.scale > 3
    assert outline(viewer, drawn["regions"][3]["box"]) == CHOSEN


def test_both_places_of_what_moved_are_shown_and_marked(viewer: Page, drawn: dict[str, Any]) -> None:
    first = next(index for index, region in enumerate(drawn["regions"], 1) if region["moved_to"])
    item(viewer, first).locator(".change").click()
    settle(viewer)
    boxes = [drawn["regions"][first - 1][name] for name in ("box", "moved_to")]
    assert [outline(viewer, box) for box in boxes] == [CHOSEN, CHOSEN], "both in sight"


def test_the_place_under_the_mouse_in_the_list_is_marked_on_the_picture(viewer: Page, drawn: dict[str, Any]) -> None:
    item(viewer, 3).hover()
    settle(viewer)
    assert [outline(viewer, drawn["regions"][index]["box"]) for index in (2, 3)] == [CHOSEN, PLAIN]
    assert chosen(viewer) == []
    viewer.mouse.move(2, 2)
    settle(viewer)
    assert outline(viewer, drawn["regions"][2]["box"]) == PLAIN


def test_j_and_k_step_through_the_list_and_round(viewer: Page) -> None:
    visited = []
    for key in "jjjjjkkj":
        press(viewer, key)
        visited += chosen(viewer)
    assert visited == ["1", "2", "3", "4", "1", "4", "3", "4"]
    press(viewer, "Escape")
    assert chosen(viewer) == []
    press(viewer, "k")
    assert chosen(viewer) == ["4"], "backwards from the end"


def test_steps_follow_the_order_and_pass_what_is_not_shown(list_page: Page) -> None:
    list_page.get_by_label("Order").select_option("score")
    order = numbers(list_page)
    list_page.locator("body").press("j")
    assert chosen(list_page) == [str(order[0])]
    item(list_page, order[1]).hover()
    item(list_page, order[1]).get_by_role("button", name="Hide").click()
    list_page.locator("body").press("j")
    assert chosen(list_page) == [str(order[2])]


def test_a_click_on_the_picture_picks_and_one_beside_picks_nothing(viewer: Page) -> None:
    before = view(viewer)
    for place, number in ((RING, "3"), (BADGE_A, "1"), (DISC, "4")):
        viewer.mouse.click(*point(viewer, place, "b"))
        settle(viewer)
        assert chosen(viewer) == [number]
    assert view(viewer) == before, "the picture stays where it was clicked"
    viewer.mouse.click(*point(viewer, (120, 125)))
    assert chosen(viewer) == []


def test_a_picked_change_is_brought_into_sight_in_the_list(page: Page, drawn: dict[str, Any]) -> None:
    page.set_viewport_size({"width": 1280, "height": 420})
    open_view(page, drawn["links"]["page"])
    top = page.evaluate("scrollY")
    page.mouse.click(*point(page, DISC))
    settle(page)
    assert chosen(page) == ["4"]
    outer, inner = page.locator("#changes ol").bounding_box(), item(page, 4).bounding_box()
    assert outer
    assert inner
    assert outer["y"] <= inner["y"] < outer["y"] + outer["height"] - 40
    assert page.evaluate("scrollY") == top, "the page itself stays"


def test_a_click_picks_where_a_drag_swipes(viewer: Page) -> None:
    press(viewer, "w")
    viewer.mouse.click(*point(viewer, RING))
    assert chosen(viewer) == ["3"]
    expect(viewer.locator("#handle")).to_have_attribute("aria-valuenow", "50")
    drag(viewer, point(viewer, (120, 125)), point(viewer, (60, 125)))
    assert chosen(viewer) == ["3"]
    expect(viewer.locator("#handle")).to_have_attribute("aria-valuenow", "25")


def test_the_list_is_sorted(viewer: Page, drawn: dict[str, Any]) -> None:
    boxes = [region["box"] for region in drawn["regions"]]
    scores = [region["score"] for region in drawn["regions"]]
    keys: dict[str, Any] = {
        "score": lambda index: (-scores[index], index),
        "size": lambda index: (-boxes[index]["width"] * boxes[index]["height"], index),
        "place": lambda index: (boxes[index]["y"], boxes[index]["x"]),
        "change": lambda index: index,
    }
    seen = set()
    for name, key in keys.items():
        viewer.get_by_label("Order").select_option(name)
        assert numbers(viewer) == [index + 1 for index in sorted(range(4), key=key)], name
        seen.add(tuple(numbers(viewer)))
    assert len(seen) > 1
    tops = viewer.locator("#changes li").evaluate_all("all => all.map((li) => li.getBoundingClientRect().top)")
    assert tops == sorted(tops)


def test_what_is_below_the_score_vanishes_from_list_and_picture(list_page: Page, unsure: dict[str, Any]) -> None:
    scores = [region["score"] for region in unsure["regions"]]
    faintest = int(np.argmin(scores))
    least = np.ceil(min(scores) * 100) / 100
    assert outline(list_page, unsure["regions"][faintest]["box"]) == PLAIN
    list_page.get_by_label("Minimum score").fill(f"{least:.2f}")
    settle(list_page)
    assert numbers(list_page) == [index + 1 for index in range(3) if index != faintest]
    assert outline(list_page, unsure["regions"][faintest]["box"]) is None
    expect(list_page.locator(".shown-count")).to_have_text(f"2 of 3 shown: 1 below {least:.2f}.")
    list_page.get_by_role("button", name="Show all").click()
    list_page.mouse.move(0, 0)  # else it may point at the change that the list shows there now
    settle(list_page)
    assert numbers(list_page) == [1, 2, 3]
    assert outline(list_page, unsure["regions"][faintest]["box"]) == PLAIN
    expect(list_page.get_by_label("Minimum score")).to_have_value("0")
    expect(list_page.locator(".shown-count")).to_have_text("")


def test_what_vanishes_is_seen_dashed_while_the_slider_is_held(list_page: Page, unsure: dict[str, Any]) -> None:
    slider = list_page.get_by_label("Minimum score").bounding_box()
    assert slider
    box = unsure["regions"][0]["box"]
    height = slider["y"] + slider["height"] / 2
    list_page.mouse.move(slider["x"] + 8, height)
    list_page.mouse.down()
    list_page.mouse.move(slider["x"] + slider["width"] - 1, height, steps=4)
    settle(list_page)
    assert numbers(list_page) == []
    held = line_along(list_page, box)
    assert 0 < np.count_nonzero(held) < held.size, "dashed"
    list_page.mouse.up()
    settle(list_page)
    assert not line_along(list_page, box).any()


def line_along(page: Page, box: dict[str, int]) -> UInt8:
    """The opacity of the drawing canvas along the right edge of a box."""
    stage = page.locator("#stage").bounding_box()
    assert stage
    right = box["x"] + box["width"] - 0.5
    x, top = point(page, (right, box["y"] + 5))
    _, bottom = point(page, (right, box["y"] + box["height"] - 5))
    column = int(x + 1 - stage["x"])
    return pixels(page, ".sheet")[int(top - stage["y"]) : int(bottom - stage["y"]), column, 3]


def test_a_change_is_hidden_and_shown_again(viewer: Page, drawn: dict[str, Any]) -> None:
    third = item(viewer, 3)
    third.hover()
    third.get_by_role("button", name="Hide").click()
    viewer.mouse.move(2, 2)
    settle(viewer)
    assert outline(viewer, drawn["regions"][2]["box"]) is None
    assert numbers(viewer) == [1, 2, 3, 4], "it stays in the list, to be shown again"
    expect(viewer.locator(".shown-count")).to_have_text("3 of 4 shown: 1 hidden.")
    viewer.mouse.click(*point(viewer, RING))
    assert chosen(viewer) == [], "what is not seen is not picked"
    third.hover()
    third.get_by_role("button", name="Show", exact=True).click()
    viewer.mouse.move(2, 2)
    settle(viewer)
    assert outline(viewer, drawn["regions"][2]["box"]) == PLAIN


def test_show_all_brings_back_what_was_hidden(viewer: Page) -> None:
    press(viewer, "j", "x", "j", "x")
    expect(viewer.locator(".shown-count")).to_have_text("2 of 4 shown: 2 hidden.")
    viewer.get_by_role("button", name="Show all").click()
    expect(viewer.locator("#changes li.out")).to_have_count(0)
    expect(viewer.get_by_role("button", name="Show all")).to_be_hidden()


def test_the_list_is_worked_by_keyboard_alone(viewer: Page) -> None:
    item(viewer, 2).locator(".change").focus()
    press(viewer, "Enter")
    assert chosen(viewer) == ["2"]
    press(viewer, "Tab", "Enter")
    expect(item(viewer, 2)).to_have_class("out")
    expect(item(viewer, 2).locator(".hide")).to_be_focused()


def test_on_a_phone_the_list_is_a_strip_under_the_picture(phone: Page, drawn: dict[str, Any]) -> None:
    open_view(phone, drawn["links"]["page"])
    strip, stage = phone.locator("#changes ol").bounding_box(), phone.locator("#stage").bounding_box()
    assert strip
    assert stage
    assert strip["y"] >= stage["y"] + stage["height"]
    tops = phone.locator("#changes li").evaluate_all("all => all.map((li) => li.getBoundingClientRect().top)")
    assert len(set(tops)) == 1
    phone.evaluate("scrollTo(0, 0)")
    phone.touchscreen.tap(*point(phone, DISC))
    assert chosen(phone) == ["4"]
    inner = item(phone, 4).bounding_box()
    assert inner
    assert 0 <= inner["x"] < 300
