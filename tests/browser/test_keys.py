"""The keyboard: every key does what the dialog says, except while typing."""

import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.posting import post_pair
from tests.browser.viewing import drawing, open_view, press, reported_view, settle, view
from tests.pictures import png

# The keys and their meaning in the dialog.
EXPLAINED = {
    ("S",): "Side by side",
    ("W",): "Swipe",
    ("O",): "Onion skin",
    ("B",): "Blink",
    ("D",): "Difference",
    ("H",): "Heat map",
    ("M",): "Matches",
    ("←",): "Before alone",
    ("→",): "After alone",
    ("Shift ←", "Shift ↑", "Shift →", "Shift ↓"): "Move the picture",
    ("Space",): "Blink: play or pause",
    ("+",): "Zoom in",
    ("−",): "Zoom out",
    ("0",): "The whole picture; again for its full width",
    ("1",): "One screen pixel per pixel",
    ("J",): "The next change",
    ("K",): "The previous change",
    ("X",): "Hide the chosen change, or show it again",
    ("L",): "Outlines on or off",
    ("I",): "Ignore the chosen change",
    ("N",): "Draw an area to ignore",
    ("C",): "Copy the link to this view",
    ("Esc",): "Clear the choice",
    ("?",): "Show these keys",
}


@pytest.fixture(scope="session")
def enlarged(server: str) -> dict[str, Any]:
    """A report on the drawing at four times its size, larger than its pane."""
    a, b = (np.kron(picture, np.ones((4, 4, 1), np.uint8)) for picture in drawing())
    return post_pair(server, png(a), png(b), analyses="pixel,orb,ssim,regions")


@pytest.fixture
def keyed(page: Page, enlarged: dict[str, Any]) -> Page:
    page.emulate_media(reduced_motion="reduce")
    return open_view(page, enlarged["links"]["page"])


def mode(page: Page) -> str | None:
    return page.locator("#viewer").get_attribute("data-mode")


def test_the_dialog_explains_every_key(keyed: Page) -> None:
    press(keyed, "?")
    rows = keyed.locator("#keys dl > div")
    reported = {tuple(row.locator("kbd").all_inner_texts()): row.locator("dd").inner_text() for row in rows.all()}
    assert reported == EXPLAINED


def test_a_letter_for_every_mode(keyed: Page) -> None:
    for key, name in zip("wobdhms", ["swipe", "onion", "blink", "difference", "heat", "matches", "side"], strict=True):
        press(keyed, key)
        assert mode(keyed) == name
        expect(keyed.locator(".modes [aria-pressed=true]")).to_have_attribute("aria-keyshortcuts", key)
    press(keyed, "W")
    assert mode(keyed) == "swipe", "capitals, too"


def test_arrows_show_one_alone_and_the_space_bar_plays(keyed: Page) -> None:
    press(keyed, "ArrowRight")
    assert reported_view(keyed) == {"view": "blink", "side": "b"}
    press(keyed, "ArrowLeft")
    assert reported_view(keyed) == {"view": "blink", "side": "a"}
    play = keyed.locator("#play")
    expect(play).to_have_text("Play")
    press(keyed, " ")
    expect(play).to_have_text("Pause")
    press(keyed, " ")
    expect(play).to_have_text("Play")
    assert keyed.evaluate("scrollY") == 0


def test_the_space_bar_scrolls_the_page_in_other_modes(keyed: Page) -> None:
    press(keyed, "s", " ")
    keyed.wait_for_timeout(300)
    assert keyed.evaluate("scrollY") > 0


def test_plus_minus_and_numbers_zoom(keyed: Page) -> None:
    whole = view(keyed).scale
    press(keyed, "+")
    assert view(keyed).scale == pytest.approx(whole * 1.5, rel=1e-3)
    press(keyed, "=")
    assert view(keyed).scale == pytest.approx(whole * 1.5**2, rel=1e-3)
    press(keyed, "-")
    assert view(keyed).scale == pytest.approx(whole * 1.5, rel=1e-3)
    press(keyed, "1")
    assert view(keyed).scale == 1
    press(keyed, "0")
    assert view(keyed).scale == whole


def test_zero_once_more_fills_the_width_with_a_long_page(page: Page, server: str) -> None:
    long = png(np.random.default_rng(1).integers(0, 256, (1600, 200, 3), np.uint8))
    page.emulate_media(reduced_motion="reduce")
    open_view(page, post_pair(server, long, long, analyses="pixel")["links"]["page"])
    assert page.locator("#stage").get_attribute("data-zoomed") == "false"
    press(page, "0")
    shown = view(page)
    assert shown.scale * 200 == pytest.approx(shown.width, abs=0.1)
    assert shown.y == pytest.approx(shown.height / 2 / shown.scale, abs=0.1), "from the top"
    press(page, "0")
    assert page.locator("#stage").get_attribute("data-zoomed") == "false"


