"""The front page in a browser: every way to provide two pictures."""

import base64
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.pictures import changed_scene, png, scene

REPORT = re.compile(r"/reports/[0-9a-f]{32}$")

# Creates files from base64 and dispatches a drop or paste event with them.
DELIVER = """([selector, kind, files]) => {
    const transfer = new DataTransfer();
    for (const [name, data] of files) {
        transfer.items.add(new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], name, {type: "image/png"}));
    }
    const more = kind === "paste" ? {clipboardData: transfer} : {dataTransfer: transfer};
    const Kind = kind === "paste" ? ClipboardEvent : DragEvent;
    document.querySelector(selector).dispatchEvent(new Kind(kind, {bubbles: true, cancelable: true, ...more}));
}"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    a, b = tmp_path / "before.png", tmp_path / "after.png"
    a.write_bytes(png(scene()))
    b.write_bytes(png(changed_scene()))
    return a, b


def deliver(page: Page, kind: str, selector: str, *paths: Path) -> None:
    """Drop or paste files on an element."""
    content = [[path.name, base64.b64encode(path.read_bytes()).decode()] for path in paths]
    page.evaluate(DELIVER, [selector, kind, content])


def choose(page: Page, path: Path, how: Callable[[], None]) -> None:
    """Run `act`, which opens the file dialog, and choose a file in it."""
    with page.expect_file_chooser() as chooser:
        # The interception of dialogs takes effect after a moment.
        page.wait_for_timeout(200)
        how()
    chooser.value.set_files(path)


def choose_both(page: Page, files: tuple[Path, Path]) -> None:
    """A page with Before and After in their zones."""
    for zone, path in zip(("#zoneA", "#zoneB"), files, strict=True):
        page.locator(f"{zone} input").set_input_files(path)


def names(page: Page) -> list[str | None]:
    """The file shown in each zone; None for an empty one."""
    return [
        zone.locator(".name").text_content() if zone.locator(".file").is_visible() else None
        for zone in (page.locator("#zoneA"), page.locator("#zoneB"))
    ]


def test_choose_compare_read(page: Page, files: tuple[Path, Path]) -> None:
    page.goto("/")
    expect(page.get_by_role("button", name="Compare")).to_be_disabled()
    page.locator("#zoneA input").set_input_files(files[0])
    page.locator("#zoneB input").set_input_files(files[1])
    expect(page.locator("#zoneA .facts")).to_contain_text("240 × 160")
    expect(page.locator("#zoneA img.preview")).to_be_visible()
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url(REPORT)
    expect(page.get_by_role("heading", level=1)).to_have_text("1 thing appeared.")


def test_two_files_dropped_anywhere_start_at_once_in_the_right_order(page: Page, files: tuple[Path, Path]) -> None:
    page.goto("/")
    deliver(page, "drop", "h1", files[1], files[0])
    page.wait_for_url(REPORT)
    expect(page.locator(".names")).to_contain_text(re.compile(r"Before\s+before.png\s+After\s+after.png"))


def test_two_files_dropped_on_one_zone_do_the_same(page: Page, files: tuple[Path, Path]) -> None:
    page.goto("/")
    deliver(page, "drop", "#zoneB .invite", *files)
    page.wait_for_url(REPORT)


def test_a_file_dropped_on_a_zone_stays_there(page: Page, files: tuple[Path, Path]) -> None:
    page.goto("/")
    deliver(page, "drop", "#zoneB .invite", files[0])
    assert names(page) == [None, "before.png"]
    deliver(page, "drop", "#zoneB .invite", files[1])
    assert names(page) == [None, "after.png"], "the second replaces the first"
    deliver(page, "drop", "h1", files[0])
    assert names(page) == ["before.png", "after.png"], "elsewhere means the free zone"


def test_paste_fills_the_free_zone(page: Page, files: tuple[Path, Path]) -> None:
    page.goto("/")
    for path in files:
        deliver(page, "paste", "body", path)
    assert names(page) == ["before.png", "after.png"]


def test_swap_and_remove(page: Page, files: tuple[Path, Path]) -> None:
    page.goto("/")
    for path in files:
        deliver(page, "paste", "body", path)
    page.get_by_role("button", name="Swap").click()
    assert names(page) == ["after.png", "before.png"]
    page.keyboard.press("x")
    assert names(page) == ["before.png", "after.png"]
    page.get_by_role("button", name="Remove the before picture").click()
    assert names(page) == [None, "after.png"]
    expect(page.get_by_role("button", name="Compare")).to_be_disabled()


def test_the_example_is_one_click_away(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Try an example").click()
    page.wait_for_url(REPORT)
    expect(page.get_by_role("heading", level=1)).to_contain_text("5 things changed")
    expect(page.get_by_text("harbour-before.jpg").first).to_be_visible()


def test_the_example_makes_space_for_files(page: Page, files: tuple[Path, Path]) -> None:
    page.goto("/")
    example = page.get_by_role("button", name="Try an example")
    page.locator("#zoneB input").set_input_files(files[1])
    expect(example).to_be_hidden()
    page.get_by_role("button", name="Remove the after picture").click()
    expect(example).to_be_visible()


def test_an_example_that_cannot_be_fetched_is_reported(page: Page) -> None:
    page.goto("/")
    page.route("**/harbour-after.jpg", lambda route: route.abort())
    page.get_by_role("button", name="Try an example").click()
    expect(page.locator("#formError")).to_have_text("harbour-after.jpg could not be fetched. Try again.")
    page.unroute("**/harbour-after.jpg")
    page.get_by_role("button", name="Try an example").click()
    page.wait_for_url(REPORT)


def test_three_files_are_too_many(page: Page, files: tuple[Path, Path]) -> None:
    page.goto("/")
    deliver(page, "drop", "h1", *files, files[0])
    expect(page.locator("#formError")).to_have_text("Two pictures are compared at a time; these are 3.")


def test_the_keyboard_alone(page: Page, files: tuple[Path, Path]) -> None:
    page.goto("/")
    for path in files:
        while not page.evaluate("document.activeElement.matches('input[type=file]')"):
            page.keyboard.press("Tab")
        choose(page, path, lambda: page.keyboard.press("Enter"))
        page.keyboard.press("Tab")
    assert names(page) == ["before.png", "after.png"]
    while page.evaluate("document.activeElement.id") != "start":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(REPORT)


def test_a_click_into_a_zone_opens_the_file_dialog_once(page: Page, files: tuple[Path, Path]) -> None:
    page.goto("/")
    for spot in (".browse-text", ".invite"):
        choose(page, files[0], page.locator(f"#zoneA {spot}").click)
        assert names(page) == ["before.png", None]
        page.get_by_role("button", name="Remove the before picture").click()


def test_without_javascript(browser: Browser, server: str, files: tuple[Path, Path]) -> None:
    context = browser.new_context(base_url=server, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    expect(page.get_by_role("button", name="Try an example")).to_be_hidden()
    page.locator("input[name=a]").set_input_files(files[0])
    page.locator("input[name=b]").set_input_files(files[1])
    page.get_by_role("button", name="Compare").click()
    expect(page).to_have_url(re.compile(r"/pairs/[0-9a-f]{32}$"))
    page.get_by_text("Options").click()
    page.get_by_label("Alignment").select_option("off")
    page.get_by_role("button", name="Compare").click()
    expect(page).to_have_url(REPORT)
    expect(page.get_by_role("heading", level=1)).to_have_text("1 thing appeared.")
    context.close()


def test_recent_reports_are_listed(page: Page, files: tuple[Path, Path]) -> None:
    page.goto("/")
    deliver(page, "drop", "h1", *files)
    page.wait_for_url(REPORT)
    page.get_by_role("link", name="New comparison").click()
    page.get_by_role("link", name="1 thing appeared.").click()
    page.wait_for_url(REPORT)


@pytest.mark.parametrize("width", [375, 768, 1280, 2560])
@pytest.mark.parametrize("path", ["/", "/nothing"])
def test_nothing_is_wider_than_the_screen(page: Page, width: int, path: str) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
