"""Errors on the front page when pictures are refused or the service is unreachable."""

import re
import struct
import zlib
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_front import REPORT, choose_both
from tests.pictures import changed_scene, png, scene


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    a, b = tmp_path / "before.png", tmp_path / "after.png"
    a.write_bytes(png(scene()))
    b.write_bytes(png(changed_scene()))
    return a, b


def huge_png() -> bytes:
    """A file whose header declares 400 million pixels."""
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


def test_a_file_that_is_gone_is_distinguished_from_a_lost_connection(page: Page, files: tuple[Path, Path]) -> None:
    page.goto("/")
    choose_both(page, files)
    expect(page.locator("#zoneB .facts")).to_contain_text("240")
    files[1].unlink()
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("#zoneB .error")).to_have_text("after.png can no longer be read. Choose it again.")


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
        (413, {}, "The two files together are larger than the service accepts."),
        (429, {"Retry-After": "5"}, "The service is busy with other comparisons. Try again in 5 seconds."),
        (429, {}, "The service is busy with other comparisons. Try again in a moment."),
        (418, {}, "The service answered 418."),
    ],
)
@pytest.mark.parametrize("step", ["upload", "evaluate"])
def test_what_a_proxy_or_a_full_service_refuses_is_reported_in_words(
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


def test_a_lost_connection_is_reported(page: Page, files: tuple[Path, Path]) -> None:
    page.goto("/")
    page.route("**/upload", lambda route: route.abort())
    choose_both(page, files)
    with page.expect_console_message(lambda message: "Failed to load" in message.text):
        page.get_by_role("button", name="Compare").click()
    expect(page.locator("#formError")).to_have_text("The connection to the service was lost. Try again.")
    page.unroute("**/upload")
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url(REPORT)
