"""Points that lie on each other, set by clicks, touch, keyboard or as numbers; then the pair is compared again."""

import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from app.vision.geometry import transform
from tests.browser.conftest import fresh_page
from tests.browser.posting import post_pair
from tests.browser.test_report_access import objections
from tests.browser.viewing import open_view
from tests.pictures import png
from tests.vision.alignment.test_align import dead_leaves, moved, rotation
from tests.vision.alignment.test_multimodal import other_sensor

SIZE = 640, 480
MOTION = rotation(60, 0.8, 14, -9)
POINTS = {"a": np.array([[180, 140], [330, 160], [320, 250]], np.float64)}
POINTS["b"] = transform(MOTION, POINTS["a"]).round()
LINES = [", ".join(f"{value:g}" for value in row) for row in np.hstack([POINTS["a"], POINTS["b"]])]


@pytest.fixture(scope="session")
def unlike(server: str) -> dict[str, Any]:
    """A report on two pictures of one thing that the search cannot line up."""
    a = dead_leaves(4, *SIZE)
    report = post_pair(server, png(a), png(other_sensor(moved(a, MOTION, SIZE))), analyses="pixel,orb,ssim,regions")
    assert (report["verdict"]["kind"], report["alignment"]["status"]) == ("different", "failed")
    return report


@pytest.fixture
def opened(page: Page, unlike: dict[str, Any]) -> Page:
    """The report's page."""
    return open_view(page, unlike["links"]["page"])


def at(page: Page, field: str, number: int) -> tuple[float, float]:
    """Where in the window a point of a picture is, from 1."""
    board = page.locator(f".plot-{field} .board")
    board.scroll_into_view_if_needed()
    box = board.bounding_box()
    assert box
    x, y = (POINTS[field][number - 1] + 0.5) * min(box["width"] / SIZE[0], box["height"] / SIZE[1])
    return box["x"] + float(x), box["y"] + float(y)


def click(page: Page, field: str, number: int) -> None:
    page.mouse.click(*at(page, field, number))


def numbers(page: Page) -> list[list[float]]:
    """The pairs of the text field."""
    return [[*map(float, line.split(","))] for line in text(page).input_value().splitlines()]


def text(page: Page) -> Locator:
    return page.get_by_label("The points as numbers")


def compared(page: Page, before: str) -> None:
    """Compare again, and wait for the new report."""
    page.locator("#points").get_by_role("button", name="Compare again").click()
    expect(page).not_to_have_url(re.compile(before))
    expect(page.locator("#card-alignment .headline")).to_contain_text("Lined up")


def test_points_set_by_clicks_line_up_what_could_not_be(opened: Page, unlike: dict[str, Any]) -> None:
    opened.get_by_role("link", name="Line them up by points").click()
    status = opened.locator("#points .next")
    expect(status).to_contain_text("Click a place in Before")
    for number in (1, 2, 3):
        click(opened, "a", number)
        expect(status).to_contain_text(f"Now set point {number} in After")
        click(opened, "b", number)
    expect(status).to_contain_text("3 pairs are set")
    wanted = np.hstack([POINTS["a"], POINTS["b"]])
    assert np.abs(np.array(numbers(opened)) - wanted).max() <= 1
    assert objections(opened, "#points") == ""
    compared(opened, unlike["id"])
    card = opened.locator("#card-alignment")
    expect(card.locator(".headline")).to_contain_text(re.compile(r"turned by (59\.9|60\.\d)°"))
    expect(card.locator(".means")).to_contain_text("by 3 pairs of points that were given")
    card.get_by_text("Change the points").click()
    expect(card.locator(".plot-a .spot")).to_have_count(3)
    assert np.abs(np.array(numbers(opened)) - wanted).max() <= 1
    assert objections(opened, "#card-alignment") == ""


def test_too_few_points_are_not_sent(opened: Page, unlike: dict[str, Any]) -> None:
    click(opened, "b", 1)
    expect(opened.locator("#points .next")).to_contain_text("Now set point 1 in Before")
    assert text(opened).input_value() == "", "half a pair is no pair"
    click(opened, "a", 1)
    opened.locator("#points").get_by_role("button", name="Compare again").click()
    assert text(opened).evaluate("(field) => field.validationMessage").startswith("Set two to four pairs")
    expect(opened).to_have_url(re.compile(unlike["id"]))


