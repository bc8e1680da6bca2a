from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from training import scenes
from training.scenes import DRAWN, Drawing, draw_scene, photographs, scene
from training.scenes.boards import assembled, board, radiograph
from training.scenes.charts import CHARTS
from training.scenes.colours import gray
from training.scenes.documents import scanned
from training.scenes.drawings import DRAWINGS
from training.scenes.maps import aerial, contour_map, street_map
from training.scenes.pages import laid_out, screenshot

KINDS = [kind for _, kind in DRAWN]


def test_the_same_generator_gives_the_same_scene(photos: Path) -> None:
    trained_on, _ = photographs(photos)
    for seed in range(12):
        one, same, other = (scene(trained_on, 160, np.random.default_rng(number)) for number in (seed, seed, seed + 50))
        assert one.shape == (160, 160, 3)
        np.testing.assert_array_equal(one, same)
        assert (one != other).any()


def test_more_than_half_of_the_scenes_are_photographs(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert 0.55 <= 1 - sum(share for share, _ in DRAWN) <= 0.6
    counted: Counter[str] = Counter()
    monkeypatch.setattr(scenes, "photograph", lambda *_: counted.update(["photograph"]))
    monkeypatch.setattr(scenes, "draw_scene", lambda kind, *_: counted.update([kind.__name__]))
    for seed in range(600):
        scene([photos], 160, np.random.default_rng(seed))
    assert set(counted) == {"photograph", *(kind.__name__ for kind in KINDS)}
    assert 0.5 < counted["photograph"] / 600 < 0.64


@pytest.mark.parametrize("kind", KINDS)
def test_drawings_have_their_shape_are_repeatable_and_vary(photos: Path, kind: Drawing) -> None:
    trained_on, _ = photographs(photos)
    for seed in range(8):
        side = (160, 208, 161)[seed % 3]
        one, same, other = (
            draw_scene(kind, trained_on, side, np.random.default_rng(s)) for s in (seed, seed, seed + 9)
        )
        assert one.shape == (side, side, 3)
        assert one.dtype == np.uint8
        assert len(np.unique(one.reshape(-1, 3), axis=0)) > 1
        np.testing.assert_array_equal(one, same)
        assert (one != other).any()


@pytest.mark.parametrize("kind", KINDS)
def test_drawings_may_be_large(photos: Path, kind: Drawing) -> None:
    large = draw_scene(kind, photographs(photos)[0], 640, np.random.default_rng(3))
    assert large.shape == (640, 640, 3)
    assert large.std() > 3


@pytest.mark.parametrize("drawing", [screenshot, assembled, street_map, contour_map, aerial])
def test_each_sort_of_a_kind_is_drawn(drawing: object) -> None:
    assert callable(drawing)
    for seed in range(6):
        drawn = drawing(160, np.random.default_rng(seed))
        assert drawn.shape == (160, 160, 3)
        assert drawn.std() > 2


@pytest.mark.parametrize("draw_lines", DRAWINGS)
def test_line_drawings_are_mostly_paper(draw_lines: object) -> None:
    assert callable(draw_lines)
    for seed in range(6):
        canvas = np.full((208, 208, 3), 250, np.uint8)
        draw_lines(canvas, gray(20), np.random.default_rng(seed))
        assert 0.3 < (canvas == 250).mean() < 0.999


@pytest.mark.parametrize("draw_chart", CHARTS)
def test_charts_use_their_colours(draw_chart: object) -> None:
    assert callable(draw_chart)
    palette = [(200, 30, 30), (30, 200, 30), (30, 30, 200), (0, 200, 200), (200, 0, 200)]
    canvas = np.full((208, 208, 3), 250, np.uint8)
    draw_chart(canvas, palette, gray(20), np.random.default_rng(1))
    assert (canvas == palette[0]).all(axis=2).any()


def test_a_board_s_radiograph_is_gray_and_metal_is_dark_in_it() -> None:
    canvas = np.full((160, 160, 3), 60, np.uint8)
    canvas[60:100, 60:100] = 220
    seen = radiograph(canvas, np.random.default_rng(0))
    assert (np.ptp(seen, axis=2) == 0).all()
    assert seen[70:90, 70:90].mean() < seen[:40].mean()


def test_some_boards_have_two_tones_and_some_many() -> None:
    tones = [len(np.unique(board(160, [], np.random.default_rng(seed)).reshape(-1, 3), axis=0)) for seed in range(16)]
    assert min(tones) <= 2
    assert max(tones) > 50


def test_scanning_keeps_the_text_where_it_is_dark() -> None:
    page = np.full((160, 160, 3), 240, np.uint8)
    page[60:100, 40:120] = 20
    for seed in range(10):
        seen = scanned(page, np.random.default_rng(seed))
        assert seen[75:85, 60:100].mean() < seen[20:40, 20:140].mean() - 60


def test_pages_are_light_or_dark(photos: Path) -> None:
    trained_on, _ = photographs(photos)
    light = [np.median(laid_out(160, trained_on, np.random.default_rng(seed))) > 128 for seed in range(12)]
    assert any(light)
    assert not all(light)
