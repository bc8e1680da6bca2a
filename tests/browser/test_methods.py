"""The comparison of the methods in a browser."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from app.vision.finders import FINDERS
from tests.browser.posting import post_pair
from tests.pictures import changed_scene, png, scene

REPORT = re.compile(r"/reports/[0-9a-f]{32}$")


@pytest.fixture(scope="session")
def report(server: str) -> str:
    """The address of a report on the scene with default options."""
    return str(post_pair(server, png(scene(480, 320)), png(changed_scene(480, 320)))["links"]["page"])


@pytest.fixture
def opened(page: Page, report: str) -> Page:
    """The comparison of the methods, opened by keyboard."""
    page.goto(report)
    page.get_by_role("button", name="Compare the methods").focus()
    page.keyboard.press("Enter")
    # The first comparison waits for TensorFlow.
    expect(page.get_by_role("heading", level=2, name="Every method on this pair")).to_be_visible(timeout=60_000)
    return page


@pytest.mark.parametrize(("width", "columns"), [(375, 1), (1280, 3)])
def test_the_methods_stand_side_by_side(opened: Page, width: int, columns: int) -> None:
    opened.set_viewport_size({"width": width, "height": 900})
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    methods = opened.locator(".method")
    expect(methods).to_have_count(len(FINDERS))
    boxes = methods.evaluate_all("all => all.map((one) => one.getBoundingClientRect().top)")
    assert len(set(boxes)) == -(-len(FINDERS) // columns), "so many rows"
    for picture in methods.get_by_role("img").all():
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("(image) => image.naturalWidth") == 480
        shown = picture.bounding_box()
        assert shown
        assert shown["width"] > 300


def test_each_says_how_many_regions_in_what_time(opened: Page) -> None:
    first = opened.locator(".method").first
    expect(first).to_contain_text("used in this report")
    changes = opened.locator(".change").count()
    expect(first.locator(".measure").first).to_contain_text(re.compile(rf"Regions\s*{changes}\s*$"))
    expect(first.locator(".measure").last).to_contain_text(re.compile(r"Time\s*[\d,]+ ms"))
    lengths = opened.locator(".method .bar .fill").evaluate_all("bars => bars.map((bar) => +bar.getAttribute('width'))")
    assert max(lengths) == 100
    assert min(lengths) > 0


def test_the_way_leads_back(opened: Page) -> None:
    opened.get_by_role("button", name="All measures").click()
    expect(opened.locator("#card-pixel")).to_be_visible()
    expect(opened.get_by_role("button", name="Compare the methods")).to_be_visible()


def test_without_javascript(browser: Browser, server: str, report: str) -> None:
    context = browser.new_context(base_url=server, java_script_enabled=False)
    page = context.new_page()
    page.goto(report)
    page.get_by_role("button", name="Compare the methods").click()
    expect(page).to_have_url(REPORT)
    expect(page.locator(".method")).to_have_count(len(FINDERS))
    context.close()
