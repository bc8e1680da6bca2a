"""Large pictures: zoomed in, they are shown in full resolution, and only visible tiles are fetched."""

import math
import re

import numpy as np
import pytest
from playwright.sync_api import Page, Request, Route, expect

from app.vision.arrays import Mask, UInt8
from tests.browser.posting import post_pair
from tests.browser.viewing import open_view, pixels, press, settle, view
from tests.pictures import png

# Three columns and two rows of tiles, just enough pixels that the report's own pictures are shrunk.
WIDTH, HEIGHT = 2600, 1600
SQUARES = re.compile(r"/detail-([a-z]+)-(\d)-(\d)$")
# Positions on the pictures: in one tile, in another, and where four of them meet.
FIRST, LAST, CORNER = "500,400,2", "2400,1400,2", "1030,1020.5,1"
PAUSES = 5000, 10_000, 20_000, 40_000


def before() -> UInt8:
    """Flat fields of different colours, which are encoded exactly and reveal every shift."""
    colours = np.random.default_rng(2).integers(0, 256, (HEIGHT // 50, WIDTH // 50, 3), np.uint8)
    return colours.repeat(50, axis=0).repeat(50, axis=1)


def after() -> UInt8:
    """The same with one more field where four tiles meet."""
    picture = before()
    picture[1000:1061, 1010:1091] = (255, 0, 255)
    return picture


@pytest.fixture(scope="module")
def large(server: str) -> str:
    """The page of a report on them."""
    report = post_pair(server, png(before()), png(after()), analyses="pixel", align="off")
    return str(report["links"]["page"])


@pytest.fixture
def asked(page: Page) -> list[str]:
    """The tiles that the page has requested, in order, as picture, column and row."""
    page.emulate_media(reduced_motion="reduce")
    names: list[str] = []

    def note(request: Request) -> None:
        names.extend("-".join(found) for found in SQUARES.findall(request.url))

    page.on("request", note)
    return names


def go(page: Page, at: str, mode: str = "side") -> None:
    """Move to another position of the open report without waiting for pending tiles."""
    page.evaluate("(view) => (location.hash = view)", f"view={mode}&at={at}")


def crop(page: Page, picture: UInt8 | Mask) -> UInt8 | Mask:
    """The part of a picture that a pane must show at 100 %."""
    shown = view(page)
    left, top = (math.floor(at - size / 2) for at, size in ((shown.x, shown.width), (shown.y, shown.height)))
    return picture[top : top + round(shown.height), left : left + round(shown.width)]


def test_the_whole_needs_no_squares(page: Page, large: str, asked: list[str]) -> None:
    open_view(page, large)
    for key in "wobds":
        press(page, key)
    assert asked == []


def test_only_the_squares_in_sight_are_fetched_and_each_once(page: Page, large: str, asked: list[str]) -> None:
    open_view(page, large, f"view=side&at={FIRST}")
    assert sorted(asked) == ["a-0-0", "b-0-0"]
    press(page, "0")
    go(page, LAST)
    settle(page)
    assert sorted(asked[2:]) == ["a-2-1", "b-2-1"]
    for at in (FIRST, LAST):
        press(page, "0", "d", "s")
        go(page, at)
        settle(page)
    assert len(asked) == 4


def test_a_mode_fetches_what_it_shows(page: Page, large: str, asked: list[str]) -> None:
    open_view(page, large, f"view=difference&at={FIRST}")
    assert asked == ["difference-0-0"]
    press(page, "ArrowRight")
    assert asked[1:] == ["b-0-0"]


@pytest.mark.parametrize("width", [1280, 1291])
def test_pixel_for_pixel_the_pictures_are_as_they_were_given(
    page: Page, large: str, asked: list[str], width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    open_view(page, large, f"view=side&at={CORNER}")
    a, b = (pixels(page, f".pane-{name} canvas")[..., :3] for name in "ab")
    assert np.array_equal(a, crop(page, before()))
    assert np.array_equal(b, crop(page, after()))
    assert len(asked) == 8, "four squares of each"
    press(page, "d")
    marked = (pixels(page, ".pane-a canvas")[..., :3] == (255, 221, 0)).all(axis=2)
    assert np.array_equal(marked, crop(page, (before() != after()).any(axis=2)))


def test_the_key_for_it_shows_them_so(page: Page, large: str, asked: list[str]) -> None:
    open_view(page, large)
    press(page, "1")
    assert asked
    assert np.array_equal(pixels(page, ".pane-b canvas")[..., :3], crop(page, after()))


def test_few_are_fetched_at_once_and_none_that_nobody_looks_at_any_more(
    page: Page, large: str, asked: list[str]
) -> None:
    held: list[Route] = []
    page.route(SQUARES, lambda route: held.append(route))
    page.goto(f"{large}#view=side&at={CORNER}", wait_until="commit")
    expect(page.locator("#viewer")).to_have_attribute("data-ready", "true")
    page.wait_for_timeout(300)
    assert asked == ["a-0-0", "a-1-0", "a-0-1", "a-1-1"]
    expect(page.locator("#where")).to_have_text("Loading")
    go(page, LAST)
    page.wait_for_timeout(100)
    assert len(asked) == 4
    for route in held:
        route.continue_()
    page.unroute(SQUARES)
    settle(page)
    assert sorted(asked[4:]) == ["a-2-1", "b-2-1"]


def test_a_square_that_failed_is_asked_for_again_after_a_pause(page: Page, large: str, asked: list[str]) -> None:
    page.clock.install()
    page.route(SQUARES, lambda route: route.fulfill(status=429), times=2)
    page.goto(f"{large}#view=blink&side=a&at={FIRST}")
    for refused, pause in enumerate(PAUSES[:2], 1):
        page.wait_for_timeout(200)
        assert asked == ["a-0-0"] * refused
        expect(page.locator("#where")).to_have_text("Loading")
        page.clock.fast_forward(pause)
    settle(page)
    assert asked == ["a-0-0"] * 3
    go(page, CORNER, "blink")
    settle(page)
    assert np.array_equal(pixels(page, ".pane-a canvas")[..., :3], crop(page, before()))


def test_what_fails_again_and_again_is_given_up_and_reported(page: Page, large: str, asked: list[str]) -> None:
    page.clock.install()
    page.route(SQUARES, lambda route: route.fulfill(status=429))
    page.goto(f"{large}#view=difference&at={FIRST}")
    for pause in (*PAUSES, 80_000):
        page.wait_for_timeout(200)
        page.clock.fast_forward(pause)
    expect(page.locator("#where")).to_have_text(re.compile("could not be loaded"))
    assert asked == ["difference-0-0"] * 5
    assert pixels(page, ".pane-a canvas")[..., 3].any(), "what the report itself has is seen"
    press(page, "0")
    expect(page.locator("#where")).to_have_text("")
