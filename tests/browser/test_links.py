"""The view in the address of a report, and the downloads."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.viewing import DISC, drag, open_view, point, press, reported_view, settle, view

NONSENSE = [
    "view=nothing",
    "view=__proto__",
    'view="]',
    "%E0%A4%A",
    "view=side&at=x,y,z",
    "view=side&at=1e999,1,2",
    "view=side&at=10,20,-3",
    "view=side&at=NaN",
    "view=swipe&swipe=7",
    "view=onion&mix=-1",
    "view=side&region=99&hidden=0,-1,x,1.5,99",
    "view=side&least=2&sort=sideways&outlines=perhaps",
    "main",
]


def test_the_address_restores_the_whole_view(viewer: Page) -> None:
    press(viewer, "w", "j", "j", "j", "+")
    viewer.locator("#handle").focus()
    press(viewer, "PageDown", "Escape", "j", "j", "x", "j", "j", "l")
    viewer.get_by_label("Order").select_option("place")
    viewer.get_by_label("Minimum score").fill("0.4")
    reported, shown = reported_view(viewer), view(viewer)
    assert reported.keys() == {"view", "swipe", "at", "region", "hidden", "sort", "least", "outlines"}
    again = viewer.context.new_page()
    again.emulate_media(reduced_motion="reduce")
    open_view(again, viewer.url)
    assert reported_view(again) == reported
    assert view(again) == shown
    expect(again.locator("#viewer")).to_have_attribute("data-mode", "swipe")
    expect(again.locator("#handle")).to_have_attribute("aria-valuenow", "40")
    for selector in ("#changes li:has([aria-pressed=true])", "#changes li.out"):
        number = viewer.locator(selector).get_attribute("data-region")
        expect(again.locator(selector)).to_have_attribute("data-region", str(number))
    order = [
        page.locator("#changes li").evaluate_all("all => all.map((li) => li.dataset.region)")
        for page in (viewer, again)
    ]
    assert order[0] == order[1]
    expect(again.get_by_label("Order")).to_have_value("place")
    expect(again.get_by_label("Minimum score")).to_have_value("0.4")
    expect(again.locator("#outlines")).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize(
    "reported",
    [
        {"view": "onion", "mix": "0.2"},
        {"view": "heat", "mix": "0.9"},
        {"view": "blink", "side": "b"},
        {"view": "difference", "at": "100,80,7"},
        {"view": "matches", "region": "2"},
    ],
)
def test_every_mode_has_its_place_in_the_address(page: Page, drawn: dict[str, Any], reported: dict[str, str]) -> None:
    page.emulate_media(reduced_motion="reduce")
    open_view(page, drawn["links"]["page"], "&".join("=".join(part) for part in reported.items()))
    press(page, "l", "l")  # something changes, so that it is written anew
    assert reported_view(page) == reported


def test_nonsense_is_passed_over(page: Page, drawn: dict[str, Any]) -> None:
    page.emulate_media(reduced_motion="reduce")
    for nonsense in NONSENSE:
        page.goto("about:blank")
        open_view(page, drawn["links"]["page"], nonsense)
        assert page.locator("#stage").get_attribute("data-zoomed") == "false", nonsense
        expect(page.locator("#changes li:visible")).to_have_count(4)
        expect(page.locator("#changes :is(.out, [aria-pressed=true])")).to_have_count(0)
        expect(page.get_by_label("Order")).to_have_value("change")
        expect(page.locator("#outlines")).to_have_attribute("aria-pressed", "true")
        expect(page.locator("#handle")).to_have_attribute("aria-valuenow", "50")


def test_a_place_off_the_picture_shows_its_edge(page: Page, drawn: dict[str, Any]) -> None:
    page.emulate_media(reduced_motion="reduce")
    open_view(page, drawn["links"]["page"], "view=side&at=-5000,9999,1000")
    press(page, "l")
    shown = view(page)
    assert shown.scale == 64
    assert (shown.x, shown.y) == pytest.approx((shown.width / 128, 160 - shown.height / 128), abs=0.1)


def test_another_view_typed_into_the_address_is_taken_over(viewer: Page) -> None:
    viewer.evaluate("location.hash = 'view=blink&side=b&at=60,112,10&region=4'")
    expect(viewer.locator("#viewer")).to_have_attribute("data-mode", "blink")
    settle(viewer)
    assert (view(viewer).x, view(viewer).y) == DISC
    viewer.evaluate("location.hash = 'view=side'")
    expect(viewer.locator("#viewer")).to_have_attribute("data-mode", "side")
    settle(viewer)
    assert reported_view(viewer) == {"view": "side"}, "a link without a place shows the whole"
    assert viewer.locator("#stage").get_attribute("data-zoomed") == "false"


def test_looking_around_leaves_no_trail_for_the_back_button(viewer: Page) -> None:
    before = viewer.evaluate("history.length")
    for key in "wob+j":
        press(viewer, key)
        reported_view(viewer)
    assert viewer.evaluate("history.length") == before


def test_a_long_drag_writes_the_address_once(viewer: Page) -> None:
    press(viewer, "+", "+")
    reported_view(viewer)
    viewer.evaluate(
        """() => {
            const write = history.replaceState.bind(history);
            window.written = 0;
            history.replaceState = (...all) => { window.written += 1; write(...all); };
        }"""
    )
    drag(viewer, point(viewer, (120, 80)), point(viewer, (100, 60)))
    reported_view(viewer)
    assert viewer.evaluate("window.written") == 1


def test_copy_link_puts_the_present_view_on_the_clipboard(viewer: Page, server: str, drawn: dict[str, Any]) -> None:
    viewer.context.grant_permissions(["clipboard-read", "clipboard-write"])
    press(viewer, "ArrowRight")
    viewer.get_by_role("button", name="Copy link").click()
    expect(viewer.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    copied = viewer.evaluate("navigator.clipboard.readText()")
    assert copied == f"{server}{drawn['links']['page']}#view=blink&side=b"


def test_without_a_clipboard_the_address_is_said_to_be_the_link(viewer: Page) -> None:
    viewer.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    press(viewer, "d")
    viewer.get_by_role("button", name="Copy link").click()
    expect(viewer.locator("#copied")).to_have_text("The address of this page is the link")
    assert viewer.url.endswith("#view=difference")


@pytest.mark.parametrize(
    ("name", "media", "begins"),
    [
        ("JSON", "application/json", b'{"'),
        ("HTML", "text/html", b"<!doctype html>"),
        ("PNG", "image/png", b"\x89PNG"),
    ],
)
def test_the_report_is_taken_along(viewer: Page, name: str, media: str, begins: bytes) -> None:
    address = viewer.get_by_role("link", name=name, exact=True).get_attribute("href")
    assert address
    answer = viewer.request.get(address)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith(media)
    assert answer.body().startswith(begins)
