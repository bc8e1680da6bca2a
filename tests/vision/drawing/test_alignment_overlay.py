import cv2
import numpy as np
import pytest

from app.vision.alignment.align import Alignment
from app.vision.arrays import Float64, Mask, UInt8
from app.vision.decoding.decode import decode
from app.vision.drawing.alignment_overlay import MAX_PIXELS, TILES, checkerboard, dim, extent
from app.vision.drawing.outlines import CASING, LINE
from app.vision.geometry import translation_matrix
from app.vision.pair import Pair, make_pair
from tests.pictures import png, resized, scene

BLACK, WHITE = 0, 255


def solid(level: int, shape: tuple[int, int] = (120, 240)) -> UInt8:
    return np.full((*shape, 3), level, np.uint8)


def pair(a: UInt8, b: UInt8, valid: Mask | None = None) -> Pair:
    return Pair(a, b, None, None, np.ones(a.shape[:2], np.bool_) if valid is None else valid)


def aligned(a: UInt8, b: UInt8, matrix: Float64) -> tuple[Pair, Alignment]:
    """A pair whose B is aligned with A by a known matrix."""
    sizes = [(picture.shape[1], picture.shape[0]) for picture in (a, b)]
    alignment = Alignment("applied", matrix, "affine", 1.0, size_a=sizes[0], size_b=sizes[1])
    return make_pair(decode(png(a), 10**8), decode(png(b), 10**8), alignment, ()), alignment


def yellow(picture: UInt8) -> Mask:
    return np.asarray(np.abs(picture.astype(int) - LINE).max(axis=2) < 60)


def test_tiles_of_a_and_b_alternate() -> None:
    board = checkerboard(pair(solid(BLACK), solid(WHITE)))
    side = 240 // TILES
    for row, column in np.ndindex(120 // side, TILES):
        tile = board[row * side : (row + 1) * side, column * side : (column + 1) * side]
        assert (tile == (WHITE if (row + column) % 2 else BLACK)).all()


def test_tiles_of_equal_pictures_are_invisible() -> None:
    assert (checkerboard(pair(scene(), scene())) == scene()).all()


def test_an_edge_is_continuous_only_if_b_is_aligned() -> None:
    picture = solid(BLACK)
    picture[50:] = WHITE
    off = np.roll(picture, 3, axis=0)
    assert (checkerboard(pair(picture, picture.copy())) == picture).all()
    broken = checkerboard(pair(picture, off))[51, :, 0]
    assert np.count_nonzero(np.diff(broken.astype(int))) == TILES - 1, "at every border between tiles"


def test_pixels_that_are_not_compared_are_dimmed() -> None:
    valid = np.ones((120, 240), np.bool_)
    valid[:, 200:] = False
    for level in (BLACK, WHITE):
        for drawn in (checkerboard(pair(solid(level), solid(level), valid)), dim(solid(level), valid)):
            assert (drawn[:, :200] == level).all()
            veil = np.unique(drawn[:, 200:])
            assert len(veil) == 1
            assert 30 < veil[0] < 128, "seen beside black, and dark beside white"


def test_the_outline_of_b_is_at_its_position_in_a() -> None:
    drawn = yellow(extent(*aligned(solid(128), solid(128, (40, 80)), translation_matrix(100, 50))))
    assert drawn[50:90, [100, 179]].all()
    assert drawn[[50, 89], 100:180].all()
    assert not drawn[60:80, 110:170].any()
    assert not drawn[:, :90].any()


@pytest.mark.parametrize("ground", [0, 255])
def test_the_outline_is_light_on_dark(ground: int) -> None:
    drawn = extent(*aligned(solid(ground), solid(ground, (40, 80)), translation_matrix(100, 50)))
    assert yellow(drawn).any()
    assert (np.abs(drawn.astype(int) - CASING).max(axis=2) < 10).any()


def test_a_turned_b_is_a_quadrilateral_and_cut_off_at_the_border() -> None:
    turn = np.vstack([cv2.getRotationMatrix2D((120, 60), 20, 1.0), [0, 0, 1]])
    pair_, alignment = aligned(scene(240, 120), scene(240, 120), turn)
    drawn = extent(pair_, alignment)
    assert drawn.shape == pair_.a.shape
    away = np.ones((9, 9), np.uint8)
    valid = pair_.valid.view(np.uint8)
    inside = cv2.erode(valid, away, borderType=cv2.BORDER_CONSTANT, borderValue=0).view(np.bool_)
    assert (drawn[inside] == pair_.a[inside]).all()
    outside = cv2.erode(1 - valid, away).view(np.bool_)
    assert not yellow(drawn)[outside].any()
    near = cv2.dilate(valid, away).view(np.bool_) & ~inside
    assert yellow(drawn)[near].mean() > 0.05, "all along the border between them"


def test_a_larger_b_gives_a_line_along_the_border() -> None:
    drawn = yellow(extent(*aligned(solid(128), solid(128, (300, 600)), translation_matrix(-50, -50))))
    assert all(side.all() for side in (drawn[0], drawn[-1], drawn[:, 0], drawn[:, -1]))


@pytest.mark.parametrize("shape", [(1, 1), (3, 400), (400, 3), (2000, 1500)])
def test_any_size_stays_within_the_limit(shape: tuple[int, int]) -> None:
    a = resized(scene(), shape[1], shape[0])
    drawn = [checkerboard(pair(a, a)), extent(*aligned(a, a, np.eye(3)))]
    for picture in drawn:
        assert picture.shape[0] * picture.shape[1] <= MAX_PIXELS
        assert picture.shape[1] / picture.shape[0] == pytest.approx(shape[1] / shape[0], rel=0.01)
