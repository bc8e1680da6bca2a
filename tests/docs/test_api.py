"""docs/api.md: its blocks run against a real server, and print what the page says."""

import json
import re
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser

from app import create_app
from app.config import Settings
from app.execution.deadline import StepTimer
from tests.docs.busy import WAIT, Busy
from tests.docs.fenced import Block, blocks, script
from tests.docs.running import run
from tests.serving import serving
from tests.web.forms import pictures

PAGE = "docs/api.md"
LANGUAGES = ("sh", "python", "js")
KEY = "a-key-of-the-documentation"


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_block_prints_what_the_page_says(language: str, server: str, harbours: Path) -> None:
    printed = run(language, script(parts(language), server), harbours)
    assert_shown(printed, parts("text"))
    for name in ("report.html", "regions.html"):
        assert "5 things changed" in (harbours / name).read_text()
    for name in ("sheet.png", "difference"):
        Image.open(harbours / name).load()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that wants a key."""
    folder = tmp_path_factory.mktemp("guarded")
    with serving(folder, TFHUB_CACHE_DIR=str(folder / "tfhub"), API_KEYS=KEY) as address:
        yield address


@pytest.mark.parametrize("language", LANGUAGES)
def test_with_a_key(language: str, guarded: str, harbours: Path) -> None:
    printed = run(language, script(parts(language, guarded=True), guarded), harbours, IMAGE_DIFF_KEY=KEY)
    assert_shown(printed, parts("text", guarded=True))


def parts(info: str, guarded: bool = False) -> list[Block]:
    """The blocks for a server that wants a key, or all the others, which go on from one another."""
    return [block for block in blocks(PAGE, info) if (block.heading == "Use a key") == guarded]


def assert_shown(printed: str, texts: list[Block]) -> None:
    shown = "".join(block.text for block in texts)
    for line, expected in zip_longest(printed.splitlines(), shown.splitlines(), fillvalue=""):
        assert alike(line, expected), f"printed: {line}\nshown:   {expected}"


def alike(line: str, expected: str) -> bool:
    """Whether the words are the same and the figures close: another release of a library may move an edge."""
    (words, figures), (expected_words, expected_figures) = apart(line), apart(expected)
    return words == expected_words and figures == pytest.approx(expected_figures, rel=0.01, abs=2)


def apart(line: str) -> tuple[list[str], list[float]]:
    number = r"\d+(?:[.,]\d+)*"
    return re.split(number, line), [float(found.replace(",", "")) for found in re.findall(number, line)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_busy_service_is_waited_for(language: str, busy: Busy, scenes: Path) -> None:
    needed = ("Compare two pictures", "Wait while it is busy")
    busy.refused = {1}
    chosen = [block for block in blocks(PAGE, language) if block.heading in needed]
    printed = run(language, script(chosen, busy.address), scenes)
    assert printed.splitlines() == ["1 thing appeared.", "changed"]
    _, refused, again = busy.times
    assert again - refused >= WAIT


def test_in_a_browser(browser: Browser, server: str, scenes: Path) -> None:
    (block,) = blocks(PAGE, "js browser")
    page = browser.new_page()
    printed: list[str] = []
    page.on("console", lambda message: printed.append(message.text))
    page.goto(f"{server}/healthz")
    page.set_content("<input type=file multiple>")
    page.set_input_files("input", [scenes / "before.png", scenes / "after.png"])
    page.evaluate(f"async () => {{ {block.text} }}")
    page.close()
    assert printed == ["1 thing appeared."]


def test_a_busy_service_answers_as_shown(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, tfhub_cache_dir=tmp_path, max_running=1, max_waiting=0)
    app = create_app(settings)
    with app.extensions["image_diff"].comparison_queue.admit(StepTimer(60)):
        answer = app.test_client().post("/api/v1/evaluate", data=pictures())
    (shown,) = blocks(PAGE, "json")
    assert json.loads(shown.text).items() <= (answer.json or {}).items()
    assert answer.headers["Retry-After"] == "5"
