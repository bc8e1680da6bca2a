"""The front page in a browser: every way in which two pictures can get there."""

import base64
import re
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.pictures import changed_scene, png, scene

REPORT = re.compile(r"/reports/[0-9a-f]{32}$")

# Makes files out of base64 and hands them to an event of the page, as a drop or a paste would.
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
    """Do what opens the file dialog, and choose a file in it."""
    with page.expect_file_chooser() as chooser:
        # The browser hears only after a moment that its dialogs are ours now.
        page.wait_for_timeout(200)
        how()
    chooser.value.set_files(path)


def choose_both(page: Page, files: tuple[Path, Path]) -> None:
    """Before and after, each in its zone."""
    for zone, path in zip(("#zoneA", "#zoneB"), files, strict=True):
        page.locator(f"{zone} input").set_input_files(path)


def names(page: Page) -> list[str | None]:
    """The file shown in each zone; None where it is empty."""
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


def test_the_example_makes_room_for_files(page: Page, files: tuple[Path, Path]) -> None:
    page.goto("/")
    example = page.get_by_role("button", name="Try an example")
    page.locator("#zoneB input").set_input_files(files[1])
    expect(example).to_be_hidden()
    page.get_by_role("button", name="Remove the after picture").click()
    expect(example).to_be_visible()


def test_an_example_that_cannot_be_fetched_is_told(page: Page) -> None:
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


def huge_png() -> bytes:
    """A file whose header speaks of 400 million pixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    start = png(scene())
    return start[:12] + header + struct.pack(">I", zlib.crc32(header)) + start[33:]


REFUSED = {
    "foreign.txt": (b"Dear reader,", "foreign.txt: it is not a PNG"),
    "broken.png": (png(scene())[:2000], "broken.png: "),
    "huge.png": (huge_png(), "huge.png: it has 400 million pixels; the limit is 50 million."),
    "empty.png": (b"", "empty.png is empty."),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize(("field", "zone", "other"), [("a", "#zoneA", "#zoneB"), ("b", "#zoneB", "#zoneA")])
def test_what_is_wrong_is_said_beside_its_zone(
    page: Page, files: tuple[Path, Path], tmp_path: Path, name: str, field: str, zone: str, other: str
) -> None:
    content, words = REFUSED[name]
    refused = tmp_path / name
    refused.write_bytes(content)
    page.goto("/")
    choose_both(page, files)
    page.locator(f"{zone} input").set_input_files(refused)
    page.get_by_role("button", name="Compare").click()
    error = page.locator(zone).get_by_role("alert")
    expect(error).to_have_text(re.compile(f"^{re.escape(words)}"))
    expect(page.locator(zone)).to_be_focused()
    expect(page.locator(f"{other} .error")).to_be_hidden()
    expect(page.locator("#formError")).to_be_hidden()
    expect(page.get_by_role("button", name="Compare")).to_be_enabled()
    page.locator(f"{zone} input").set_input_files(files["ab".index(field)])
    expect(error).to_be_hidden()
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url(REPORT)


def test_a_file_that_is_gone_is_told_apart_from_a_lost_connection(page: Page, files: tuple[Path, Path]) -> None:
    page.goto("/")
    choose_both(page, files)
    expect(page.locator("#zoneB .facts")).to_contain_text("240")
    files[1].unlink()
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("#zoneB .error")).to_have_text("after.png cannot be read any more. Choose it again.")


def test_files_too_large_together_are_not_even_sent(page: Page, files: tuple[Path, Path]) -> None:
    page.goto("/")
    page.locator("#front").evaluate("form => form.dataset.maxBytes = 20000")
    choose_both(page, files)
    page.get_by_role("button", name="Compare").click()
    error = page.locator("#formError")
    expect(error).to_have_text(
        re.compile(r"^The two files have \d+(\.\d)? kB; the limit for both together is 20\.0 kB\.$")
    )
    page.get_by_role("button", name="Remove the after picture").click()
    expect(error).to_be_hidden()


@pytest.mark.parametrize(
    ("status", "headers", "words"),
    [
        (413, {}, "The two files together are larger than the service takes."),
        (429, {"Retry-After": "5"}, "The service is busy with other comparisons. Try again in 5 seconds."),
        (429, {}, "The service is busy with other comparisons. Try again in a moment."),
        (418, {}, "The service answered 418."),
    ],
)
@pytest.mark.parametrize("step", ["upload", "evaluate"])
def test_what_a_proxy_or_a_full_service_refuses_is_told_in_words(
    page: Page, files: tuple[Path, Path], step: str, status: int, headers: dict[str, str], words: str
) -> None:
    page.goto("/")
    page.route(f"**/{step}", lambda route: route.fulfill(status=status, headers=headers, body="<h1>No.</h1>"))
    choose_both(page, files)
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("#front > .error[role=alert]")).to_have_text(words)
    expect(page.get_by_role("button", name="Compare")).to_be_focused()
    page.get_by_role("button", name="Swap").click()
    expect(page.locator("#formError")).to_be_hidden()


def test_words_for_a_service_that_is_down(page: Page) -> None:
    page.goto("/")
    ask = "([status, body]) => import('/static/js/evaluate.js').then(module => module.refusal(status, body, 7).message)"
    assert page.evaluate(ask, [503, {"detail": "The storage is full."}]) == "The storage is full."
    assert page.evaluate(ask, [503, None]) == "The service cannot work just now. Try again in 7 seconds."
    assert page.evaluate(ask, [502, None]) == "The service cannot be reached. Try again in 7 seconds."


def test_a_lost_connection_is_told(page: Page, files: tuple[Path, Path]) -> None:
    page.goto("/")
    page.route("**/upload", lambda route: route.abort())
    choose_both(page, files)
    with page.expect_console_message(lambda message: "Failed to load" in message.text):
        page.get_by_role("button", name="Compare").click()
    expect(page.locator("#formError")).to_have_text("The connection to the service was lost. Try again.")
    page.unroute("**/upload")
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url(REPORT)


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
