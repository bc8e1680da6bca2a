"""docs/examples/conftest.py: a suite that uses it, run by a pytest of its own."""

import io
import re
import urllib.request
from pathlib import Path

import pytest
from PIL import Image

from app.vision.arrays import UInt8
from tests.docs.busy import WAIT, Busy
from tests.docs.suite import Suite, commands, pytest_suite
from tests.pictures import changed_scene, noisy, png, scene

UPDATE, COMPARE = commands("pytest")
CART = "-k cart"
OPTIONS = """
def test_boxes(page, looks_same):
    left = {"x": -3.5, "y": -0.25, "width": 120.5, "height": 200}
    looks_same(page.screenshot(), "cart", ignore=[left, (117, 0, 500, 159)])


def test_tolerance(page, looks_same):
    looks_same(page.screenshot(), "cart", allow_share=0.5, allow_smoothing=True)


def test_wrong(page, looks_same):
    looks_same(page.screenshot(), "cart", ignore=[(0, 0, 0, 1)])
"""
NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def suite(tmp_path: Path, busy: Busy) -> Suite:
    """The suite of the page; the server's first answer is that it is busy."""
    made = pytest_suite(tmp_path, busy.address)
    show(made, scene())
    return made


@pytest.fixture
def grown(suite: Suite) -> Suite:
    """The same, where a picture is expected."""
    for name in ("cart", "invoice/paid", "invoice/stamp"):
        file = suite.folder / f"tests/pictures/{name}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(png(scene()))
    return suite


def show(suite: Suite, picture: UInt8) -> None:
    (suite.folder / "page.png").write_bytes(png(picture))


def expected(suite: Suite) -> bytes:
    return (suite.folder / "tests/pictures/cart.png").read_bytes()


def kept(suite: Suite) -> dict[str, Path]:
    """The files kept of what failed, by their suffix."""
    return {file.suffix: file for file in (suite.folder / "picture-reports/tests/pictures").glob("cart.*")}


def test_what_has_no_picture_yet_fails_until_it_is_kept(suite: Suite) -> None:
    first = suite.run(COMPARE)
    assert first.returncode == 1
    assert "2 failed" in first.stdout
    assert "cart: there is no" in first.stdout
    assert "pytest --update-pictures" in first.stdout
    assert kept(suite)[".png"].read_bytes() == png(scene())

    updated = suite.run(UPDATE)
    assert updated.returncode == 0, updated.stdout
    assert expected(suite) == png(scene())
    assert (suite.folder / "tests/pictures/invoice/stamp.png").exists()
    assert kept(suite) == {}


def test_equal_files_pass_without_a_server(grown: Suite) -> None:
    assert grown.run(COMPARE, IMAGE_DIFF_URL=NOBODY).returncode == 0


def test_equal_pixels_pass_and_leave_nothing(grown: Suite, busy: Busy) -> None:
    buffer = io.BytesIO()
    Image.fromarray(scene()).save(buffer, "PNG", compress_level=9)
    (grown.folder / "page.png").write_bytes(buffer.getvalue())
    passed = grown.run(COMPARE)
    assert passed.returncode == 0, passed.stdout
    refused, again, *_ = busy.times
    assert again - refused >= WAIT
    methods = [asked.split()[0] for asked in busy.asked]
    assert methods == ["POST", *["POST", "DELETE"] * 3]


def test_a_change_fails_with_the_verdict_the_link_and_the_report(grown: Suite, busy: Busy) -> None:
    busy.refused = {0, 2}
    show(grown, changed_scene())
    failed = grown.run(f"{COMPARE.strip()} {CART}")
    assert failed.returncode == 1
    assert "cart: 1 thing appeared." in failed.stdout
    (link,) = set(re.findall(r"^Report: (.*)$", failed.stdout, re.MULTILINE))  # in CI the summary says it again
    with urllib.request.urlopen(link, timeout=60) as page:
        assert "1 thing appeared." in page.read().decode()
    assert f"Kept: {kept(grown)['.html']}" in failed.stdout
    assert "1 thing appeared." in kept(grown)[".html"].read_text()
    assert [asked.split()[0] for asked in busy.asked] == ["POST", "POST", "GET", "GET", "GET"], "the last is the link"
    assert kept(grown)[".png"].read_bytes() == png(changed_scene())
    assert expected(grown) == png(scene())

    assert grown.run(f"{COMPARE.strip()} {CART}", UPDATE_PICTURES="1").returncode == 0
    assert expected(grown) == png(changed_scene())
    assert kept(grown) == {}, "what passes has no report"


def test_where_identical_is_demanded_the_same_is_not_enough(grown: Suite) -> None:
    show(grown, noisy(scene(), 1))
    failed = grown.run(COMPARE)
    assert "invoice/stamp: " in failed.stdout
    assert "cart: " not in failed.stdout
    assert "invoice/paid: " not in failed.stdout


def test_boxes_and_tolerances_are_options(grown: Suite) -> None:
    """A box as Playwright gives it, as a tuple over the edge, and a tolerance."""
    show(grown, changed_scene())
    (grown.folder / "tests/test_shop.py").write_text(OPTIONS)
    done = grown.run(COMPARE)
    assert "2 passed" in done.stdout, done.stdout
    assert "1 failed" in done.stdout
    assert "ignore[0].width: must be greater than 0." in done.stdout


@pytest.mark.parametrize("update", [False, True])
def test_what_cannot_be_compared_fails_and_says_why(grown: Suite, update: bool) -> None:
    (grown.folder / "page.png").write_bytes(b"nothing that is a picture")
    command = (UPDATE if update else COMPARE).strip()
    assert "it is not a PNG" in grown.run(f"{command} {CART}").stdout
    alone = grown.run(f"{command} {CART}", IMAGE_DIFF_URL=NOBODY).stdout
    assert f"No Image Diff answers at {NOBODY}" in alone
    assert "Errno" not in alone
    assert expected(grown) == png(scene())
