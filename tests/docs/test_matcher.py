"""docs/examples/to-look-like.js: a suite that uses it, with real screenshots."""

import re
import urllib.request
from itertools import pairwise
from pathlib import Path

import pytest

from tests.docs.busy import WAIT, Busy
from tests.docs.suite import Suite, commands, playwright_suite
from tests.pictures import changed_scene, noisy, png, scene

UPDATE, COMPARE = commands("Playwright")

# What the matcher makes of the file seen.png, without a browser.
BUFFERS = """
import { readFileSync } from "node:fs";
import { expect, test } from "@playwright/test";
import { toLookLike } from "./to-look-like.js";

expect.extend({ toLookLike });
const seen = readFileSync("seen.png");
test("alike", () => expect(seen).toLookLike("kept"));
test("identical", () => expect(seen).toLookLike("kept", { identical: true, analyses: "pixel,regions" }));
test("not alike", () => expect(seen).not.toLookLike("kept", { analyses: "pixel,regions" }));
"""

# A page whose clock shows the time of the environment, at twice the pixels of CSS. What is left out is the clock, or a
# box of the picture around it.
CLOCK = """
import { expect, test } from "@playwright/test";
import { toLookLike } from "./to-look-like.js";

expect.extend({ toLookLike });
const body = `<body style="margin: 0; height: 1500px"><p style="margin: 40px">Page</p><main style="position: absolute;
  left: 30.5px; top: 900px"><p>Clock</p><time>${process.env.TIME}</time><time hidden>x</time></main>`;
const zoom = { deviceScaleFactor: 2, viewport: { width: 400, height: 300 } };
const look = async (page, name, options, part) => {
  const zoomed = await page.context().browser().newPage(zoom);
  await zoomed.setContent(body);
  await zoomed.evaluate(() => scrollTo(0, 250));
  await expect(part ? zoomed.locator(part) : zoomed).toLookLike(name, options(zoomed));
  await zoomed.close();
};
const fullPage = { fullPage: true };
const css = { scale: "css" };
const clipped = { fullPage: true, clip: { x: 20, y: 880, width: 200, height: 200 } };
test("locator", ({ page }) => look(page, "full", (p) => ({ ignore: [p.locator("time")], screenshot: fullPage })));
test("mask", ({ page }) => look(page, "full", (p) => ({ mask: [p.locator("time")], screenshot: fullPage })));
test("clip", ({ page }) => look(page, "clip", (p) => ({ mask: [p.locator("time")], screenshot: clipped })));
test("part", ({ page }) => look(page, "part", (p) => ({ ignore: [p.locator("time")] }), "main"));
test("css", ({ page }) => look(page, "css", (p) => ({ ignore: [p.locator("time")], screenshot: css }), "main"));
test("box", ({ page }) => look(page, "full", () => ({ ignore: [[0, 1880, 800.5, 400]], screenshot: fullPage })));
test("tolerance", ({ page }) => look(page, "full", () => ({ allow_share: 0.1, screenshot: fullPage })));
test("other", ({ page }) => look(page, "full", (p) => ({ ignore: [p.locator("body > p")], screenshot: fullPage })));
test("none", ({ page }) => look(page, "full", () => ({ screenshot: fullPage })));
"""

PAGE = "<h1>Cart</h1><p>1 apple</p><p><img width=40 height=40 alt=stamp></p><button style='background: {}'>Buy</button>"


@pytest.fixture
def suite(tmp_path: Path, busy: Busy) -> Suite:
    """The suite of the page; the server's first answer is that it is busy."""
    made = playwright_suite(tmp_path, busy.address)
    show(made, "green")
    return made


def show(suite: Suite, colour: str) -> None:
    (suite.folder / "page.html").write_text(PAGE.format(colour))


def kept(suite: Suite, suffix: str) -> Path:
    return suite.folder / f"picture-reports/cart.{suffix}"


def test_kept_then_changed_then_renewed(suite: Suite, busy: Busy) -> None:
    updated = suite.run(UPDATE)
    assert updated.returncode == 0, updated.stdout + updated.stderr
    green = (suite.folder / "pictures/cart.png").read_bytes()

    show(suite, "red")
    busy.refused = {0, 2}
    changed = suite.run(COMPARE)
    assert changed.returncode == 1
    assert "cart: 1 thing changed colour." in changed.stdout
    (link, *_) = re.findall(r"^Report: (.*)$", changed.stdout, re.MULTILINE)
    with urllib.request.urlopen(link, timeout=60) as page:
        assert "1 thing changed colour." in page.read().decode()
    assert f"Kept: {kept(suite, 'html')}" in changed.stdout
    assert "1 thing changed colour." in kept(suite, "html").read_text()
    waited = [again - refused for refused, again in pairwise(busy.times)]
    assert min(waited[0], waited[2]) >= WAIT

    assert suite.run(UPDATE).returncode == 0
    assert (suite.folder / "pictures/cart.png").read_bytes() != green
    assert not kept(suite, "html").exists()


@pytest.mark.parametrize(
    ("seen", "passing"),
    [
        (png(scene()), {"alike", "identical"}),
        (png(noisy(scene(), 1)), {"alike"}),
        (png(changed_scene()), {"not alike"}),
        (b"not a picture", set()),
    ],
    ids=["equal", "same", "changed", "broken"],
)
def test_what_passes(suite: Suite, seen: bytes, passing: set[str]) -> None:
    (suite.folder / "pictures").mkdir()
    (suite.folder / "pictures/kept.png").write_bytes(png(scene()))
    (suite.folder / "seen.png").write_bytes(seen)
    (suite.folder / "tests/shop.spec.js").write_text(BUFFERS)
    done = suite.run(COMPARE)
    assert set(re.findall(r"^passed: (.*)$", done.stdout, re.MULTILINE)) == passing, done.stdout + done.stderr
    assert ("it is not a PNG" in done.stdout) == (not passing)


def test_without_a_picture_or_a_server_nothing_passes(suite: Suite) -> None:
    (suite.folder / "seen.png").write_bytes(png(scene()))
    (suite.folder / "tests/shop.spec.js").write_text(BUFFERS)
    first = suite.run(COMPARE)
    assert first.stdout.count("kept: there is no ") == first.stdout.count("UPDATE_PICTURES=1") == 3
    assert (suite.folder / "picture-reports/kept.png").read_bytes() == png(scene())
    (suite.folder / "pictures").mkdir()
    (suite.folder / "pictures/kept.png").write_bytes(png(changed_scene()))
    assert suite.run(COMPARE, IMAGE_DIFF_URL="http://127.0.0.1:9").stdout.count("No Image Diff answers at ") == 3


def test_locators_masks_and_boxes_are_left_out(suite: Suite) -> None:
    (suite.folder / "tests/shop.spec.js").write_text(CLOCK)
    assert suite.run(UPDATE, TIME="12:34:56").stdout.count("passed: ") == 9
    done = suite.run(COMPARE, TIME="09:08:07")
    passing = set(re.findall(r"^passed: (.*)$", done.stdout, re.MULTILINE))
    assert passing == {"locator", "mask", "clip", "part", "css", "box", "tolerance"}, done.stdout + done.stderr
