"""Known motions are found, and no others."""

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.vision.alignment.align import Alignment, align
from app.vision.alignment.wording import describe_motion
from app.vision.arrays import Float64, UInt8
from app.vision.decoding.decode import Picture
from app.vision.decoding.metadata import Description
from app.vision.geometry import displacement, inverse, resize_matrix, translation_matrix
from tests.pictures import noisy

WIDTH, HEIGHT = 480, 360


def picture(rgb: UInt8, alpha: UInt8 | None = None) -> Picture:
    return Picture(
        np.ascontiguousarray(rgb),
        alpha,
        Description("PNG", rgb.shape[1], rgb.shape[0], "RGB", alpha is not None, 8, 1, 1, None, ""),
    )


def dead_leaves(seed: int = 1, width: int = WIDTH, height: int = HEIGHT) -> UInt8:
    """The dead leaves model: overlapping discs of every size and colour, with the statistics of natural pictures."""
    rng = np.random.default_rng(seed)
    canvas = np.zeros((height, width, 3), np.uint8)
    for radius in np.sort(40 / rng.uniform(1, 12, 900))[::-1]:
        x, y = int(rng.integers(width)), int(rng.integers(height))
        cv2.circle(canvas, (x, y), int(radius), rng.integers(0, 256, 3).tolist(), -1, cv2.LINE_AA)
    return canvas


def page(seed: int = 1, width: int = 500, height: int = 700) -> UInt8:
    """Lines of words on white."""
    rng = np.random.default_rng(seed)
    canvas = np.full((height, width, 3), 255, np.uint8)
    for y in range(24, height, 22):
        text = " ".join(
            "".join(rng.choice(list("abcdefghikmnopqrstuvwxyz"), 5)) for _ in range(int(rng.integers(3, 7)))
        )
        cv2.putText(canvas, text, (16, y), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (30, 30, 30), 1, cv2.LINE_AA)
    return canvas


def change(rgb: UInt8, seed: int = 5) -> UInt8:
    """Real changes: five flat boxes."""
    changed = rgb.copy()
    for x, y in np.random.default_rng(seed).integers(20, 300, (5, 2)).tolist():
        cv2.rectangle(changed, (x, y), (x + 40, y + 30), (x % 256, y % 256, 90), -1)
    return changed


def moved(rgb: UInt8, matrix: Float64, size: tuple[int, int] = (WIDTH, HEIGHT)) -> UInt8:
    """`rgb` warped by `matrix`, which therefore maps A to B."""
    warped = cv2.warpPerspective(rgb, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, np.uint8)


def rotation(degrees: float, scale: float, x: float = 0, y: float = 0) -> Float64:
    matrix = cv2.getRotationMatrix2D(((WIDTH - 1) / 2, (HEIGHT - 1) / 2), degrees, scale)
    return np.asarray(translation_matrix(x, y) @ np.vstack([matrix, [0, 0, 1]]), np.float64)


def tilt(by: float) -> Float64:
    corners = np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]], np.float32)
    shifts = by * np.array([[-1, 0.5], [0.5, -1], [1, 0.5], [-0.5, -0.5]], np.float32)
    return np.asarray(cv2.getPerspectiveTransform(corners, corners + shifts), np.float64)


def error(alignment: Alignment, a_to_b: Float64) -> float:
    return displacement(alignment.matrix, inverse(a_to_b), (WIDTH, HEIGHT))


def auto(a: UInt8, b: UInt8) -> Alignment:
    return align(picture(a), picture(b), "auto")


