"""Helpers for tests of the viewer: pairs of drawings, the camera, and visible pixels."""

import base64
import io
import math
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect

from app.vision.arrays import UInt8
from tests.pictures import noisy, scene

Colour = tuple[int, int, int]
WHITE, BLACK = (255, 255, 255), (0, 0, 0)
BLUE, RED, GREEN = (20, 60, 200), (200, 60, 20), (10, 160, 90)
WIDTH, HEIGHT = 240, 160

# Positions on the drawing: the badge in A and in B, on the ring, in the disc that only B has.
BADGE_A, BADGE_B, RING, DISC = (28, 50), (136, 50), (184, 100), (60, 112)


def drawing() -> tuple[UInt8, UInt8]:
    """Flat graphics with three changes in four regions: a moved badge, a recoloured ring, an additional disc."""
    a, b = _paper(), _paper()
    for picture, x in ((a, 24), (b, 132)):
        cv2.rectangle(picture, (x, 32), (x + 31, 55), GREEN, -1)
        cv2.line(picture, (x, 32), (x + 31, 55), BLACK, 3)
        cv2.circle(picture, (x + 22, 38), 4, (255, 255, 0), -1)
    cv2.circle(a, (200, 100), 16, BLUE, 6)
    cv2.circle(b, (200, 100), 16, RED, 6)
    cv2.circle(b, DISC, 9, BLACK, -1)
    return a, b


def _paper() -> UInt8:
    """A white picture with marks for the alignment."""
    paper = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    for index, x in enumerate(range(16, WIDTH, 48)):
        cv2.rectangle(paper, (x, 8), (x + 20, 16), (40 * index, 90, 120), -1)
        cv2.rectangle(paper, (x, 142), (x + 28, 150), (90, 40 * index, 60), -1)
    return paper


def faint() -> tuple[UInt8, UInt8]:
    """A textured picture, and the same with grain and three more things: a large, a clear and a faint one."""
    a = scene(WIDTH, HEIGHT)
    b = noisy(a, 4).astype(np.int16)
    b[16:60, 145:200] += 60
    b[110:130, 100:140] += 30
    changed = np.clip(b, 0, 255).astype(np.uint8)
    cv2.circle(changed, (75, 80), 17, (255, 255, 0), -1)
    return a, changed


def open_view(page: Page, address: str, view: str = "") -> Page:
    """A report's page with running scripts and without pending requests."""
    page.goto(f"{address}#{view}" if view else address)
    expect(page.locator("#viewer")).to_have_attribute("data-ready", "true")
    settle(page)
    return page


def settle(page: Page) -> None:
    """Wait until everything is drawn."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    expect(page.locator("#where")).not_to_have_text("Loading")


def until(page: Page, condition: str) -> None:
    """Wait until an expression is true. Playwright's own function uses eval, which the page forbids."""
    for _ in range(100):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"in 5 seconds it did not become true that {condition}")


def press(page: Page, *keys: str) -> None:
    """Press keys and wait until their effect is drawn."""
    for key in keys:
        page.keyboard.press(key)
    settle(page)


def pixels(page: Page, canvas: str) -> UInt8:
    """The pixels of a canvas: uint8 RGBA (height, width, 4)."""
    data = page.locator(canvas).evaluate("(canvas) => canvas.toDataURL('image/png').split(',')[1]")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGBA"))


def seen(page: Page) -> UInt8:
    """A screenshot of the stage: uint8 RGB."""
    return np.asarray(Image.open(io.BytesIO(page.locator("#stage").screenshot())).convert("RGB"))


@dataclass(frozen=True)
class View:
    """The camera: the pixel in the middle of a pane, and CSS pixels per pixel of the picture."""

    x: float
    y: float
    scale: float
    width: float
    height: float

    def on_pane(self, place: tuple[float, float]) -> tuple[float, float]:
        """The centre of a pixel of the picture in CSS pixels of the pane."""
        across, down = (place[0] + 0.5 - self.x) * self.scale, (place[1] + 0.5 - self.y) * self.scale
        return self.width / 2 + across, self.height / 2 + down


def view(page: Page) -> View:
    """The camera of the whole picture, or that of the address after it is written."""
    pane = page.locator(".pane-a canvas").bounding_box()
    assert pane
    if page.locator("#stage").get_attribute("data-zoomed") == "true":
        x, y, scale = map(float, reported_view(page)["at"].split(","))
        return View(x, y, scale, pane["width"], pane["height"])
    width, height = page.evaluate("(({width, height}) => [width, height])(JSON.parse(pair.textContent))")
    whole = min(pane["width"] / width, pane["height"] / height, 2)
    return View(width / 2, height / 2, whole, pane["width"], pane["height"])


def reported_view(page: Page) -> dict[str, str]:
    """The values of the view in the address, by name."""
    # The page writes it after 200 ms.
    reported: str = page.evaluate("new Promise((done) => setTimeout(() => done(location.hash.slice(1)), 220))")
    return dict(part.split("=", 1) for part in reported.split("&") if "=" in part)


def colour_at(page: Page, place: tuple[int, int], pane: str = "a") -> Colour:
    """The displayed colour of a pixel of the picture."""
    x, y = map(math.floor, view(page).on_pane(place))
    read = "(canvas, [x, y]) => [...canvas.getContext('2d').getImageData(x, y, 1, 1).data]"
    red, green, blue, alpha = page.locator(f".pane-{pane} canvas").evaluate(read, [x, y])
    assert alpha == 255, f"nothing is drawn at {place}"
    return red, green, blue


def point(page: Page, place: tuple[float, float], pane: str = "a") -> tuple[float, float]:
    """The position of a pixel of the picture in the window."""
    box = page.locator(f".pane-{pane} canvas").bounding_box()
    assert box
    x, y = view(page).on_pane(place)
    return box["x"] + x, box["y"] + y


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag the mouse from one point of the window to another."""
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=4)
    page.mouse.up()
    settle(page)


def touch(page: Page, *paths: tuple[tuple[float, float], tuple[float, float]]) -> None:
    """Move one finger along each path at the same time, from its first point of the window to its second."""
    fingers = page.context.new_cdp_session(page)

    def send(kind: str, share: float) -> None:
        spots = [(a + (c - a) * share, b + (d - b) * share) for (a, b), (c, d) in paths]
        points = [{"x": x, "y": y, "id": index} for index, (x, y) in enumerate(spots)] if kind != "touchEnd" else []
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    send("touchStart", 0)
    for step in range(1, 9):
        send("touchMove", step / 8)
    send("touchEnd", 1)
    fingers.detach()
    settle(page)