def test_a_fifth_point_is_not_set_and_pairs_are_removed(opened: Page) -> None:
    text(opened).fill("10, 10, 10, 10\n600, 10, 600, 10\n600, 400, 600, 400\n10, 400, 10, 400")
    expect(opened.locator(".pairs li")).to_have_count(4)
    click(opened, "a", 1)
    assert len(numbers(opened)) == 4
    opened.get_by_role("button", name="Remove pair 2").click()
    assert numbers(opened) == [[10] * 4, [600, 400, 600, 400], [10, 400, 10, 400]]
    opened.get_by_role("button", name="Clear all").click()
    assert text(opened).input_value() == ""
    expect(opened.locator(".spot")).to_have_count(0)
    expect(opened.get_by_role("button", name="Add a pair by keyboard")).to_be_focused()


def test_a_point_is_dragged(opened: Page) -> None:
    text(opened).fill("\n".join(LINES[:2]))
    opened.mouse.move(*at(opened, "b", 2))
    opened.mouse.down()
    opened.mouse.move(*at(opened, "b", 3), steps=4)
    expect(opened.locator(".plot-b .loupe")).to_be_visible()
    opened.mouse.up()
    assert np.abs(np.array(numbers(opened)[1][2:]) - POINTS["b"][2]).max() <= 1
    assert numbers(opened)[0] == [*POINTS["a"][0], *POINTS["b"][0]]


def test_points_are_set_by_keyboard_alone(opened: Page) -> None:
    add = opened.get_by_role("button", name="Add a pair by keyboard")
    for _ in range(2):
        add.focus()
        opened.keyboard.press("Enter")
    assert numbers(opened) == [[160, 120, 160, 120], [480, 360, 480, 360]]
    expect(opened.get_by_label("Point 2 in Before, at 480, 360.")).to_be_focused()
    for key in ("ArrowRight", "Shift+ArrowUp", "Shift+ArrowUp"):
        opened.keyboard.press(key)
    expect(opened.get_by_label("Point 2 in Before, at 481, 340.")).to_be_focused()
    assert numbers(opened)[1] == [481, 340, 480, 360]
    expect(opened.locator(".plot-a .loupe")).to_be_visible()
    opened.keyboard.press("Delete")
    assert len(numbers(opened)) == 1


def test_a_text_that_is_no_pairs_is_not_sent(opened: Page) -> None:
    text(opened).fill("10, 20, 30")
    assert text(opened).evaluate("(field) => field.validationMessage").startswith("Write one pair a line")
    text(opened).fill("[[10, 20, 30, 40], [300, 200, 310, 210]]")
    expect(opened.locator(".plot-b .spot")).to_have_count(2)
    assert text(opened).evaluate("(field) => field.checkValidity()")


def test_what_the_service_refuses_is_shown_beside_the_button(opened: Page) -> None:
    text(opened).fill("10 20 30 40\n11 21 300 400")
    opened.locator("#points").get_by_role("button", name="Compare again").click()
    expect(opened.locator("#points .error")).to_contain_text("points: must be at least 4 pixels apart")


def test_points_are_set_with_a_finger(phone: Page, unlike: dict[str, Any]) -> None:
    open_view(phone, unlike["links"]["page"])
    for number in (1, 2):
        for field in "ab":
            phone.touchscreen.tap(*at(phone, field, number))
    assert np.abs(np.array(numbers(phone)) - np.hstack([POINTS["a"], POINTS["b"]])[:2]).max() <= 3
    assert phone.evaluate("document.documentElement.scrollWidth") <= 375


def test_without_scripts_the_numbers_suffice(browser: Browser, server: str, unlike: dict[str, Any]) -> None:
    with fresh_page(browser, server, java_script_enabled=False) as page:
        page.goto(unlike["links"]["page"])
        expect(page.locator(".plots")).to_be_hidden()
        text(page).fill("\n".join(LINES[:2]))
        compared(page, unlike["id"])
        expect(page.locator("#card-alignment .means").first).to_contain_text("by 2 pairs of points that were given")
        page.get_by_text("Change the points").click()
        expect(text(page)).to_have_value("\n".join(LINES[:2]))
