"""The options on the front page and on the page of a stored pair."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.vision.analyses import ANALYSES, default_analyses
from tests.browser.test_front import REPORT, choose_both
from tests.pictures import changed_scene, png, scene

TOLERANCES = {
    "Smallest region": "min_size",
    "Pixels that may differ": "allow_pixels",
    "Share that may differ": "allow_share",
    "Pixels of a window that may differ": "allow_window",
    "Motion that passes": "allow_shift",
    "Levels that may differ": "allow_tone",
}


@pytest.fixture(params=["front", "pair"])
def opened(request: pytest.FixtureRequest, page: Page, tmp_path: Path) -> Page:
    """Either page with two pictures and open options."""
    files = tmp_path / "before.png", tmp_path / "after.png"
    for path, picture in zip(files, (scene(), changed_scene()), strict=True):
        path.write_bytes(png(picture))
    page.goto("/")
    if request.param == "front":
        choose_both(page, files)
    else:
        token = page.locator("[name=csrf_token]").get_attribute("value") or ""
        form: dict[str, Any] = {"csrf_token": token, "a": files[0], "b": files[1]}
        page.goto(page.request.post("/upload", multipart=form).url)
    page.get_by_text("Options", exact=True).click()
    return page


def compare(page: Page) -> None:
    page.get_by_role("button", name="Compare").click()


def used(page: Page) -> dict[str, Any]:
    """The options of the report that the page creates."""
    page.wait_for_url(REPORT)
    report = page.request.get(page.url.replace("/reports/", "/api/v1/reports/"))
    return dict(json.loads(report.text())["options"])


def test_untouched_they_are_the_defaults(opened: Page) -> None:
    compare(opened)
    options = used(opened)
    assert {name: options[name] for name in ("align", "threshold", "finder")} == {
        "align": "auto",
        "threshold": 0.1,
        "finder": "combined",
    }
    assert options["analyses"] == list(default_analyses())
    assert options["colour_distance"] == "oklab"
    assert not any(options[name] for name in (*TOLERANCES.values(), "allow_smoothing"))


def test_what_is_chosen_is_sent(opened: Page) -> None:
    opened.get_by_label("Alignment").select_option("Compare as given")
    opened.get_by_label("Pixel threshold").fill("0.25")
    opened.get_by_label("How to look for changes").select_option("pixelwise")
    opened.get_by_label("Measures").select_option("All measures, and these methods compared")
    compare(opened)
    options = used(opened)
    assert (options["align"], options["threshold"], options["finder"]) == ("off", 0.25, "pixelwise")
    assert options["analyses"] == list(ANALYSES)


def test_tolerances_are_sent_and_the_report_says_what_they_permit(opened: Page) -> None:
    for label, name in TOLERANCES.items():
        opened.get_by_label(label, exact=True).fill("0.5" if name == "allow_share" else "2")
    opened.get_by_label("Smoothing of text and edges").select_option("Passes")
    opened.get_by_label("Colour distance").select_option("yiq")
    compare(opened)
    options = used(opened)
    values = {name: 0.5 if name == "allow_share" else 2 for name in TOLERANCES.values()}
    assert {name: options[name] for name in values} == values
    assert (options["allow_smoothing"], options["colour_distance"]) == (True, "yiq")
    expect(opened.get_by_role("heading", level=1)).to_contain_text("which allow_share 0.5 permits.")
    expect(opened.locator(".verdict .kind")).to_contain_text("No meaningful change")
    expect(opened.locator("#changes header")).to_contain_text("All regions pass because of a tolerance.")
    expect(opened.locator("#changes li")).to_contain_text("passes: allow_share permits it")


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("Pixels that may differ", "-1"),
        ("Pixels that may differ", "1.5"),
        ("Share that may differ", "1.01"),
        ("Motion that passes", "33"),
        ("Levels that may differ", "256"),
        ("Smallest region", ""),
    ],
)
def test_a_wrong_tolerance_is_reported_beside_its_field(opened: Page, label: str, value: str) -> None:
    field = opened.get_by_label(label, exact=True)
    field.fill(value)
    compare(opened)
    error = opened.locator(f"#{TOLERANCES[label]}-error")
    expect(error).to_be_visible()
    expect(error).not_to_be_empty()
    expect(field).to_be_focused()


@pytest.mark.parametrize("value", ["2", "-0.1", ""])
def test_what_the_browser_finds_wrong_is_reported_beside_the_field(opened: Page, value: str) -> None:
    field = opened.get_by_label("Pixel threshold")
    field.fill(value)
    opened.get_by_text("Options", exact=True).click()
    compare(opened)
    error = opened.locator("#threshold-error")
    expect(error).to_be_visible()
    expect(error).not_to_be_empty()
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("0.2")
    expect(error).to_be_hidden()
    compare(opened)
    assert used(opened)["threshold"] == 0.2


def test_what_the_service_finds_wrong_is_reported_there_too(opened: Page) -> None:
    field = opened.get_by_label("How to look for changes")
    field.evaluate("field => field.add(new Option('Magic', 'magic', true, true))")
    compare(opened)
    expect(opened.locator("#finder-error")).to_contain_text("Must be 'combined'")
    expect(field).to_be_focused()
    expect(opened.locator("#formError")).to_be_hidden()
    expect(opened.locator("#progress")).to_be_hidden()
    field.select_option("ssim")
    expect(opened.locator("#finder-error")).to_be_hidden()
    compare(opened)
    assert used(opened)["finder"] == "ssim"


def test_every_option_has_its_help(opened: Page) -> None:
    labels = ("Alignment", "Pixel threshold", "Colour distance", "How to look for changes", "Measures")
    for label in (*labels, *TOLERANCES, "Smoothing of text and edges"):
        described = opened.get_by_label(label, exact=True).get_attribute("aria-describedby") or ""
        expect(opened.locator(f"#{described.split()[0]}")).not_to_be_empty()
    defaults = opened.locator(".options option:has-text('(default)')")
    assert defaults.evaluate_all("all => all.every((one) => one.selected)")
    assert defaults.count() == 5