@pytest.mark.parametrize(
    ("motion", "kind", "description"),
    [
        (translation_matrix(2.4, -1.7), "translation", "B is shifted by 3 px"),
        (rotation(3, 1.04, 4, 3), "similarity", "B is turned by 3.0°, 4 % larger and shifted by 5 px"),
        (rotation(0.3, 1), "similarity", "B is turned by 0.3°"),
        (rotation(60, 0.8), "similarity", "B is turned by 60.0° and 20 % smaller"),
        (np.array([[1, 0.08, 3], [0, 1.06, 0], [0, 0, 1]], np.float64), "affine", None),
        (tilt(14), "homography", None),
    ],
    ids=["shift", "turn and zoom", "faint turn", "strong turn", "shear", "tilt"],
)
def test_finds_a_known_motion_to_a_tenth_of_a_pixel_despite_changes(
    motion: Float64, kind: str, description: str | None
) -> None:
    a = dead_leaves()
    found = auto(a, moved(change(a), motion))
    assert (found.status, found.kind) == ("applied", kind)
    assert error(found, motion) < 0.1
    assert found.inliers > 100
    assert found.error is not None
    assert found.error < 0.5
    assert description is None or describe_motion(found) == description


def test_a_tilt_is_described() -> None:
    a = dead_leaves()
    assert "seen from another angle" in (describe_motion(auto(a, moved(a, tilt(14)))) or "")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda rgb: np.clip(rgb * 0.6 + 60, 0, 255).astype(np.uint8),
        lambda rgb: np.clip(rgb + np.random.default_rng(7).normal(0, 12, rgb.shape), 0, 255).astype(np.uint8),
        lambda rgb: cv2.GaussianBlur(rgb, (0, 0), 2),
        lambda rgb: (rgb * np.linspace(0.4, 1, WIDTH)[None, :, None]).astype(np.uint8),
    ],
    ids=["exposure", "noise", "defocus", "uneven light"],
)
def test_light_and_noise_neither_hide_nor_simulate_a_motion(spoil: Callable[[UInt8], UInt8]) -> None:
    a = dead_leaves()
    assert auto(a, spoil(change(a))).status == "not_needed"
    motion = rotation(2, 1.02, 3, 0)
    assert error(auto(a, spoil(moved(a, motion))), motion) < 0.3


def test_swapped_pictures_have_the_inverse_motion() -> None:
    a = dead_leaves()
    b = moved(a, rotation(5, 1.1, 10, -4))
    forward, backward = auto(a, b), auto(b, a)
    assert displacement(forward.matrix @ backward.matrix, np.eye(3), (WIDTH, HEIGHT)) < 0.15


def test_is_deterministic() -> None:
    a = dead_leaves()
    b = moved(change(a), tilt(14))
    first = auto(a, b)
    for _ in range(3):
        again = auto(a, b)
        assert np.array_equal(again.matrix, first.matrix)
        assert (again.inliers, again.error) == (first.inliers, first.error)


def test_equal_pictures_need_no_alignment() -> None:
    a = dead_leaves()
    found = align(picture(a), picture(a.copy(), np.full(a.shape[:2], 255, np.uint8)), "auto")
    assert (found.status, found.kind, found.overlap) == ("not_needed", "identity", 1)
    assert np.array_equal(found.matrix, np.eye(3))
    assert describe_motion(found) is None


def test_a_negligible_motion_leaves_b_unchanged() -> None:
    a = dead_leaves()
    found = auto(a, moved(a, translation_matrix(0.3, 0.3)))
    assert (found.status, found.kind) == ("not_needed", "identity")
    assert np.array_equal(found.matrix, np.eye(3))


@pytest.mark.parametrize("by", [1, 22, 137], ids=["one pixel", "one line", "far"])
def test_a_scrolled_page_shifts_by_whole_pixels(by: int) -> None:
    long = page(height=1000)
    found = auto(long[:700], long[by : by + 700])
    assert (found.status, found.kind, found.error) == ("applied", "translation", 0)
    assert np.array_equal(found.matrix, translation_matrix(0, by))
    assert found.overlap == pytest.approx((700 - by) / 700)
    assert describe_motion(found) == f"B is shifted by {by} px"


@pytest.mark.parametrize("by", [3, 8, 15])
def test_different_text_with_the_same_line_spacing_does_not_match(by: int) -> None:
    assert auto(page(1), page(2, height=800)[by : by + 700]).status == "failed"


