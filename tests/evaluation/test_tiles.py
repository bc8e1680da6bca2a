"""Tiles of large pictures at full resolution."""

import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.evaluation.pipeline import PictureRejected
from app.evaluation.request import EvaluationRequest
from app.evaluation.tiles import NAMES, SIDE, picture_of_tile, render_tile_images, requested_tile, tiled_images
from app.store import Store, Upload
from app.store.records import PairRecord, ReportRecord
from app.vision.arrays import UInt8
from app.vision.encode import Encoded
from app.vision.region import Box
from app.vision.resize import MAX_SCREEN_PIXELS
from tests.pictures import png, textured

WIDTH, HEIGHT = 1160, 1090
PIXELS = 6_000_000
AS_GIVEN = EvaluationRequest(align="off")  # most of these pictures are aligned


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path, f"sqlite:///{tmp_path}/test.sqlite")


def drawing(width: int = WIDTH, height: int = HEIGHT) -> UInt8:
    """Fields of different solid colours, so that every tile is encoded exactly."""
    colours = np.random.default_rng(2).integers(0, 256, (height // 50 + 1, width // 50 + 1, 3), np.uint8)
    return np.kron(colours, np.ones((50, 50, 1), np.uint8))[:height, :width].copy()


def changed() -> UInt8:
    """The drawing with one more field, across all four tiles."""
    picture = drawing()
    picture[1000:1060, 1010:1090] = (255, 0, 255)
    return picture


def tiles(
    store: Store, a: UInt8, b: UInt8, picture: str, request: EvaluationRequest = AS_GIVEN
) -> Mapping[str, Encoded]:
    """The tiles of a report of two arrays."""
    pair = store.save_pair(Upload("a.png", png(a)), Upload("b.png", png(b)), None)
    return render_tile_images(picture, asked(pair, request), pair, store, PIXELS)


def asked(pair: PairRecord, request: EvaluationRequest) -> ReportRecord:
    return ReportRecord("0" * 32, pair.id, datetime.now(UTC), "", request.model_dump(mode="json"), {}, {})


def joined(found: Mapping[str, Encoded], picture: str, mode: str = "RGB") -> UInt8:
    """The picture that the tiles make up; it has this size only if they cover every pixel once."""
    opened = {
        (int(column), int(row)): np.asarray(Image.open(io.BytesIO(square.data)).convert(mode))
        for name, square in found.items()
        for _, named, column, row in [name.split("-")]
        if named == picture
    }
    columns, rows = (max(places) + 1 for places in zip(*opened, strict=True))
    assert len(opened) == columns * rows
    return np.vstack([np.hstack([opened[column, row] for column in range(columns)]) for row in range(rows)])


def test_the_tiles_make_up_the_pictures_exactly(store: Store) -> None:
    found = tiles(store, drawing(), changed(), "a")
    assert set(found) == {f"detail-{name}-{column}-{row}" for name in "ab" for column in (0, 1) for row in (0, 1)}
    assert np.array_equal(joined(found, "a"), drawing())
    assert np.array_equal(joined(found, "b"), changed())
    first = Image.open(io.BytesIO(found["detail-a-0-0"].data))
    last = Image.open(io.BytesIO(found["detail-a-1-1"].data))
    assert (first.size, last.size) == ((SIDE, SIDE), (WIDTH - SIDE, HEIGHT - SIDE))


def test_the_tiles_of_a_and_b_are_rendered_together(store: Store) -> None:
    assert tiles(store, drawing(), changed(), "a") == tiles(store, drawing(), changed(), "b")


def test_a_picture_of_whole_tiles_has_no_empty_tiles(store: Store) -> None:
    picture = drawing(SIDE, SIDE)
    assert set(tiles(store, picture, picture, "a")) == {"detail-a-0-0", "detail-b-0-0"}


def test_transparency_is_kept(store: Store) -> None:
    alpha = np.full((HEIGHT, WIDTH), 255, np.uint8)
    alpha[990:1050, 300:1100] = 90
    a, b = np.dstack([drawing(), alpha]), np.dstack([changed(), np.roll(alpha, -40, axis=0)])
    found = tiles(store, a, b, "a")
    assert np.array_equal(joined(found, "a", "RGBA"), a)
    assert np.array_equal(joined(found, "b", "RGBA"), b)


def test_photographs_are_as_good_as_in_the_report(store: Store) -> None:
    photo = textured(1100, 400)
    found = tiles(store, photo, photo, "a")
    assert {square.media_type for square in found.values()} == {"image/jpeg"}
    assert np.abs(joined(found, "a").astype(int) - photo).mean() < 4


def test_b_is_tiled_in_the_frame_of_a(store: Store) -> None:
    """B is moved by whole pixels; where it has no pixels, A is shown dimmed."""
    whole = drawing(WIDTH + 64, HEIGHT + 32)
    a, b = whole[32:, 64:], whole[:HEIGHT, :WIDTH].copy()
    b[500:560, 500:580] = (255, 0, 255)
    found = tiles(store, a, b, "b", EvaluationRequest())
    expected = a.copy()
    expected[468:528, 436:516] = (255, 0, 255)
    shown = joined(found, "b")
    assert shown.shape == a.shape
    assert np.abs(shown[: HEIGHT - 36, : WIDTH - 68].astype(int) - expected[: HEIGHT - 36, : WIDTH - 68]).max() <= 1
    assert np.array_equal(shown[HEIGHT - 30 :], a[HEIGHT - 30 :] // 4 + 40)
    assert np.array_equal(joined(found, "a"), a)


def test_b_is_tiled_as_points_line_it_up(store: Store) -> None:
    request = EvaluationRequest(align="off", points=((100, 50, 50, 50), (900, 1000, 850, 1000)))
    found = joined(tiles(store, drawing(), drawing(), "b", request), "b")
    assert np.array_equal(found[:, 50:], drawing()[:, :-50])


def test_without_alignment_b_is_tiled_as_sent(store: Store) -> None:
    whole = drawing(WIDTH + 64, HEIGHT + 32)
    a, b = whole[32:, 64:], whole[:HEIGHT, :WIDTH]
    assert np.array_equal(joined(tiles(store, a, b, "b"), "b"), b)


def test_a_larger_b_is_tiled_in_the_frame_of_a(store: Store) -> None:
    twice = drawing().repeat(2, axis=0).repeat(2, axis=1)
    assert np.array_equal(joined(tiles(store, drawing(), twice, "b"), "b"), drawing())


IGNORED = Box(900, 900, 300, 150)  # the whole change


def test_ignored_boxes_stay_visible(store: Store) -> None:
    found = tiles(store, drawing(), changed(), "b", EvaluationRequest(align="off", ignore=(IGNORED,)))
    assert np.array_equal(joined(found, "b"), changed())
    assert np.array_equal(joined(found, "a"), drawing())


def test_the_difference_is_tiled_alone_without_ignored_boxes(store: Store) -> None:
    different = (drawing() != changed()).any(axis=2)
    found = tiles(store, drawing(), changed(), "difference")
    assert set(found) == {f"detail-difference-{column}-{row}" for column in (0, 1) for row in (0, 1)}
    assert np.array_equal((joined(found, "difference") == (255, 221, 0)).all(axis=2), different)
    right = Box(1024, 0, 300, HEIGHT)
    ignoring = tiles(store, drawing(), changed(), "difference", EvaluationRequest(align="off", ignore=(right,)))
    different[:, 1024:] = False
    assert np.array_equal((joined(ignoring, "difference") == (255, 221, 0)).all(axis=2), different)


def test_the_difference_has_the_reports_threshold(store: Store) -> None:
    found = tiles(store, drawing(), changed(), "difference", EvaluationRequest(align="off", threshold=1))
    assert not (joined(found, "difference") == (255, 221, 0)).all(axis=2).any()


@pytest.mark.parametrize("picture", ["a", "difference"])
def test_a_report_with_options_of_another_version_is_tiled(store: Store, picture: str) -> None:
    """With a removed option, a removed finder and analysis, and without an option that was added since."""
    pair = store.save_pair(Upload("a.png", png(drawing())), Upload("b.png", png(changed())), None)
    request = EvaluationRequest(align="off", threshold=0.5, ignore=(IGNORED,))
    today = asked(pair, request)
    gone = {"sharpness": 3, "finder": "oracle", "analyses": ["pixel", "oracle"], "gradient": {"metric": "oracle"}}
    then = {name: value for name, value in today.options.items() if name != "spotter"} | gone
    assert render_tile_images(picture, replace(today, options=then), pair, store, PIXELS) == render_tile_images(
        picture, today, pair, store, PIXELS
    )


def test_a_limit_that_was_lowered_meanwhile_applies(store: Store) -> None:
    pair = store.save_pair(Upload("a.png", png(drawing())), Upload("b.png", png(changed())), None)
    with pytest.raises(PictureRejected):
        render_tile_images("a", asked(pair, AS_GIVEN), pair, store, WIDTH * HEIGHT - 1)


def test_only_reduced_pictures_have_tiles() -> None:
    assert tiled_images(("a", "b", "difference", "ssim_map", "thumbnail_a"), 2000, 2001) == ["a", "b", "difference"]
    assert tiled_images(("a", "b", "ssim_map"), MAX_SCREEN_PIXELS + 1, 1) == ["a", "b"]
    assert tiled_images(("a", "b", "difference"), 2000, 2000) == []
    assert tiled_images((), 10_000, 10_000) == []


def test_the_picture_of_a_tile_is_known_by_its_name() -> None:
    assert [picture_of_tile(f"detail-{name}-0-0") for name in NAMES] == list(NAMES)
    assert picture_of_tile("detail-difference-12-999") == "difference"


NONSENSE = [
    "",
    "a",
    "detail-a",
    "detail-a-0",
    "detail-a-0-0-0",
    "detail-c-0-0",
    "detail-A-0-0",
    "detail-thumbnail_a-0-0",
    "detail-a-0-0\n",
    "\ndetail-a-0-0",
    "detail-a-0-0 ",
    "detail-a--1-0",
    "detail-a-+1-0",
    "detail-a-0x1-0",
    "detail-a-1.0-0",
    "detail-a-1_0-0",
    "detail-a-00-0",
    "detail-a-0-01",
    "detail-a-٣-0",
    "detail-a-0-０",
    "detail-a-²-0",
    "detail-a-1000-0",
    f"detail-a-{'9' * 5000}-0",
    "../detail-a-0-0",
    "detail-a-0-0/..",
    "detail-a/../b-0-0",
    "detail-a-0-0\0",
    "\ud800",
]


@pytest.mark.parametrize("name", NONSENSE)
def test_any_other_name_is_no_tile(name: str) -> None:
    assert picture_of_tile(name) is None
    assert requested_tile(name, NAMES, 99_999, 99_999) is None


def test_tiles_outside_the_picture_do_not_exist() -> None:
    width, height = 2 * SIDE, 2 * SIDE + 1
    assert requested_tile("detail-b-1-2", NAMES, width, height) == "b"
    assert requested_tile("detail-b-2-0", NAMES, width, height) is None
    assert requested_tile("detail-b-0-3", NAMES, width, height) is None
    assert requested_tile("detail-difference-0-0", ("a", "b"), width, height) is None
    assert requested_tile("detail-a-0-0", NAMES, 2000, 2000) is None
