"""The report page in a browser."""

import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.posting import post_pair
from tests.pictures import changed_scene, png, scene


@pytest.fixture(scope="session")
def report(server: str) -> dict[str, str]:
    """The links of a report on the scene, all analyses."""
    return dict(post_pair(server, png(scene(480, 320)), png(changed_scene(480, 320)))["links"])


@pytest.fixture
def opened(page: Page, report: dict[str, str]) -> Page:
    page.goto(report["page"])
    return page


def test_every_card_is_there(opened: Page) -> None:
    expect(opened.locator(".card")).to_have_count(7)
    expect(opened.locator("#card-pixel .headline")).to_contain_text("%")


def test_views(opened: Page) -> None:
    a, b, difference = (opened.locator(f".frame-{name}") for name in ("a", "b", "difference"))
    expect(difference).to_be_hidden()
    side = a.bounding_box()
    opened.get_by_role("button", name="Swipe").click()
    expect(opened.get_by_role("slider")).to_be_visible()
    swiped = a.bounding_box()
    assert side
    assert swiped
    assert swiped["width"] > side["width"], "one picture gets the room of two"
    opened.get_by_role("button", name="Difference").click()
    expect(difference).to_be_visible()
    expect(a).to_be_hidden()
    opened.get_by_role("button", name="Side by side").click()
    expect(b).to_be_visible()


def test_the_swipe_moves_by_keyboard_and_by_dragging(opened: Page) -> None:
    opened.get_by_role("button", name="Swipe").click()
    clip = "getComputedStyle(document.querySelector('.frame-b svg')).clipPath"
    opened.get_by_role("slider").focus()
    opened.keyboard.press("Home")
    assert opened.evaluate(clip) == "inset(0px 0px 0px 0%)"
    box = opened.locator(".frame-a svg").bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    opened.mouse.move(box["x"] + box["width"] * 0.5, middle)
    opened.mouse.down()
    opened.mouse.move(box["x"] + box["width"] * 0.75, middle)
    opened.mouse.up()
    assert opened.evaluate(clip) == "inset(0px 0px 0px 75%)"


def test_a_change_can_be_picked_and_the_outlines_hidden(opened: Page) -> None:
    opened.locator(".change").first.focus()
    opened.keyboard.press("Enter")
    expect(opened.locator(".frame-a .outline.chosen")).to_have_count(1)
    expect(opened.locator(".frame-b .outline.chosen")).to_have_count(1)
    opened.get_by_role("button", name="Outlines").click()
    expect(opened.locator(".frame-a .outline")).to_be_hidden()


@pytest.mark.parametrize("width", [375, 768, 1280, 2560])
def test_nothing_is_wider_than_the_screen(page: Page, report: dict[str, str], width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(report["page"])
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_phone_starts_with_the_swipe(page: Page, report: dict[str, str]) -> None:
    page.set_viewport_size({"width": 375, "height": 800})
    page.goto(report["page"])
    expect(page.get_by_role("slider")).to_be_visible()


def test_the_download_works_without_the_server(
    browser: Browser, server: str, report: dict[str, str], tmp_path: Path
) -> None:
    saved = tmp_path / "report.html"
    with urllib.request.urlopen(server + report["download"]) as answer:
        saved.write_bytes(answer.read())
    context = browser.new_context(offline=True)
    page = context.new_page()
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    page.goto(saved.as_uri())
    expect(page.get_by_role("heading", level=1)).to_have_text("1 thing appeared.")
    page.get_by_role("button", name="Difference").click()
    expect(page.locator(".frame-difference")).to_be_visible()
    loaded = "[...document.images].filter((i) => !i.loading || i.loading === 'eager').every((i) => i.naturalWidth > 0)"
    assert page.evaluate(loaded)
    assert failed == []
    context.close()


def test_without_javascript_the_report_still_reads(browser: Browser, server: str, report: dict[str, str]) -> None:
    context = browser.new_context(base_url=server, java_script_enabled=False)
    page = context.new_page()
    page.goto(report["page"])
    expect(page.locator(".frame-a svg")).to_be_visible()
    expect(page.locator(".frame-b svg")).to_be_visible()
    expect(page.get_by_role("button", name="Swipe")).to_be_hidden()
    context.close()


def test_it_prints_on_two_pages(opened: Page) -> None:
    assert opened.pdf(format="A4").count(b"/Type /Page\n") == 2


def test_ten_changes_in_a_photograph_print_on_two_pages(page: Page, server: str, shared: Path) -> None:
    a, b = ((shared / "data" / "spot" / f"001_{side}.jpg").read_bytes() for side in "ab")
    page.goto(post_pair(server, a, b)["links"]["page"])
    expect(page.locator(".change")).to_have_count(10)
    assert page.pdf(format="A4").count(b"/Type /Page\n") == 2
