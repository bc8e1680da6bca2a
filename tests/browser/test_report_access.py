"""axe finds no accessibility violations on a report, light or dark."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from app.vision.arrays import UInt8
from tests.browser.posting import post_pair
from tests.browser.viewing import drawing, open_view, press, settle
from tests.pictures import noisy, png, scene, textured

QUICK = "pixel,hash,orb,ssim,regions"


def objections(page: Page, part: str | None = None) -> str:
    """The violations that axe finds on the page, or a part of it, in both colour schemes."""
    reported = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = Axe().run(page, context=part)
        reported += [f"{scheme}: {found.generate_report()}"] if found.violations_count else []
    return "\n".join(reported)


def unlike() -> tuple[UInt8, UInt8]:
    """Two pictures of different things."""
    return scene(), textured(240, 160)


def grainy() -> tuple[UInt8, UInt8]:
    return scene(), noisy(scene(), 2)


KINDS = {
    "identical": ((scene(), scene()), QUICK),
    "same": (grainy(), QUICK),
    "changed": (drawing(), f"{QUICK},mobilenet,methods"),
    "different": (unlike(), QUICK),
}


@pytest.mark.parametrize("kind", KINDS)
def test_reports_of_every_kind(page: Page, server: str, kind: str) -> None:
    (a, b), analyses = KINDS[kind]
    report: dict[str, Any] = post_pair(server, png(a), png(b), analyses=analyses)
    assert report["verdict"]["kind"] == kind
    open_view(page, report["links"]["page"])
    assert objections(page) == ""


def test_every_mode(viewer: Page) -> None:
    buttons = viewer.locator(".modes button").all()
    assert len(buttons) == 7
    for button in buttons:
        button.click()
        settle(viewer)
        assert objections(viewer, "#viewer") == "", button.inner_text()


def test_while_an_area_is_drawn_and_when_one_is_left_out(viewer: Page) -> None:
    press(viewer, "n", "ArrowRight")
    assert objections(viewer, "#viewer") == ""
    press(viewer, "Enter")
    expect(viewer.locator(".ignored li")).to_have_count(1)
    assert objections(viewer, "#viewer") == ""


def test_changes_that_are_chosen_hidden_or_below_the_score(viewer: Page) -> None:
    press(viewer, "j", "x", "j")
    viewer.get_by_label("Minimum score").fill("0.5")
    expect(viewer.locator(".shown-count")).not_to_be_empty()
    assert objections(viewer, "#changes") == ""


def test_the_keys(viewer: Page) -> None:
    press(viewer, "?")
    expect(viewer.locator("#keys")).to_be_visible()
    assert objections(viewer) == ""
