"""A real server process and a real browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.browser.posting import post_pair
from tests.browser.viewing import drawing, open_view
from tests.pictures import png
from tests.serving import serving


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with an empty data folder."""
    with serving(tmp_path_factory.mktemp("server")) as address:
        yield address


@contextmanager
def fresh_page(browser: Browser, server: str, **options: Any) -> Iterator[Page]:
    """A page of a fresh browser profile. Console errors, such as a blocked style, fail the test."""
    context = browser.new_context(base_url=server, **options)
    context.set_default_timeout(60_000)  # on a busy machine the first comparison takes half of that
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if alarming(message) else None)
    yield page
    context.close()
    assert errors == []


@pytest.fixture
def page(browser: Browser, server: str) -> Iterator[Page]:
    """A page on a desktop screen."""
    with fresh_page(browser, server, viewport={"width": 1280, "height": 900}) as page:
        yield page


@pytest.fixture
def phone(browser: Browser, server: str) -> Iterator[Page]:
    """A page on a small touch screen."""
    size: Any = {"width": 375, "height": 800}
    with fresh_page(browser, server, viewport=size, has_touch=True, is_mobile=True, reduced_motion="reduce") as page:
        yield page


@pytest.fixture(scope="session")
def drawn(server: str) -> dict[str, Any]:
    """A report on the drawing with every analysis that needs no network."""
    a, b = drawing()
    return post_pair(server, png(a), png(b), analyses="pixel,hash,orb,ssim,regions")


@pytest.fixture
def viewer(page: Page, drawn: dict[str, Any]) -> Page:
    """The report's page, with reduced motion."""
    page.emulate_media(reduced_motion="reduce")
    return open_view(page, drawn["links"]["page"])


def alarming(message: ConsoleMessage) -> bool:
    """Whether a message is a real error. Tests cause refused uploads and lost connections themselves."""
    expected = ("status of 4", "net::ERR_FAILED")
    return message.type == "error" and not any(words in message.text for words in expected)
