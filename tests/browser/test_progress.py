"""The progress of a comparison on the front page and on a stored pair's page, and its errors."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_front import REPORT, choose_both
from tests.pictures import changed_scene, png, scene

# An incomplete response to an evaluation.
STEPS = """: still at work

event: step
data: {"name": "decode", "label": "Opening the pictures", "state": "done", "milliseconds": 12.4}

event: step
data: {"name": "pixel", "label": "Counting pixels", "state": "running", "milliseconds": null}

event: step
data: {"name": "draw", "label": "Drawing", "state": "waiting", "milliseconds": null}

"""

# Delays the response to an evaluation and releases it piece by piece.
HOLD = """steps => {
    const fetched = window.fetch;
    window.release = () => { window.fetch = fetched; };
    window.fetch = (url, options) => !url.endsWith("/evaluate") ? fetched(url, options) : Promise.resolve(
        new Response(new ReadableStream({
            start(stream) {
                stream.enqueue(new TextEncoder().encode(steps));
                options.signal.addEventListener("abort", () => stream.error(options.signal.reason));
            }
        })));
}"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    a, b = tmp_path / "before.png", tmp_path / "after.png"
    a.write_bytes(png(scene(360, 240)))
    b.write_bytes(png(changed_scene(360, 240)))
    return a, b


def answer(page: Page, body: str) -> None:
    """Answer every evaluation with these events."""
    page.route("**/evaluate", lambda route: route.fulfill(body=body, content_type="text/event-stream"))


def compare(page: Page) -> None:
    page.get_by_role("button", name="Compare").click()


def test_every_step_is_reported_in_plain_words(page: Page, files: tuple[Path, Path]) -> None:
    seen: set[str] = set()
    page.expose_function("saw", lambda words: seen.add(words))
    page.add_init_script(
        """new MutationObserver(() => {
            for (const item of document.querySelectorAll(".steps li")) saw(`${item.className} ${item.innerText}`);
        }).observe(document, {childList: true, subtree: true});"""
    )
    page.goto("/")
    choose_both(page, files)
    compare(page)
    page.wait_for_url(REPORT)
    for label in (
        "Opening the pictures",
        "Lining them up",
        "Structure (SSIM)",
        "Meaning (embeddings and classes)",
        "Drawing",
    ):
        states = {line.split()[0] for line in seen if label in line}
        assert states == {"waiting", "running", "done"}, label
    assert all(re.search(r"\d (ms|s)$", line) for line in seen if line.startswith("done"))


def test_the_checklist(page: Page, files: tuple[Path, Path]) -> None:
    page.goto("/")
    page.evaluate(HOLD, STEPS)
    choose_both(page, files)
    compare(page)
    steps = page.locator(".steps li")
    expect(steps).to_have_text(
        [re.compile("Opening the pictures, done12 ms"), re.compile("Counting pixels, running"), "Drawing, to come"]
    )
    expect(page.locator(".doing")).to_have_text(re.compile(r"Comparing, [1-9]\d* s"))
    expect(page.get_by_role("progressbar")).to_have_js_property("value", 1 / 3)
    expect(page.get_by_role("status")).to_have_text("Uploading", timeout=1)
    expect(page.get_by_role("button", name="Compare")).to_be_disabled()


@pytest.mark.parametrize("body", [STEPS, ""], ids=["in the middle", "at once"])
def test_a_connection_that_breaks_is_reported_and_can_be_tried_again(
    page: Page, files: tuple[Path, Path], body: str
) -> None:
    uploads: list[str] = []
    page.on("request", lambda request: uploads.append(request.url) if request.url.endswith("/upload") else None)
    page.goto("/")
    answer(page, body)
    choose_both(page, files)
    compare(page)
    expect(page.locator("#formError")).to_have_text("The connection to the service was lost. Try again.")
    expect(page.locator("#progress")).to_be_hidden()
    expect(page.get_by_role("button", name="Compare")).to_be_focused()
    page.unroute("**/evaluate")
    page.keyboard.press("Enter")
    page.wait_for_url(REPORT)
    assert len(uploads) == 1, "the pictures were there already"


def test_a_pair_that_was_deleted_meanwhile_is_uploaded_again(page: Page, files: tuple[Path, Path]) -> None:
    page.goto("/")
    answer(page, "")
    choose_both(page, files)
    with page.expect_response("**/upload") as uploaded:
        compare(page)
    expect(page.locator("#formError")).to_be_visible()
    page.unroute("**/evaluate")
    token = page.locator("[name=csrf_token]").get_attribute("value") or ""
    gone = page.request.delete(uploaded.value.json()["links"]["self"], headers={"X-CSRFToken": token})
    assert gone.status == 204
    compare(page)
    page.wait_for_url(REPORT)


def test_a_problem_on_the_way_is_said_where_it_belongs(page: Page, files: tuple[Path, Path]) -> None:
    page.goto("/")
    problem = '{"status": 422, "detail": "b (after.png): it is odd", "field": "b"}'
    answer(page, f"{STEPS}event: problem\ndata: {problem}\n\n")
    choose_both(page, files)
    compare(page)
    expect(page.locator("#zoneB .error")).to_have_text("after.png: it is odd.")
    expect(page.locator("#progress")).to_be_hidden()


def test_a_page_that_was_left_in_the_middle_can_be_used_again(page: Page, files: tuple[Path, Path]) -> None:
    page.goto("/")
    page.evaluate(HOLD, STEPS)
    choose_both(page, files)
    compare(page)
    expect(page.locator(".steps li")).to_have_count(3)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
    expect(page.locator("#progress")).to_be_hidden()
    expect(page.locator("#formError")).to_be_hidden()
    page.evaluate("release()")
    compare(page)
    page.wait_for_url(REPORT)


def store(page: Page, files: tuple[Path, Path]) -> None:
    """Store the pair and open its page."""
    page.goto("/")
    answer(page, "")
    choose_both(page, files)
    with page.expect_response("**/upload") as uploaded:
        compare(page)
    expect(page.locator("#formError")).to_be_visible()
    page.unroute("**/evaluate")
    page.goto(uploaded.value.json()["links"]["page"])


def test_the_stored_pair_has_the_same_progress(page: Page, files: tuple[Path, Path]) -> None:
    store(page, files)
    page.evaluate(HOLD, STEPS)
    compare(page)
    expect(page.locator(".steps li")).to_have_count(3)
    expect(page.get_by_role("button", name="Compare")).to_be_disabled()
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
    expect(page.locator("#progress")).to_be_hidden()
    page.evaluate("release()")
    compare(page)
    page.wait_for_url(REPORT)


def test_the_stored_pair_says_what_went_wrong(page: Page, files: tuple[Path, Path]) -> None:
    store(page, files)
    answer(page, STEPS)
    compare(page)
    expect(page.locator("#formError")).to_have_text("The connection to the service was lost. Try again.")
    page.unroute("**/evaluate")
    compare(page)
    page.wait_for_url(REPORT)
