"""The list of changes on the report page, and its drawings on the pictures."""

import re
import urllib.request
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from app.vision.arrays import UInt8
from tests.browser.posting import post_pair
from tests.pictures import png

Place = tuple[int, int]
BLUE, RED = (20, 60, 200), (200, 60, 20)


def sheet(badge: Place, ring: tuple[int, int, int] = BLUE) -> UInt8:
    """A white picture, 480 × 320, with a crossed badge of 60 × 40 at a position, and a ring."""
    paper = np.full((320, 480, 3), 255, np.uint8)
    x, y = badge
    cv2.rectangle(paper, badge, (x + 59, y + 39), (10, 160, 90), -1)
    cv2.line(paper, badge, (x + 59, y + 39), (0, 0, 0), 5)
    cv2.ellipse(paper, (x + 40, y + 12), (12, 6), 0, 0, 360, (255, 255, 0), -1)
    cv2.circle(paper, (400, 60), 30, ring, 8)
    return paper


def lines(height: int) -> UInt8:
    """A picture without equal rows, like a page of text."""
    return np.random.default_rng(3).integers(0, 256, (height, 300, 3), np.uint8)


def opened(page: Page, server: str, a: UInt8, b: UInt8) -> Page:
    page.goto(post_pair(server, png(a), png(b))["links"]["page"])
    return page


# The start and the end of an arrow, in the pixels of its picture.
ENDS = """(arrow) => {
    const [line, head] = [...arrow.querySelectorAll(".stroke")];
    const matrix = arrow.ownerSVGElement.getScreenCTM().inverse().multiply(arrow.getScreenCTM());
    const points = [line, head].map((path) => path.getPointAtLength(0).matrixTransform(matrix));
    return points.map(({x, y}) => [x, y]);
}"""


def ends(page: Page, arrow: str) -> list[list[float]]:
    page.emulate_media(media="print")  # paper has the outlines as SVG
    return list(page.locator(arrow).evaluate(ENDS))


@pytest.fixture
def moved(page: Page, server: str) -> Page:
    """A report in which the badge moved 200 px right and 120 px down, and the ring became red."""
    return opened(page, server, sheet((60, 80)), sheet((260, 200), RED))


def test_what_moved_says_where_to_in_both_of_its_places(moved: Page) -> None:
    expect(moved.locator(".changes h2")).to_have_text("2 changes in 3 regions")
    places = moved.locator(".change", has_text="200 px right, 120 px down")
    expect(places).to_have_count(2)
    gone, come = moved.locator(".change", has_text="Moved to"), moved.locator(".change", has_text="Moved here from")
    expect(gone.locator("strong")).to_have_text(f"Moved to {come.locator('.index').inner_text()}")
    expect(come.locator("strong")).to_have_text(f"Moved here from {gone.locator('.index').inner_text()}")


def test_a_kind_comes_first_then_the_place_and_how_sure(moved: Page) -> None:
    recoloured = moved.locator(".change .facts", has_text="Changed colour")
    expect(recoloured).to_have_text(
        re.compile(r"^Changed colour\s+\d+ × \d+ px at \d+, \d+\s+score [01]\.\d\d, found by \w+")
    )


def test_an_arrow_leads_from_the_old_place_to_the_new_one_on_both_pictures(moved: Page) -> None:
    for frame in (".frame-a", ".frame-b"):
        expect(moved.locator(f"{frame} .arrow")).to_have_count(1)
        (x, y), (tip_x, tip_y) = ends(moved, f"{frame} .arrow")
        # From the old frame to the new one; a frame has a margin of 14 px.
        assert 60 < x <= 120 + 14
        assert 80 < y <= 120 + 14
        assert 260 - 14 <= tip_x < 320
        assert 200 - 14 <= tip_y < 240


def test_a_small_move_has_an_arrow_beside_it(page: Page, server: str) -> None:
    opened(page, server, sheet((60, 80)), sheet((68, 80)))
    expect(page.locator(".change strong")).to_have_text("Moved")
    expect(page.locator(".change")).to_contain_text("8 px right")
    (x, _), (tip_x, _) = ends(page, ".frame-a .arrow")
    assert 120 <= x < tip_x, "it hides nothing of the thing"


def test_inserted_rows_are_a_line_in_before_and_shown_from_after(page: Page, server: str) -> None:
    whole = lines(400)
    opened(page, server, np.delete(whole, np.s_[120:220], axis=0), whole)
    change = page.locator(".change")
    expect(change.locator("strong")).to_have_text("100 rows inserted")
    expect(change).to_contain_text("rows 120 to 219 of After")
    line = page.locator(".frame-a .outline > rect.stroke")
    assert line.get_attribute("y") == "120"
    assert line.get_attribute("height") == "1"
    used = change.locator(".crop-b use").get_attribute("href")
    assert page.locator(f"image{used}").get_attribute("height") == "400", "the crop is cut from B as sent"


def test_removed_rows_are_reported_of_before(page: Page, server: str) -> None:
    whole = lines(400)
    opened(page, server, whole, np.delete(whole, np.s_[120:121], axis=0))
    expect(page.locator(".change strong")).to_have_text("1 row removed")
    expect(page.locator(".change")).to_contain_text("row 120 of Before")


@pytest.mark.parametrize("width", [375, 768, 1280, 2560])
def test_nothing_is_wider_than_the_screen(moved: Page, width: int) -> None:
    moved.set_viewport_size({"width": width, "height": 800})
    assert moved.evaluate("document.documentElement.scrollWidth") <= width


def test_the_download_has_the_crops_of_inserted_rows(browser: Browser, server: str, tmp_path: Path) -> None:
    whole = lines(400)
    links = post_pair(server, png(np.delete(whole, np.s_[120:220], axis=0)), png(whole))["links"]
    saved = tmp_path / "report.html"
    with urllib.request.urlopen(server + links["download"]) as answer:
        saved.write_bytes(answer.read())
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(saved.as_uri())
    expect(page.locator(".change strong")).to_have_text("100 rows inserted")
    assert str(page.locator("#picture-b-own").get_attribute("href")).startswith("data:image/")
    context.close()
