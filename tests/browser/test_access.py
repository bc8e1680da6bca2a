"""axe finds no accessibility violations on any page, light or dark."""

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.test_front import choose_both
from tests.browser.test_progress import HOLD, STEPS
from tests.pictures import png, scene


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "scene.png"
    path.write_bytes(png(scene()))
    return path


def empty(page: Page, _picture: Path) -> None:
    page.goto("/")


def filled(page: Page, picture: Path) -> None:
    page.goto("/")
    choose_both(page, (picture, picture))
    page.get_by_text("Options", exact=True).click()


def running(page: Page, picture: Path) -> None:
    filled(page, picture)
    page.evaluate(HOLD, STEPS)
    page.get_by_role("button", name="Compare").click()
    expect(page.locator(".steps li")).to_have_count(3)


def errors(page: Page, picture: Path) -> None:
    """Show errors beside a zone, at the form, and beside an option."""
    broken = picture.with_name("broken.png")
    broken.write_bytes(picture.read_bytes()[:2000])
    filled(page, picture)
    page.locator("#zoneA input").set_input_files(broken)
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("#zoneA .error")).to_be_visible()
    page.get_by_label("Pixel threshold").fill("2")
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("#threshold-error")).to_be_visible()


def recent(page: Page, picture: Path) -> None:
    """A list with a report, a pair that is not compared yet, and a deleted pair."""
    for analyses in ("pixel", "", ""):
        stored(page, picture)
        if analyses:
            token = page.locator("[name=csrf_token]").get_attribute("value") or ""
            page.request.post(f"{page.url}/evaluate", form={"csrf_token": token, "analyses": analyses})
    page.goto("/")
    page.locator(".delete").first.click()
    expect(page.locator(".kind")).to_have_count(1)


def no_hits(page: Page, picture: Path) -> None:
    stored(page, picture)
    page.goto("/?q=nothing")
    expect(page.locator(".rest")).to_contain_text("No file")


def stored(page: Page, picture: Path) -> None:
    """The page of a stored pair."""
    page.goto("/")
    token = page.locator("[name=csrf_token]").get_attribute("value") or ""
    file: FilePayload = {"name": picture.name, "mimeType": "image/png", "buffer": picture.read_bytes()}
    page.goto(page.request.post("/upload", multipart={"csrf_token": token, "a": file, "b": file}).url)


def missing(page: Page, _picture: Path) -> None:
    page.goto("/reports/nothing")


def description(page: Page, _picture: Path) -> None:
    """The API's page, with a schema opened by a link."""
    page.goto("/api/docs#schema-Report")
    expect(page.locator("#schema-Report table")).to_be_visible()


STATES = [empty, filled, running, errors, recent, no_hits, stored, missing, description]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_axe_has_nothing_to_object_to(
    page: Page, picture: Path, state: Callable[[Page, Path], None], scheme: str
) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    state(page, picture)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