def test_shift_and_arrows_move_the_picture(keyed: Page) -> None:
    open_view(keyed, keyed.url.split("#")[0], "view=side&at=480,320,2")
    for key, x, y in (("Right", 520, 320), ("Down", 520, 360), ("Left", 480, 360), ("Up", 480, 320)):
        press(keyed, f"Shift+Arrow{key}")
        shown = view(keyed)
        assert (shown.x, shown.y) == (x, y), key
    assert mode(keyed) == "side"


def test_changes_are_stepped_hidden_and_left(keyed: Page) -> None:
    chosen = keyed.locator("#changes li:has([aria-pressed=true])")
    press(keyed, "x", "i")
    expect(keyed.locator("#changes .out")).to_have_count(0)
    expect(keyed.locator(".ignored li")).to_have_count(0)
    press(keyed, "j", "j", "k")
    expect(chosen).to_have_attribute("data-region", "1")
    press(keyed, "x")
    expect(keyed.locator("#changes .out")).to_have_attribute("data-region", "1")
    press(keyed, "x")
    expect(keyed.locator("#changes .out")).to_have_count(0)
    press(keyed, "i")
    expect(keyed.locator(".ignored li")).to_have_count(2)
    press(keyed, "Escape")
    expect(chosen).to_have_count(0)
    press(keyed, "l")
    expect(keyed.locator("#outlines")).to_have_attribute("aria-pressed", "false")
    press(keyed, "l")
    expect(keyed.locator("#outlines")).to_have_attribute("aria-pressed", "true")


def test_n_begins_drawing_and_escape_ends_it_before_it_chooses_nothing(keyed: Page) -> None:
    press(keyed, "j", "n")
    expect(keyed.locator(".draw")).to_have_attribute("aria-pressed", "true")
    press(keyed, "Escape")
    expect(keyed.locator(".draw")).to_have_attribute("aria-pressed", "false")
    expect(keyed.locator("#changes [aria-pressed=true]")).to_have_count(1)


def test_c_copies_the_link(keyed: Page) -> None:
    keyed.context.grant_permissions(["clipboard-read", "clipboard-write"])
    press(keyed, "d", "k", "c")
    expect(keyed.locator("#copied")).to_have_text("Copied")
    copied = keyed.evaluate("navigator.clipboard.readText()")
    assert re.search(r"/reports/[0-9a-f]{32}#view=difference&at=[\d.]+,[\d.]+,[\d.]+&region=4$", copied)


def test_the_dialog_takes_the_keys_and_gives_the_focus_back(keyed: Page) -> None:
    dialog = keyed.get_by_role("dialog", name="Keys")
    for opener, key in ((keyed.get_by_role("button", name="Keys"), "Enter"), (keyed.locator(".change").nth(1), "?")):
        opener.focus()
        press(keyed, key)
        expect(dialog).to_be_visible()
        press(keyed, "w", "j")
        assert mode(keyed) == "side"
        expect(keyed.locator("#changes [aria-pressed=true]")).to_have_count(0)
        press(keyed, "Escape")
        expect(dialog).to_be_hidden()
        expect(opener).to_be_focused()
    press(keyed, "?")
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()


def test_a_dialog_taller_than_a_phone_scrolls(phone: Page, enlarged: dict[str, Any]) -> None:
    open_view(phone, enlarged["links"]["page"])
    phone.get_by_role("button", name="Keys").tap()
    last = phone.locator("#keys dl > div").last
    last.scroll_into_view_if_needed()
    box = last.bounding_box()
    assert box
    assert box["y"] + box["height"] <= 800
    assert phone.evaluate("document.querySelector('#keys').scrollWidth <= document.querySelector('#keys').clientWidth")


def test_what_is_typed_into_a_field_is_no_command(keyed: Page) -> None:
    keyed.get_by_label("Order").focus()
    press(keyed, "d", "h")
    assert mode(keyed) == "side"
    keyed.evaluate(
        "document.querySelector('main').append(Object.assign(document.createElement('input'), {id: 'field'}))"
    )
    keyed.locator("#field").press_sequentially("wobj+x?")
    settle(keyed)
    expect(keyed.locator("#field")).to_have_value("wobj+x?")
    assert reported_view(keyed).get("view", "side") == "side"
    expect(keyed.locator("#keys")).to_be_hidden()


def test_the_browsers_own_keys_stay_its_own(keyed: Page) -> None:
    press(keyed, "Control+b", "Alt+d")
    assert mode(keyed) == "side"


def test_a_slider_keeps_its_arrows(keyed: Page) -> None:
    press(keyed, "o")
    mix = keyed.get_by_role("slider", name="Onion skin")
    mix.focus()
    press(keyed, "ArrowRight")
    assert mode(keyed) == "onion"
    assert reported_view(keyed) == {"view": "onion", "mix": "0.51"}
