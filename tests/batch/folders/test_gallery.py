"""The gallery in a real browser, opened as a file."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from app.batch.folders.files import write_whole
from app.batch.folders.gallery import MAX_STATIC_ROWS, write_gallery
from app.batch.folders.results import Results
from app.batch.folders.row import OUTCOMES, Row
from app.batch.folders.thumbnails import of_file
from tests.batch.folders.making import SAME
from tests.browser.conftest import fresh_page

HOSTILE = "<img src=x onerror=alert(1)>\n\u202e\"'.png"
MANY = 10_000
SEEN = 1000  # milliseconds until there is something to look at


def rows(count: int) -> list[Row]:
    """`count` rows of each outcome; the number in a name grows as the share of changed pixels falls."""
    made = []
    for index, outcome in enumerate(islice(cycle(OUTCOMES), count)):
        alone = outcome in ("failed", "added", "removed")
        values = {"status": outcome} if alone else {"status": "compared", "kind": outcome, "report": "reports/x.html"}
        if outcome == "renamed":
            values |= {"status": "renamed", "kind": "identical", "name_after": f"moved/page-{index}.png"}
        rate = 1.0 if outcome != "changed" else index / (count + 1)
        made.append(
            Row.model_validate(
                {
                    "id": f"{index:032x}",
                    "name": f"screens/page-{index}.png",
                    "summary": f"What was found about {index}.",
                    "pixel_match_rate": None if alone else rate,
                    "ssim": None if alone else rate,
                    "regions": None if alone else index,
                    "thumbnails": {"before": "thumbnails/x.webp", "after": "thumbnails/x.webp"},
                    **values,
                }
            )
        )
    return made


def write(folder: Path, shown: list[Row]) -> Path:
    for part in ("thumbnails", "reports"):
        (folder / part).mkdir()
    write_whole(folder / "thumbnails" / "x.webp", of_file(SAME, 1_000_000))
    write_whole(folder / "reports" / "x.html", b"<!doctype html><title>A report</title>")
    write_gallery(Results("main", "branch", tuple(shown), {}, datetime(2026, 1, 2, tzinfo=UTC), 1.0), folder)
    return folder / "index.html"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two rows of each outcome, a hostile name, and a renamed file that changed."""
    hostile = Row(id="f" * 32, name=HOSTILE, status="failed", reason="It cannot be read.")
    words = {"summary": "Renamed from screens/page-old.png. 1 thing changed.", "pixel_match_rate": 0.99, "regions": 1}
    names = {"name": "screens/page-old.png", "name_after": "p.png"}
    changed = Row.model_validate({"id": "e" * 32, "status": "renamed", "kind": "changed", **names, **words})
    return write(tmp_path_factory.mktemp("small"), [*rows(16), hostile, changed]).as_uri()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write(tmp_path_factory.mktemp("large"), rows(MANY)).as_uri()


@pytest.fixture
def page(browser: Browser, small: str) -> Iterator[Page]:
    with fresh_page(browser, small, viewport={"width": 1280, "height": 900}) as page:
        page.goto(small)
        yield page


def names(page: Page) -> list[str]:
    return page.locator(".row .name").all_text_contents()  # rows out of sight have no inner text


def test_the_worst_rows_come_first_with_pictures_and_a_link(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(
        re.compile("^3 of 18 pairs changed; 2 show something.*; 3 were renamed")
    )
    assert names(page)[:2] == ["screens/page-0.png", "screens/page-8.png"]
    row = page.locator(".row").first
    expect(row).to_contain_text("Not the same thing")
    expect(row.get_by_role("img")).to_have_count(2)
    assert row.get_by_alt_text("Before").evaluate("image => image.decode().then(() => image.naturalWidth > 0)")
    row.get_by_role("link").click()
    expect(page).to_have_title("A report")


def test_a_hostile_name_is_escaped(page: Page) -> None:
    assert HOSTILE in [name.text_content() for name in page.locator(".name").element_handles()]
    assert page.locator("img[src=x]").count() == 0


def test_chips_filter_by_outcome_and_show_counts(page: Page) -> None:
    chip = page.get_by_role("button", name="Changed 3")
    chip.click()
    expect(chip).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("status")).to_have_text("3 of 18 pairs")
    page.get_by_role("button", name="Removed 2").click()
    expect(page.locator(".row")).to_have_count(5)
    chip.click()
    assert [word.strip() for word in page.locator(".row .label").all_inner_texts()] == ["Removed"] * 2


