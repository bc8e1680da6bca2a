"""The report page in a browser."""

import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.posting import post_pair
from tests.pictures import changed_scene, png, scene


@pytest.fixture(scope="session")
def report(server: str) -> dict[str, str]:
    """The links of a report on the scene with all analyses."""
    return dict(post_pair(server, png(scene(480, 320)), png(changed_scene(480, 320)))["links"])


@pytest.fixture
def opened(page: Page, report: dict[str, str]) -> Page:
    page.goto(report["page"])
    return page


def test_every_card_is_there(opened: Page) -> None:
    expect(opened.locator(".card")).to_have_count(8)
    expect(opened.locator("#card-pixel .headline")).to_contain_text("%")


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
    expect(page.locator("#viewer")).to_have_attribute("data-ready", "true")
    page.get_by_role("button", name="Difference").click()
    expect(page.locator("#viewer")).to_have_attribute("data-mode", "difference")
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
