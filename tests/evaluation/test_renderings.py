"""Verdicts on screenshots and drawings: what a person would call a change, and nothing else."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from app.evaluation.report import Findings
from app.vision.arrays import UInt8
from tests.evaluation.comparing import findings
from tests.pictures import jpeg, noisy, read, scene

WIDTH, HEIGHT = 480, 520
INK, PANEL, PAPER = (30, 34, 40), (60, 110, 200), (255, 255, 255)
WORDS = ["the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "dog", "while", "seven", "wizards", "box"]


def page(paper: tuple[int, int, int] = PAPER, ink: tuple[int, int, int] = INK, scale: int = 1) -> UInt8:
    """A page with a header, a side bar, an article and a button. scale: of the shapes and letters."""
    drawn = np.full((HEIGHT * scale, WIDTH * scale, 3), paper, np.uint8)
    cv2.rectangle(drawn, (0, 0), (WIDTH * scale, 40 * scale), PANEL, -1)
    write(drawn, "Header of the page", 16, 26, PAPER, scale)
    for line in range(8):
        write(drawn, f"link {WORDS[line]}", 12, 80 + 26 * line, PANEL, scale)
    for line in range(18):
        words = [WORDS[(line * 5 + word) % len(WORDS)] for word in range(5)]
        write(drawn, f"{line} {' '.join(words)}", 150, 80 + 22 * line, ink, scale)
    cv2.rectangle(drawn, (150 * scale, 480 * scale), (250 * scale, 505 * scale), PANEL, -1)
    return drawn


def write(drawn: UInt8, text: str, x: int, y: int, colour: tuple[int, int, int], scale: int = 1) -> None:
    at = x * scale, y * scale
    cv2.putText(drawn, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.45 * scale, colour, scale, cv2.LINE_AA)


def gradient() -> UInt8:
    drawn = page()
    drawn[420:470, 150:450] = np.linspace(120, 200, 300).astype(np.uint8)[None, :, None]
    return drawn


def backdrop(shown: bool) -> UInt8:
    """A page on a soft picture, or on one colour if the picture is missing."""
    noise = np.random.default_rng(1).uniform(90, 200, (8, 8, 3)).astype(np.float32)
    soft = cv2.resize(noise, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    drawn = soft if shown else np.full_like(soft, 150)
    picture = np.clip(drawn, 0, 255).astype(np.uint8)
    write(picture, "Words on a picture", 40, 100, INK)
    return picture


def sub_pixels(drawn: UInt8) -> UInt8:
    """The same text smoothed by sub-pixels: red a third of a pixel further left, blue further right."""
    article = drawn[50:475, 140:]
    size = article.shape[1], article.shape[0]
    channels = [
        cv2.warpAffine(article[..., c], np.array([[1, 0, by], [0, 1, 0]], np.float32), size, borderValue=255)
        for c, by in enumerate((-1 / 3, 0, 1 / 3))
    ]
    smoothed = drawn.copy()
    smoothed[50:475, 140:] = np.dstack(channels)
    return smoothed


def logo(ink: tuple[int, int, int] | None) -> UInt8:
    """A word on a transparent ground, or nothing: uint8 RGBA."""
    mask = np.zeros((120, 300), np.uint8)
    if ink:
        cv2.putText(mask, "Logo", (40, 80), cv2.FONT_HERSHEY_SIMPLEX, 2, 255, 5, cv2.LINE_AA)
    return np.dstack([np.full((120, 300, 3), ink or PAPER, np.uint8), mask])


def share(found: Findings) -> float:
    """The share of A inside any region."""
    mask = np.zeros((found.a.height, found.a.width), np.bool_)
    for region in found.regions:
        mask[region.box.slices] = True
    return float(mask.mean())


CAMERA = ("smaller", "larger", "stretched", "turned", "angle", "lighter", "darker", "warmer", "cooler", "contrast")


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (page(), page(paper=(238, 246, 255))),
        (page(), page(paper=(250, 250, 250))),
        (page(), page(paper=(24, 26, 30), ink=(220, 222, 226))),
        (page(paper=(26, 26, 26), ink=(200, 200, 200)), page(paper=(0, 0, 0), ink=(200, 200, 200))),
        (page(), (page() * 0.92).astype(np.uint8)),
        (backdrop(True), backdrop(False)),
    ],
    ids=["tinted", "grayer", "dark theme", "black", "dimmed", "no backdrop"],
)
def test_another_tone_is_a_change_of_all_that_has_it(a: UInt8, b: UInt8) -> None:
    for found in (findings(a, b), findings(b, a)):
        assert found.verdict.kind == "changed"
        assert share(found) > 0.5
        assert not any(word in found.verdict.summary for word in CAMERA)
        assert found.alignment.kind == "identity"


def test_text_in_another_ink_is_recoloured() -> None:
    found = findings(page(), page(ink=(77, 97, 116)))
    assert found.verdict.kind == "changed"
    assert {region.kind for region in found.regions} <= {"recoloured", "changed"}
    assert all(region.box.y + region.box.height < 475 for region in found.regions)


def recompressed(drawn: UInt8) -> UInt8:
    return read(jpeg(drawn, 80))


def off_by_one(drawn: UInt8) -> UInt8:
    """Every other pixel of a part, one level darker: a gradient is dithered differently."""
    part = np.s_[400:475, 140:]
    dithered = drawn.copy()
    dithered[part] -= (np.indices(drawn[part].shape[:2]).sum(axis=0) % 2).astype(np.uint8)[..., None]
    return dithered


def at_scale(scale: int) -> UInt8:
    """The page as a screen of this device pixel ratio draws it, from the same shapes."""
    return np.asarray(
        cv2.resize(page(scale=4), (WIDTH * scale, HEIGHT * scale), interpolation=cv2.INTER_AREA), np.uint8
    )


@pytest.mark.parametrize(
    ("a", "b", "note"),
    [
        (page(), sub_pixels(page()), "smoothed differently"),
        (gradient(), off_by_one(gradient()), "rounded differently"),
        (page(), recompressed(page()), "re-compressed"),
        (at_scale(1), at_scale(2), "100 % larger"),
    ],
    ids=["sub-pixels", "off by one", "JPEG", "dense screen"],
)
def test_the_same_page_drawn_otherwise_is_the_same(a: UInt8, b: UInt8, note: str) -> None:
    found = findings(a, b)
    assert (found.verdict.kind, found.regions) == ("same", [])
    assert note in found.verdict.summary


@pytest.mark.parametrize("draw", [sub_pixels, off_by_one, recompressed], ids=["sub-pixels", "off by one", "JPEG"])
def test_a_change_under_other_smoothing_is_found_where_it_is(draw: Callable[[UInt8], UInt8]) -> None:
    changed = page()
    cv2.rectangle(changed, (255, 182), (300, 196), PAPER, -1)
    write(changed, "ZEBRA", 256, 194, INK)
    found = findings(page(), draw(changed))
    assert found.verdict.kind == "changed"
    assert 1 <= len(found.regions) <= 4
    for region in found.regions:
        assert 240 < region.box.x < 310
        assert 175 < region.box.y < 205


@pytest.mark.parametrize("quality", [60, 80, 95])
def test_a_faint_tone_is_a_change_in_a_jpeg_too(quality: int) -> None:
    panel = page()
    panel[400:470, 300:460] = np.minimum(panel[400:470, 300:460], (240, 244, 250))
    for b in (page(paper=(248, 248, 248)), panel):
        assert findings(page(), read(jpeg(b, quality))).verdict.kind == "changed"
    assert findings(page(), read(jpeg(page(), quality))).verdict.kind == "same"


@pytest.mark.parametrize("paper", [(238, 246, 255), (248, 248, 248)])
def test_another_tone_is_a_change_at_another_scale_too(paper: tuple[int, int, int]) -> None:
    toned = at_scale(2)
    toned[(toned == 255).all(axis=2)] = paper
    for a, b in ((at_scale(1), toned), (toned, at_scale(1))):
        found = findings(a, b)
        assert found.verdict.kind == "changed"
        assert share(found) > 0.5


def test_a_larger_page_is_larger_and_nothing_else() -> None:
    longer = np.concatenate([page(), np.full((300, WIDTH, 3), 255, np.uint8)])
    write(longer, "More at the end of the page", 150, HEIGHT + 60, INK)
    found = findings(page(), longer)
    assert found.verdict.kind == "changed"
    assert "B is 300 px taller" in found.verdict.summary
    assert not any(word in found.verdict.summary for word in CAMERA)


@pytest.mark.parametrize(
    ("left", "top", "right", "bottom", "parts"), [(0, 0, 60, 0, 1), (0, 0, 60, 50, 2), (20, 30, 20, 30, 4)]
)
def test_what_a_larger_page_has_around_the_other_is_a_region(
    left: int, top: int, right: int, bottom: int, parts: int
) -> None:
    border = cv2.copyMakeBorder(page(), top, bottom, left, right, cv2.BORDER_CONSTANT, value=PANEL)
    found = findings(page(), np.asarray(border, np.uint8))
    assert found.verdict.kind == "changed"
    assert f"B is {left + right} px wider" in found.verdict.summary
    assert {(region.found_by, region.kind) for region in found.regions} == {(("size",), "appeared")}
    outside = np.ones(border.shape[:2], np.uint8)
    outside[top : top + HEIGHT, left : left + WIDTH] = 0
    for region in found.regions:
        outside[region.box_b.slices] -= 1
        assert region.changed_pixels == region.box_b.width * region.box_b.height
    assert len(found.regions) == parts
    assert not outside.any()


def test_a_wider_framing_of_a_photograph_adds_nothing() -> None:
    wide = noisy(scene(620, 500))
    found = findings(wide[:480, :600], wide)
    assert "B is 20 px wider" in found.verdict.summary
    assert not found.regions


def test_an_empty_page_has_lost_everything() -> None:
    found = findings(page(), np.full((HEIGHT - 100, WIDTH, 3), 255, np.uint8))
    assert found.verdict.kind in ("changed", "different")
    assert not any(word in found.verdict.summary for word in CAMERA)


def test_a_column_that_moved_is_one_thing_that_moved() -> None:
    moved = page()
    moved[60:475, 140:] = 255
    moved[60:475, 148:] = page()[60:475, 140:-8]
    found = findings(page(), moved)
    assert (found.alignment.kind, found.verdict.kind) == ("identity", "changed")
    assert [region.kind for region in found.regions] == ["moved"]
    assert found.regions[0].moved_to is not None
    assert found.regions[0].moved_to.x - found.regions[0].box.x == 8


def test_rows_inserted_beside_a_side_bar_are_a_block() -> None:
    moved = page()
    moved[100:475, 140:] = 255
    moved[140:475, 140:] = page()[100:435, 140:]
    write(moved, "a paragraph that is new", 150, 122, INK)
    found = findings(page(), moved)
    assert "A block 40 px high was inserted" in found.verdict.summary
    assert all(region.box.x >= 100 for region in found.regions)


def test_a_white_logo_that_vanished_on_a_transparent_ground_is_a_change() -> None:
    for ink in (PAPER, (0, 0, 0), PANEL):
        found = findings(logo(ink), logo(None))
        assert found.verdict.kind == "changed"
        assert found.regions


def test_colours_that_transparency_hides_are_no_change() -> None:
    hidden = logo(None)
    hidden[..., :3] = 90
    found = findings(logo(None), hidden)
    assert (found.verdict.kind, found.regions) == ("same", [])
    assert "transparency hides" in found.verdict.summary


@pytest.mark.parametrize("colour", [(255, 140, 0), (230, 30, 30), (255, 0, 255), (0, 200, 60)])
def test_a_pixel_of_a_new_colour_in_an_icon_is_no_smoothing(colour: tuple[int, int, int]) -> None:
    drawn = np.full((160, 160, 3), 255, np.uint8)
    cv2.circle(drawn, (80, 80), 60, (60, 60, 60), -1)
    icon = np.asarray(cv2.resize(drawn, (16, 16), interpolation=cv2.INTER_AREA), np.uint8)
    for x in range(16):
        changed = icon.copy()
        changed[4, x] = colour
        found = findings(icon, changed)
        assert (found.verdict.kind, len(found.regions)) == ("changed", 1), x
