"""The choice of a finder, and the regions card."""

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


def test_the_card_leads_to_another_finder_and_names_the_one_that_was_used(page: Page, report: str) -> None:
    page.goto(report)
    card = page.locator("#card-regions")
    expect(card.locator("dd").first).to_contain_text("Combined")
    card.get_by_role("link", name="Look with another").click()
    choice = page.get_by_label("How to look for changes")
    expect(choice).to_be_visible()
    expect(choice).to_have_value("combined")
    assert choice.locator("option").evaluate_all("all => all.map((one) => one.value)") == list(FINDERS)
    choice.select_option("ssim")
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url(REPORT)
    expect(card.locator("dd").first).to_contain_text("SSIM")
    expect(page.locator(".change").first).to_contain_text("found by ssim")


def test_the_options_keep_out_of_the_way_until_asked_for(page: Page, report: str) -> None:
    page.goto(report)
    pair = str(page.get_by_role("link", name="Look with another").get_attribute("href"))
    page.goto(pair.removesuffix("#finder"))
    choice = page.get_by_label("How to look for changes")
    expect(choice).to_be_hidden()
    page.get_by_text("Options").focus()
    page.keyboard.press("Enter")
    expect(choice).to_be_visible()


def test_without_javascript(browser: Browser, server: str, report: str) -> None:
    context = browser.new_context(base_url=server, java_script_enabled=False)
    page = context.new_page()
    page.goto(report)
    page.get_by_role("link", name="Look with another").click()
    page.get_by_label("How to look for changes").select_option("difference")
    page.get_by_role("button", name="Compare").click()
    expect(page).to_have_url(REPORT)
    expect(page.locator("#card-regions dd").first).to_contain_text("Difference")
    context.close()


@pytest.mark.parametrize("width", [375, 768, 1280, 2560])
def test_no_choice_is_wider_than_the_screen(page: Page, report: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(report)
    page.get_by_role("link", name="Look with another").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_card_shows_the_evidence_with_its_scale(page: Page, report: str) -> None:
    page.goto(report)
    card = page.locator("#card-regions")
    evidence = card.get_by_role("img", name="The evidence")
    evidence.scroll_into_view_if_needed()
    expect(evidence).to_have_js_property("naturalWidth", 480)
    expect(card.locator(".legend")).to_have_text(re.compile(r"alike\s+different"))


def test_rows_do_not_count_into_the_share_of_the_picture(page: Page, server: str) -> None:
    a = scene(480, 320)
    page.goto(post_pair(server, png(a[:80]), png(a))["links"]["page"])
    expect(page.locator("#card-regions .means")).to_have_text("The part that both have is the same.")
