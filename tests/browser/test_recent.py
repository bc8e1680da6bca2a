"""This browser's comparisons on the front page: search, paging, deletion with undo."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.pictures import png, scene

A = png(scene(60, 40))
B = png(scene(60, 40)[:, ::-1])
UNDO_SECONDS = 8

Add = Callable[..., None]


@pytest.fixture
def page(page: Page) -> Page:
    """The front page with a clock that only advances on command."""
    page.clock.install()
    page.goto("/")
    return page


@pytest.fixture
def add(page: Page) -> Add:
    """Store pairs with these names for this browser, in order, without comparing them, and reload the page."""

    def add(*names: str) -> None:
        token = page.locator("[name=csrf_token]").get_attribute("value") or ""
        for name in names:
            form = {
                "csrf_token": token,
                "a": {"name": f"{name}.png", "mimeType": "image/png", "buffer": A},
                "b": {"name": f"{name} after.png", "mimeType": "image/png", "buffer": B},
            }
            answer = page.request.post("/upload", multipart=form, headers={"Accept": "application/json"})  # type: ignore[arg-type]
            assert answer.status == 201
        page.goto("/")

    return add


@pytest.fixture
def deletions(page: Page) -> list[str]:
    """The addresses to which the browser sent DELETE requests."""
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "DELETE" else None)
    return sent


def listed(page: Page) -> list[str]:
    """The names of A of the visible items."""
    shown = page.locator("#recent .names:visible").all_text_contents()
    return [names.split(".png")[0] for names in shown]


def delete(page: Page, name: str) -> None:
    page.get_by_role("button", name=f"Delete {name}.png → {name} after.png").click()


def test_an_item_leads_to_its_pair_and_later_to_its_report(page: Page, add: Add) -> None:
    add("one")
    page.get_by_role("link", name="Not compared yet").click()
    expect(page).to_have_url(re.compile("/pairs/"))
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url(re.compile("/reports/"))
    verdict, page_url = page.locator("h1").inner_text(), page.url
    page.goto("/")
    item = page.locator("#recent li")
    expect(item).to_contain_text(verdict)
    expect(item.locator(".kind")).to_have_text(re.compile("Changed|Not the same thing|No meaningful change"))
    expect(item.locator("img")).to_have_count(2)
    expect(item.locator("img").first).to_have_js_property("naturalWidth", 60)
    item.get_by_role("link").click()
    page.wait_for_url(page_url)


def test_nothing_is_out_of_reach(page: Page, add: Add) -> None:
    names = [f"n{number}" for number in range(26)]
    add(*names)
    assert listed(page) == names[:13:-1]
    page.get_by_role("link", name="Show more").click()
    expect(page.locator("#recent li")).to_have_count(24)
    expect(page.locator("#recent li").nth(12).get_by_role("link")).to_be_focused()
    page.get_by_role("link", name="Show more").click()
    expect(page.locator("#recent li")).to_have_count(26)
    assert listed(page) == names[::-1]
    expect(page.get_by_role("link", name="Show more")).to_be_hidden()


def test_what_is_deleted_leaves_no_gap_in_what_is_shown_next(page: Page, add: Add) -> None:
    names = [f"n{number}" for number in range(14)]
    add(*names)
    delete(page, "n13")
    page.clock.run_for(UNDO_SECONDS * 1000)
    delete(page, "n12")
    page.get_by_role("link", name="Show more").click()
    expect(page.get_by_role("link", name="Show more")).to_be_hidden()
    assert listed(page) == names[11::-1]


def test_the_list_filters_while_one_types(page: Page, add: Add) -> None:
    add("Harbour", "100%", "1000", "harbour night")
    field = page.get_by_role("searchbox", name="Search by file name")
    field.fill("HARBOUR")
    page.clock.run_for(1000)
    expect(page.locator("#recent li")).to_have_count(2)
    assert listed(page) == ["harbour night", "Harbour"]
    expect(page.get_by_role("status").last).to_have_text("2 found.")
    field.fill("0%")
    page.clock.run_for(1000)
    expect(page.locator("#recent li")).to_have_count(1)
    assert listed(page) == ["100%"]
    page.reload()
    expect(field).to_have_value("0%")
    assert listed(page) == ["100%"]


def test_no_hits_are_reported_and_lead_back(page: Page, add: Add) -> None:
    add("one", "two")
    field = page.get_by_role("searchbox", name="Search by file name")
    field.fill('<b>"no"')
    page.clock.run_for(1000)
    expect(page.locator(".rest")).to_contain_text('No file here has “<b>"no"” in its name.')
    expect(page.locator("#recent li")).to_have_count(0)
    page.get_by_role("link", name="Show all").click()
    expect(page.locator("#recent li")).to_have_count(2)
    expect(field).to_have_value("")
    expect(field).to_be_focused()


def test_deleting_reports_the_service_after_eight_seconds(page: Page, add: Add, deletions: list[str]) -> None:
    add("one", "two", "three")
    page.get_by_role("button", name="Delete two.png").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".deleted")).to_contain_text("Deleted two.png → two after.png.")
    expect(page.get_by_role("status").last).to_have_text("Deleted two.png → two after.png.")
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    assert listed(page) == ["three", "one"]
    page.clock.run_for(UNDO_SECONDS * 1000 - 500)
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    assert deletions == []
    with page.expect_response(lambda response: response.request.method == "DELETE") as answer:
        page.clock.run_for(1000)
    assert answer.value.status == 204
    expect(page.locator("#recent li")).to_have_count(2)
    expect(page.locator("#recent li").last.get_by_role("link")).to_be_focused()
    page.reload()
    assert listed(page) == ["three", "one"]


def test_each_deletion_can_be_undone_by_itself(page: Page, add: Add, deletions: list[str]) -> None:
    add("one", "two", "three")
    delete(page, "one")
    delete(page, "three")
    page.get_by_role("button", name="Undo: keep one.png").press("Enter")
    assert listed(page) == ["two", "one"], "in its place"
    expect(page.get_by_role("button", name="Delete one.png")).to_be_focused()
    with page.expect_response(lambda response: response.request.method == "DELETE"):
        page.clock.run_for(20_000)
    expect(page.locator("#recent li")).to_have_count(2)
    assert len(deletions) == 1
    page.reload()
    assert listed(page) == ["two", "one"]


def test_an_undo_outlives_a_filter(page: Page, add: Add, deletions: list[str]) -> None:
    add("one", "two")
    delete(page, "one")
    for words in ("two", ""):
        page.get_by_role("searchbox").fill(words)
        page.clock.run_for(1000)
        expect(page.locator("#recent li")).to_have_count(1 if words else 2)
    assert listed(page) == ["two"]
    page.get_by_role("button", name="Undo").click()
    assert listed(page) == ["two", "one"]
    page.clock.run_for(20_000)
    assert deletions == []


def test_leaving_the_page_deletes(page: Page, add: Add) -> None:
    add("one", "two")
    delete(page, "one")
    page.goto("/api/v1/nothing")
    for _ in range(50):
        if page.request.get("/?q=one").text().count("data-pair") == 0:
            break
        time.sleep(0.1)
    else:
        pytest.fail("it is still there")
    page.goto("/")
    assert listed(page) == ["two"]


def test_a_refused_deletion_brings_the_item_back_and_says_why(page: Page, add: Add) -> None:
    add("one", "two")
    problem = '{"status": 503, "detail": "The storage cannot be used just now."}'
    page.route("**/api/v1/pairs/*", lambda route: route.fulfill(status=400, body=problem))
    delete(page, "two")
    page.clock.run_for(UNDO_SECONDS * 1000)
    expect(page.locator("#recent li").first.get_by_role("alert")).to_have_text(
        "Not deleted. The storage cannot be used just now."
    )
    assert listed(page) == ["two", "one"]
    page.unroute("**/api/v1/pairs/*")
    page.route("**/api/v1/pairs/*", lambda route: route.abort())
    delete(page, "two")
    expect(page.get_by_role("alert")).to_have_count(0)
    page.clock.run_for(UNDO_SECONDS * 1000)
    expect(page.get_by_role("alert")).to_have_text("Not deleted. The connection to the service was lost.")


def test_what_is_gone_already_counts_as_deleted(page: Page, add: Add) -> None:
    add("one", "two")
    address = page.locator("#recent li").first.get_attribute("data-pair") or ""
    token = page.locator("[name=csrf_token]").get_attribute("value") or ""
    assert page.request.delete(address, headers={"X-CSRFToken": token}).status == 204
    delete(page, "two")
    page.clock.run_for(UNDO_SECONDS * 1000)
    expect(page.locator("#recent li")).to_have_count(1)


def test_the_list_is_gone_with_its_last_item(page: Page, add: Add) -> None:
    add("one")
    expect(page.get_by_role("link", name="Recent")).to_be_visible()
    delete(page, "one")
    page.clock.run_for(UNDO_SECONDS * 1000)
    expect(page.locator("#recent")).to_be_hidden()
    expect(page.get_by_role("link", name="Recent")).to_be_hidden()


def test_a_lost_connection_is_reported(page: Page, add: Add) -> None:
    add("one")
    page.route("**/?q=*", lambda route: route.abort())
    page.get_by_role("searchbox").fill("two")
    page.clock.run_for(1000)
    expect(page.locator("#recentError")).to_contain_text("could not be loaded")
    assert listed(page) == ["one"]


def test_without_javascript(browser: Browser, server: str, page: Page, add: Add) -> None:
    add(*[f"n{number}" for number in range(14)])
    context = browser.new_context(
        base_url=server, java_script_enabled=False, storage_state=page.context.storage_state()
    )
    plain = context.new_page()
    plain.goto("/")
    assert plain.locator(".delete:visible").count() == 0
    plain.get_by_role("link", name="Show more").click()
    assert listed(plain) == ["n1", "n0"]
    plain.goto("/")
    plain.get_by_role("searchbox").fill("N1")
    plain.get_by_role("button", name="Search").click()
    assert listed(plain) == ["n13", "n12", "n11", "n10", "n1"]
    plain.get_by_role("searchbox").fill("nothing")
    plain.get_by_role("button", name="Search").click()
    plain.get_by_role("link", name="Show all").click()
    expect(plain.locator("#recent li")).to_have_count(12)
    context.close()
