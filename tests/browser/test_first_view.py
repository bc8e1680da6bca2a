"""Loading a page: nothing jumps, and little is fetched beside the pictures."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import pytest
from playwright.sync_api import Browser, Page, expect

from app.vision.arrays import UInt8
from tests.browser.conftest import fresh_page
from tests.browser.posting import post_pair
from tests.browser.test_access import recent
from tests.browser.viewing import open_view
from tests.pictures import png, scene

# Collects layout shifts from the start of a page.
WATCH = """
window.shifts = [];
new PerformanceObserver((list) => window.shifts.push(...list.getEntries().map(({ value }) => value)))
  .observe({ type: "layout-shift", buffered: true });
"""
SCREENS: list[dict[str, Any]] = [
    {"viewport": {"width": 1280, "height": 900}},
    {"viewport": {"width": 375, "height": 800}, "has_touch": True, "is_mobile": True},
]
LIMIT = 300_000  # bytes


def megapixel() -> tuple[UInt8, UInt8]:
    """A scene of a million pixels, and the same with ten more things."""
    a = scene(1200, 900)
    b = a.copy()
    for index in range(10):
        cv2.circle(b, (100 + 250 * (index % 5), 150 + 500 * (index // 5)), 24, (250, 25 * index, 40), -1)
    return a, b


@pytest.fixture(scope="module")
def report(server: str) -> str:
    """The page of a report with about ten changes."""
    a, b = megapixel()
    found = post_pair(server, png(a), png(b), analyses="pixel,hash,orb,ssim,regions")
    assert 8 <= len(found["regions"]) <= 14
    return str(found["links"]["page"])


@pytest.fixture(params=SCREENS, ids=["wide", "small"])
def first(browser: Browser, server: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page with an empty cache that records layout shifts."""
    with fresh_page(browser, server, **request.param) as page:
        page.add_init_script(WATCH)
        yield page


def weight(page: Page, address: str) -> dict[str, int]:
    """The transferred bytes of a page and its resources, by the kind of resource."""
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    kinds: dict[str, str] = {}
    weights: Counter[str] = Counter()
    network.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))
    network.on(
        "Network.loadingFinished",
        lambda event: weights.update({kinds[event["requestId"]]: round(event["encodedDataLength"])}),
    )
    page.goto(address, wait_until="networkidle")
    network.detach()
    return dict(weights)


def jumped(page: Page) -> float:
    """The sum of all layout shifts since the page was opened, as a share of the window."""
    page.wait_for_load_state("networkidle")
    return float(page.evaluate("shifts.reduce((sum, value) => sum + value, 0)"))


def test_nothing_jumps_on_a_report(first: Page, report: str) -> None:
    open_view(first, report)
    assert jumped(first) < 0.001


def test_nothing_jumps_on_the_front_page(first: Page, tmp_path: Path) -> None:
    """Neither when it is empty nor with recent comparisons."""
    first.goto("/")
    assert jumped(first) < 0.001
    picture = tmp_path / "scene.png"
    picture.write_bytes(png(scene()))
    recent(first, picture)
    first.goto("/")
    expect(first.locator("#recent img")).not_to_have_count(0)
    assert jumped(first) < 0.001


def test_the_way_to_look_that_the_address_asks_for_is_in_sight(first: Page, report: str) -> None:
    open_view(first, report, "view=matches")
    expect(first.get_by_role("button", name="Matches")).to_be_in_viewport(ratio=1)


def test_a_picture_that_does_not_come_is_reported_of(first: Page, report: str) -> None:
    first.route("**/images/b*", lambda route: route.abort("failed"))
    first.goto(report)
    expect(first.get_by_text("could not be loaded")).to_be_in_viewport(ratio=1)


def test_beside_the_pictures_little_is_fetched(first: Page, report: str) -> None:
    weights = weight(first, report)
    assert weights.pop("Image") > 100_000
    assert {"Document", "Script", "Stylesheet"} <= weights.keys()
    assert sum(weights.values()) < LIMIT, weights
