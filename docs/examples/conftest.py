"""Compares pictures with the expected ones beside the tests. Paste it into conftest.py; it needs pytest and requests.

A test calls the fixture `looks_same` with a picture and a name:

    looks_same(page.screenshot(), "cart")

The expected picture is pictures/cart.png beside the test. `pytest --update-pictures` writes it if it is missing, and
replaces it if the picture seen does not pass.
"""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

SERVER = os.environ.get("IMAGE_DIFF_URL", "http://127.0.0.1:8000")
REPORTS = os.environ.get("PICTURE_REPORTS", "picture-reports")  # pictures that do not pass, with their reports


def pytest_addoption(parser: pytest.Parser) -> None:
    wanted = os.environ.get("UPDATE_PICTURES") == "1"
    parser.addoption("--update-pictures", action="store_true", default=wanted, help="save the pictures seen")


@pytest.fixture
def looks_same(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Fails the test if a PNG, as bytes or as a path, does not look like the expected picture of that name."""
    root = request.config.rootpath

    def check(picture: bytes | Path, name: str, *, identical: bool = False, **options: Any) -> None:
        """Compare a picture with the expected one.

        identical: only equal pixels pass. options: those of the API, such as threshold, allow_pixels, or ignore: a list
        of boxes, each [x, y, width, height] or what Playwright's `locator.bounding_box()` returns.
        """
        actual = picture.read_bytes() if isinstance(picture, Path) else picture
        expected = request.path.parent / "pictures" / f"{name}.png"
        seen = root / REPORTS / expected.relative_to(root)
        page = seen.with_suffix(".html")
        for old in (seen, page):
            old.unlink(missing_ok=True)
        if expected.exists() and expected.read_bytes() == actual:
            return
        report = compare(name, expected.read_bytes(), actual, options) if expected.exists() else None
        if report and report["verdict"]["kind"] in (["identical"] if identical else ["identical", "same"]):
            ask("DELETE", report["links"]["pair"])
        elif request.config.getoption("update_pictures"):
            write(expected, actual)
        elif report:
            write(seen, actual)
            write(page, ask("GET", report["links"]["download"]).content)
            link = SERVER + report["links"]["page"]
            pytest.fail(f"{name}: {report['verdict']['summary']}\nReport: {link}\nKept: {page}", pytrace=False)
        else:
            write(seen, actual)
            pytest.fail(f"{name}: there is no {expected}. To expect {seen}: pytest --update-pictures", pytrace=False)

    return check


def compare(name: str, expected: bytes, actual: bytes, options: dict[str, Any]) -> dict[str, Any]:
    """The report on two pictures."""
    files = {"a": (f"{name} expected.png", expected), "b": (f"{name} seen.png", actual)}
    fields = {option: value if isinstance(value, str) else json.dumps(value) for option, value in options.items()}
    return dict(ask("POST", "/api/v1/evaluate", files=files, data=fields).json())


def ask(method: str, address: str, **form: Any) -> requests.Response:
    """Send a request and return the answer. Waits while the service is busy."""
    for _ in range(20):
        try:
            answer = requests.request(method, SERVER + address, timeout=120, **form)
        except requests.ConnectionError:
            text = f"No Image Diff answers at {SERVER}. Start it, or set IMAGE_DIFF_URL."
            raise pytest.fail.Exception(text, pytrace=False) from None
        if answer.status_code != 429:
            break
        time.sleep(int(answer.headers["Retry-After"]))
    if not answer.ok:
        pytest.fail(f"Image Diff answered with an error: {answer.text}", pytrace=False)
    return answer


def write(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