def test_a_renamed_file_has_both_names_and_is_found_under_its_chip(page: Page) -> None:
    page.get_by_role("button", name="Renamed 3").click()
    expect(page.locator(".row")).to_have_count(3)
    words = [word.strip() for word in page.locator(".row .label").all_inner_texts()]
    assert words == ["Changed, renamed", "Renamed", "Renamed"]
    expect(page.locator(".row h2").nth(1)).to_have_attribute("title", "screens/page-13.png → moved/page-13.png")
    expect(page.locator(".row .after").nth(1)).to_have_text("moved/page-13.png")
    page.get_by_role("searchbox").fill("moved/page-5")
    expect(page.locator(".row")).to_have_count(1)
    assert names(page) == ["screens/page-5.png"]


def test_search_and_order(page: Page) -> None:
    page.get_by_role("searchbox").fill("PAGE-1")
    expect(page.get_by_role("status")).to_have_text("7 of 18 pairs")
    page.get_by_label("Sort by").select_option("name")
    assert names(page) == [f"screens/page-{index}.png" for index in (1, 10, 11, 12, 13, 14, 15)]
    page.get_by_role("searchbox").fill("")
    page.get_by_label("Sort by").select_option("number of changes")
    expect(page.locator(".row")).to_have_count(18)
    assert names(page)[:2] == ["screens/page-15.png", "screens/page-14.png"]
    page.get_by_label("Sort by").select_option("share of changed pixels")
    assert names(page)[:2] == ["screens/page-2.png", "screens/page-10.png"]


def test_the_back_button_restores_the_filters(page: Page) -> None:
    page.get_by_role("button", name="Changed 3").click()
    page.get_by_label("Sort by").select_option("name")
    page.locator(".row a").first.click()
    expect(page).to_have_title("A report")
    page.go_back()
    expect(page.get_by_role("status")).to_have_text("3 of 18 pairs")
    expect(page.get_by_label("Sort by")).to_have_value("name")


def test_keys_move_through_the_rows(page: Page) -> None:
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="screens/page-8.png")).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page).to_have_title("A report")
    page.go_back()
    page.keyboard.press("/")
    page.keyboard.type("jk")
    expect(page.get_by_role("searchbox")).to_have_value("jk")
    expect(page.get_by_role("status")).to_have_text("0 of 18 pairs")
    page.keyboard.press("Escape")
    expect(page.get_by_role("status")).to_have_text("18 pairs")


def test_ten_thousand_rows_open_at_once_and_are_reachable(browser: Browser, large: str) -> None:
    with fresh_page(browser, large, viewport={"width": 1280, "height": 900}) as page:
        page.goto(large)
        expect(page.get_by_role("status")).to_have_text("10,000 pairs")
        assert page.locator(".row").count() < 500
        painted = "() => performance.getEntriesByName('first-contentful-paint')[0].startTime"
        assert page.evaluate(painted) < 4 * SEEN  # four times what it may take alone: others use the machine, too
        tall = page.evaluate("() => document.querySelector('#list').offsetHeight")
        page.keyboard.press("End")
        expect(page.get_by_text("screens/page-9999.png")).to_be_visible()  # the last that is identical
        assert page.evaluate("() => document.querySelector('#list').offsetHeight") == tall
        assert page.locator(".row").count() < 1000
        page.get_by_role("searchbox").fill("page-4321.")
        expect(page.locator(".row")).to_have_count(1)


@pytest.mark.parametrize("width", [375, 768, 1680, 2560])
def test_rows_have_the_expected_height(browser: Browser, small: str, width: int) -> None:
    """Otherwise rows would jump when they are created. Nothing is wider than the screen."""
    with fresh_page(browser, small, viewport={"width": width, "height": 900}) as page:
        page.goto(small)
        foot = "element => element.getBoundingClientRect().bottom"
        batch = page.locator(".batch")
        assert batch.evaluate(foot) == batch.locator(".row").last.evaluate(foot)
        assert page.evaluate("() => document.documentElement.scrollWidth") == width
        for part in page.locator(".row").all()[:9]:
            assert part.evaluate("row => row.scrollHeight <= row.clientHeight")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "prepare", [lambda page: page.keyboard.press("j"), lambda page: page.locator(".chip").first.click()]
)
def test_axe_finds_no_violations(page: Page, scheme: str, prepare: Callable[[Page], None]) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    prepare(page)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_without_scripts_a_table_shows_the_worst_rows(browser: Browser, large: str) -> None:
    with fresh_page(browser, large, java_script_enabled=False) as page:
        page.goto(large)
        expect(page.locator("tbody tr")).to_have_count(MAX_STATIC_ROWS)
        expect(page.locator("tbody tr").first).to_contain_text("Not the same thing")
        expect(page.locator("noscript p")).to_contain_text("The 500 worst of 10,000.")
        expect(page.get_by_role("searchbox")).to_be_hidden()


def test_print_has_all_rows(page: Page) -> None:
    page.emulate_media(media="print")
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    expect(page.locator(".row")).to_have_count(18)
    expect(page.locator("#filters")).to_be_hidden()
