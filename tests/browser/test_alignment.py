"""The card of the alignment."""

import re
import urllib.request

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.posting import post_pair
from tests.pictures import png, scene

TURN = cv2.getRotationMatrix2D((240, 160), 4, 1.0)


@pytest.fixture(scope="session")
def turned(server: str) -> dict[str, str]:
    """The links of a report on the scene and the scene rotated by 4°."""
    b = np.asarray(cv2.warpAffine(scene(480, 320), TURN, (480, 320)), np.uint8)
    return dict(post_pair(server, png(scene(480, 320)), png(b))["links"])


def test_it_comes_first_and_says_what_was_done(page: Page, turned: dict[str, str]) -> None:
    page.goto(turned["page"])
    card = page.locator(".card").first
    expect(card).to_have_id("card-alignment")
    expect(card.locator(".headline")).to_have_text(re.compile(r"Lined up\s+B is turned by 4\.0°"))
    expect(card.locator(".means")).to_contain_text(re.compile(r"\d\.\d\d % of Before has no counterpart in After"))
    cells = [float(cell.replace("−", "-")) for cell in card.locator(".matrix td").all_inner_texts()]
    back = cv2.invertAffineTransform(TURN)
    assert np.array(cells).reshape(3, 3)[:2] == pytest.approx(back, abs=0.3)
    assert cells[6:] == [0, 0, 1]


@pytest.mark.parametrize("width", [375, 768, 1280, 2560])
def test_its_pictures_show_and_the_page_keeps_to_the_screen(page: Page, turned: dict[str, str], width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(turned["page"])
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for picture in page.locator("#card-alignment img").all():
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("naturalWidth", 480)
        shown = picture.bounding_box()
        assert shown
        assert shown["width"] >= 300
    expect(page.locator("#card-alignment img")).to_have_count(2)


def test_pictures_that_lie_on_each_other_need_no_proof(page: Page, server: str) -> None:
    picture = png(scene(480, 320))
    page.goto(post_pair(server, picture, picture)["links"]["page"])
    expect(page.locator("#card-alignment .headline")).to_have_text("In place")
    expect(page.locator("#card-alignment img")).to_have_count(0)
    expect(page.locator("#card-alignment")).not_to_contain_text("counterpart")


def test_the_download_holds_its_pictures(server: str, turned: dict[str, str]) -> None:
    with urllib.request.urlopen(server + turned["download"]) as answer:
        card = answer.read().decode().split('id="card-alignment"')[1].split("</article>")[0]
    assert card.count('<img src="data:image/') == 2


def test_it_prints_on_two_pages(page: Page, turned: dict[str, str]) -> None:
    page.goto(turned["page"])
    assert page.pdf(format="A4").count(b"/Type /Page\n") == 2
