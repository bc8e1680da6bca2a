"""Compares pictures with those kept beside the tests. Paste it into your conftest.py; it needs pytest and requests.

A test asks for `looks_same` and hands it a picture and a name:

    looks_same(page.screenshot(), "cart")

The picture expected is pictures/cart.png beside the test. `pytest --update-pictures` writes it where there is none, and
anew where what is seen does not pass.
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
REPORTS = os.environ.get("PICTURE_REPORTS", "picture-reports")  # what does not pass is kept here, to look at


def pytest_addoption(parser: pytest.Parser) -> None:
    wanted = os.environ.get("UPDATE_PICTURES") == "1"
    parser.addoption("--update-pictures", action="store_true", default=wanted, help="expect from now on what is seen")


@pytest.fixture
def looks_same(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Fails the test where a picture, a PNG file's bytes or its path, does not look like the one kept by that name."""
    root = request.config.rootpath

    def check(picture: bytes | Path, name: str, *, identical: bool = False, **options: Any) -> None:
        """identical: nothing but the same pixels passes. options: those of the API, such as ignore or threshold."""
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
    """The service's report on two pictures."""
    files = {"a": (f"{name} expected.png", expected), "b": (f"{name} seen.png", actual)}
    fields = {option: value if isinstance(value, str) else json.dumps(value) for option, value in options.items()}
    return dict(ask("POST", "/api/v1/evaluate", files=files, data=fields).json())


def ask(method: str, address: str, **form: Any) -> requests.Response:
    """What the service answers. While it is busy, it is waited for."""
    for _ in range(20):
        try:
            answer = requests.request(method, SERVER + address, timeout=120, **form)
        except requests.ConnectionError:
            words = f"No Image Diff answers at {SERVER}. Start it, or set IMAGE_DIFF_URL."
            raise pytest.fail.Exception(words, pytrace=False) from None
        if answer.status_code != 429:
            break
        time.sleep(int(answer.headers["Retry-After"]))
    if not answer.ok:
        pytest.fail(f"Image Diff could not do it: {answer.text}", pytrace=False)
    return answer


def write(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
