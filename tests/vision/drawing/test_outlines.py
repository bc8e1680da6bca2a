import numpy as np
import pytest

from app.vision.arrays import Mask, UInt8
from app.vision.drawing.outlines import CASING, LINE, heat, outline, trace
from app.vision.region import Box
from app.vision.resize import shrink_to

BLACK, WHITE = (0, 0, 0), (255, 255, 255)


def solid(shape: tuple[int, int], colour: tuple[int, int, int] = BLACK) -> UInt8:
    return np.full((*shape, 3), colour, np.uint8)


def is_colour(image: UInt8, colour: tuple[int, int, int]) -> Mask:
    return np.asarray((image == colour).all(axis=2))


@pytest.mark.parametrize("ground", [BLACK, WHITE])
def test_an_outline_is_light_on_dark_and_leaves_the_box_unchanged(ground: tuple[int, int, int]) -> None:
    image, box = solid((200, 300), ground), Box(100, 80, 60, 40)
    drawn = outline(image, [box], numbers=False)
    assert is_colour(drawn, LINE).any()
    assert is_colour(drawn, CASING).any()
    inside = drawn[box.slices][2:-2, 2:-2]
    assert (inside == ground).all()
    assert (image == ground).all()


def test_the_line_grows_with_the_picture() -> None:
    share = [
        is_colour(outline(solid((side, side)), [Box(side // 4, side // 4, side // 2, side // 2)], False), LINE).mean()
        for side in (400, 1600)
    ]
    assert share[0] == pytest.approx(share[1], rel=0.4)


def test_an_outline_at_the_border_is_visible_on_all_four_sides() -> None:
    line = is_colour(outline(solid((100, 120)), [Box(0, 0, 120, 100)], numbers=False), LINE)
    assert all(side.all() for side in (line[0], line[-1], line[:, 0], line[:, -1]))


def test_numbers_do_not_cover_each_other() -> None:
    image = solid((400, 600))
    one = outline(image, [Box(300, 200, 30, 30)])
    plate = is_colour(one, LINE).sum() - is_colour(outline(image, [Box(300, 200, 30, 30)], numbers=False), LINE).sum()
    boxes = [Box(300, 200, 30, 30)] * 2
    both = is_colour(outline(image, boxes), LINE).sum() - is_colour(outline(image, boxes, numbers=False), LINE).sum()
    assert both > 1.5 * plate > 0


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (200, 3), (40, 40), (60, 60), (300, 60)])
def test_any_size_can_be_drawn_on(shape: tuple[int, int]) -> None:
    image = solid(shape)
    boxes = [Box(0, 0, shape[1], shape[0]), Box(shape[1] - 1, shape[0] - 1, 1, 1)] * 60
    assert outline(image, boxes).shape == image.shape
    assert trace(image, np.ones(shape, np.bool_)).shape == image.shape


def test_nothing_to_outline_gives_the_same_picture() -> None:
    image = np.random.default_rng(0).integers(0, 256, (50, 60, 3), np.uint8)
    assert (outline(image, []) == image).all()
    assert (trace(image, np.zeros((50, 60), np.bool_)) == image).all()


def test_a_trace_follows_the_outer_contour() -> None:
    ring = np.zeros((200, 200), np.bool_)
    ring[50:150, 50:150] = True
    ring[90:110, 90:110] = False
    drawn = is_colour(trace(solid((200, 200)), ring), LINE)
    assert drawn[50, 50:150].all()
    assert drawn[50:150, 149].all()
    assert not drawn[60:140, 60:140].any()


def test_heat_goes_from_dark_to_bright() -> None:
    colours = heat(np.arange(256, dtype=np.uint8)[None])[0].astype(int)
    lightness = colours @ [299, 587, 114] // 1000
    assert (np.diff(lightness) >= -1).all()
    # From dark blue to yellow: red is the first channel.
    assert colours[0] == pytest.approx([0, 32, 77], abs=6)
    assert colours[-1] == pytest.approx([254, 232, 56], abs=2)


def test_fit_leaves_a_small_picture_alone() -> None:
    image = solid((30, 40))
    assert shrink_to(image, 1200) is image


@pytest.mark.parametrize("shape", [(300, 400), (401, 299), (1, 5000), (5000, 1), (5000, 2)])
@pytest.mark.parametrize("channels", [(), (3,), (4,)])
def test_fit_keeps_to_the_limit_and_to_the_proportions(shape: tuple[int, int], channels: tuple[int, ...]) -> None:
    small = shrink_to(np.full((*shape, *channels), 9, np.uint8), 1000)
    height, width = small.shape[:2]
    assert height * width <= 1000
    assert small.shape[2:] == channels
    assert (small == 9).all()
    if min(shape) > 2:
        assert width / height == pytest.approx(shape[1] / shape[0], rel=0.05)


@pytest.mark.parametrize("hidden", [0, 255])
def test_fit_lets_no_hidden_colour_bleed_into_the_edges(hidden: int) -> None:
    """A green disc, 200 across, on nothing: what is stored under the nothing must not show at its rim."""
    y, x = np.mgrid[:301, :301] - 150
    disc = np.where(x * x + y * y < 100 * 100, 255, 0).astype(np.uint8)
    image = np.dstack([np.full((301, 301, 3), hidden, np.uint8), disc])
    image[disc > 0, :3] = (10, 200, 30)
    small = shrink_to(image, 301 * 301 // 7)
    seen = small[..., 3] > 0
    assert ((small[..., 3] > 0) & (small[..., 3] < 255)).any()
    assert np.abs(small[seen][:, :3].astype(int) - (10, 200, 30)).max() <= 1
    assert np.abs(small[..., 3].astype(int) - shrink_to(disc, 301 * 301 // 7)).max() <= 1


def test_fit_weighs_colours_by_their_alpha() -> None:
    """Two of four pixels are seen, one three times as well as the other: 3/4 of 200 and 1/4 of 40."""
    quad = np.array([[[200, 0, 0, 240], [40, 0, 0, 80]], [[0, 255, 0, 0], [0, 0, 255, 0]]], np.uint8)
    small = shrink_to(np.tile(quad, (50, 50, 1)), 50 * 50)
    assert small.shape == (50, 50, 4)
    assert (small == (160, 0, 0, 80)).all()


def test_fit_of_what_is_opaque_or_hardly_seen_keeps_its_colours() -> None:
    colours = np.random.default_rng(4).integers(0, 256, (40, 40, 3), np.uint8)
    for alpha in (255, 1):
        small = shrink_to(np.dstack([colours, np.full((40, 40), alpha, np.uint8)]), 400)
        assert np.abs(small[..., :3].astype(int) - shrink_to(colours, 400)).max() <= 1
        assert (small[..., 3] == alpha).all()


def test_fit_averages() -> None:
    board = np.indices((40, 40)).sum(0) % 2 * 200
    assert (shrink_to(board.astype(np.uint8), 400) == 100).all()