def test_a_page_that_grew_keeps_its_scale() -> None:
    long = page(height=1000)
    found = auto(long[:700], long)
    assert (found.status, found.kind, found.overlap) == ("applied", "rows", 1)
    assert np.array_equal(found.matrix, np.eye(3))
    assert auto(long, long[:700]).overlap == pytest.approx(0.7)
    faint, strong = (np.random.default_rng(1).integers(0, most, long.shape, np.uint8) for most in (3, 90))
    assert auto(long[:700], long - np.minimum(long, faint)).kind == "rows"  # no row is equal, but their edges are
    assert auto(long[:700], long - np.minimum(long, strong)).kind == "identity"


def test_a_moved_part_does_not_move_the_page() -> None:
    a = page()
    b = a.copy()
    b[300:520] = a[260:480]
    found = auto(a, b)
    assert found.rows is not None
    assert [(gap.a, gap.inserted, gap.removed) for gap in found.rows.gaps] == [(300, 40, 0), (480, 0, 40)]
    assert np.array_equal(found.matrix, np.eye(3))


@pytest.mark.parametrize("factor", [0.25, 0.75, 2.0])
def test_a_resized_copy_is_scaled(factor: float) -> None:
    a = dead_leaves()
    b = np.asarray(cv2.resize(change(a), None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)
    found = auto(a, b)
    assert (found.status, found.kind, found.overlap) == ("applied", "scale", 1)
    assert np.allclose(found.matrix, resize_matrix((b.shape[1], b.shape[0]), (WIDTH, HEIGHT)))


def test_a_crop_is_found_at_its_position() -> None:
    a = dead_leaves()
    found = auto(a, a[60:300, 90:400])
    assert np.array_equal(found.matrix, translation_matrix(90, 60))
    assert found.overlap == pytest.approx(240 * 310 / (WIDTH * HEIGHT))


@pytest.mark.parametrize("period", [8, 24, 40])
def test_a_repeating_pattern_with_defects_is_not_moved(period: int) -> None:
    tile = dead_leaves(3, period, period)
    a = np.tile(tile, (HEIGHT // period + 1, WIDTH // period + 1, 1))[:HEIGHT, :WIDTH]
    assert auto(a, change(a)).status == "not_needed"


@pytest.mark.parametrize("size", [(WIDTH, HEIGHT), (400, 400)], ids=["equal sizes", "other size"])
def test_unrelated_pictures_are_not_moved(size: tuple[int, int]) -> None:
    found = auto(dead_leaves(1), dead_leaves(2, *size))
    assert found.status == "failed"
    assert np.array_equal(found.matrix, np.eye(3))


def test_unrelated_photographs_of_another_size_are_scaled() -> None:
    photographs = [noisy(dead_leaves(1), 4), noisy(dead_leaves(2, 400, 400), 4)]
    assert np.allclose(auto(*photographs).matrix, resize_matrix((400, 400), (WIDTH, HEIGHT)))


def test_a_page_whose_parts_moved_is_not_moved() -> None:
    a = page()
    column = a.copy()
    column[60:600, 8:] = a[60:600, :-8]
    sidebar = np.hstack([a[:, :180], np.full((700, 20, 3), 255, np.uint8), a[:, 180:-20]])
    for b in (column, sidebar):
        assert auto(a, b).kind == "identity"


def test_lines_across_a_motion_show_it_and_lines_along_it_do_not_hide_it() -> None:
    a = np.full((700, 500, 3), 255, np.uint8)
    for x in (20, 250, 480):
        cv2.line(a, (x, 0), (x, 700), (0, 0, 0), 2)
    for x, y in np.random.default_rng(2).integers(0, 660, (300, 2)).tolist():
        cv2.rectangle(a, (x, y), (x + 19, y + 11), (90, 90, 90), 1)
    b = np.roll(a, 36, axis=0)
    b[400:][b[400:] == 90] = 110
    found = auto(a, b)
    assert found.kind == "translation"
    assert np.array_equal(found.matrix, translation_matrix(0, -36))


def test_off_estimates_no_motion() -> None:
    a = dead_leaves()
    found = align(picture(a), picture(moved(a, translation_matrix(9, -6))), "off")
    assert (found.status, found.kind) == ("off", "identity")
    stretched = align(picture(a), picture(a[:180]), "off")
    assert (stretched.status, stretched.kind) == ("off", "scale")
    assert np.allclose(stretched.matrix, np.array([[1, 0, 0], [0, 2, 0.5], [0, 0, 1]]))


def test_transparency_counts_as_white() -> None:
    a = dead_leaves()
    alpha = np.zeros((HEIGHT, WIDTH), np.uint8)
    alpha[:, :200] = 255
    hidden = a.copy()
    hidden[:, 200:] = dead_leaves(9)[:, 200:]
    assert align(picture(a, alpha), picture(hidden, alpha), "auto").status == "not_needed"


BLANK = np.full((90, 120, 3), 200, np.uint8)
NOISE = np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8)
OTHER_NOISE = np.random.default_rng(1).integers(0, 256, (90, 120, 3), np.uint8)
TINY = [NOISE[:h, :w] for h, w in ((1, 1), (1, 90), (90, 1), (7, 13), (16, 16), (17, 90))]
TINY.append(np.tile(NOISE[:1], (1, 20, 1)))


@pytest.mark.parametrize("a", [BLANK, NOISE, *TINY], ids=lambda rgb: "x".join(map(str, rgb.shape[:2])))
@pytest.mark.parametrize("b", [BLANK, OTHER_NOISE, *TINY], ids=lambda rgb: "x".join(map(str, rgb.shape[:2])))
def test_pictures_without_features_are_not_moved(a: UInt8, b: UInt8) -> None:
    found = auto(a, b)
    assert found.kind in ("identity", "scale")
    assert 0 < found.overlap <= 1


def test_a_blank_page_does_not_fail() -> None:
    assert auto(BLANK, BLANK - 9).status == "not_needed"


def read(path: Path) -> UInt8:
    bgr = cv2.imread(str(path))
    assert bgr is not None
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


@pytest.mark.parametrize(("index", "limit"), [(0, 1.0), (1, 2.0)], ids=["graf 1 to 2", "graf 1 to 3"])
def test_viewpoints_of_a_wall(shared: Path, index: int, limit: float) -> None:
    """Mikolajczyk and Schmid's "graf", with the homographies measured for it."""
    truth = json.loads((shared / "data/manifest.json").read_text())["align"][index]
    a, b = (read(shared / "data" / truth[name]) for name in ("a", "b"))
    quarter = np.array([[200, 160], [600, 160], [600, 480], [200, 480]], np.float32)[None]
    true = cv2.perspectiveTransform(quarter, np.array(truth["homography_a_to_b"]))
    found = cv2.perspectiveTransform(true, auto(a, b).matrix)
    assert float(np.linalg.norm(found - quarter, axis=2).mean()) < limit


@pytest.mark.parametrize("name", ["pixelmatch_2", "pixelmatch_4", "pixelmatch_7", "tiger", "orange", "people"])
def test_screenshots_with_changes_are_not_moved(shared: Path, name: str) -> None:
    pair = next(p for p in json.loads((shared / "data/manifest.json").read_text())["ui"] if p["name"] == name)
    assert auto(*(read(shared / "data" / pair[key]) for key in ("a", "b"))).status == "not_needed"


def test_circuit_boards_move_by_a_few_pixels_at_most(shared: Path) -> None:
    """Some boards are displaced by up to 7 pixels. None may be shifted by a period of its pattern."""
    for pair in json.loads((shared / "data/manifest.json").read_text())["pcb"][::10]:
        a, b = (read(shared / "data" / pair[key]) for key in ("a", "b"))
        assert displacement(auto(a, b).matrix, np.eye(3), (640, 640)) < 8
