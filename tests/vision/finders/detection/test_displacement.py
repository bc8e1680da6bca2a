import cv2
import numpy as np
import pytest

from app.vision.arrays import Mask, UInt8
from app.vision.finders.detection.displacement import displaced, is_same_thing, small_shift
from app.vision.pair import Pair
from app.vision.region import Box, union
from tests.pictures import noisy, textured

SIZE = 400, 300


def ground() -> UInt8:
    return np.asarray(cv2.GaussianBlur(textured(*SIZE), (0, 0), 8), np.uint8)


def with_mug(x: int, y: int, degrees: float = 0) -> UInt8:
    """A mug of 60 x 50 pixels with a stripe and a handle, about the middle (x, y)."""
    layer, alpha = ground(), np.zeros(SIZE[::-1], np.uint8)
    for canvas, colours in ((layer, ((40, 60, 170), (220, 190, 60))), (alpha, (255, 255))):
        cv2.rectangle(canvas, (x - 30, y - 25), (x + 15, y + 25), colours[0], -1)
        cv2.circle(canvas, (x + 17, y), 12, colours[0], 5)
        cv2.rectangle(canvas, (x - 30, y - 8), (x + 15, y), colours[1], -1)
    matrix = cv2.getRotationMatrix2D((x, y), degrees, 1)
    turned, shape = (cv2.warpAffine(canvas, matrix, SIZE) for canvas in (layer, alpha))
    share = shape[..., None] / np.float32(255)
    return np.asarray(ground() * (1 - share) + turned * share, np.uint8)


def paired(a: UInt8, b: UInt8) -> tuple[Pair, Mask]:
    differs = np.asarray((cv2.absdiff(a, b) > 12).any(axis=2))
    return Pair(a, b, None, None, np.ones(a.shape[:2], np.bool_)), differs


def box_of(mask: Mask) -> Box:
    return Box(*cv2.boundingRect(mask.view(np.uint8)))


def overlap(one: Box, other: Box) -> float:
    whole = union(one, other)
    x = one.width + other.width - whole.width
    y = one.height + other.height - whole.height
    common = max(x, 0) * max(y, 0)
    return common / (one.width * one.height + other.width * other.height - common)


@pytest.mark.parametrize(("dx", "dy"), [(22, 0), (-30, 14), (8, -40), (60, 30)])
@pytest.mark.parametrize("noise", [0, 6])
def test_a_thing_that_moved_by_less_than_its_size_is_found(dx: int, dy: int, noise: int) -> None:
    b = with_mug(200 + dx, 150 + dy)
    pair, mask = paired(with_mug(200, 150), b)
    pair = Pair(pair.a, noisy(b, noise) if noise else b, None, None, pair.valid)
    places = displaced(box_of(mask), mask, pair, 0.3)
    assert places is not None
    source, target = places
    assert abs(target.x - source.x - dx) <= 3
    assert abs(target.y - source.y - dy) <= 3
    assert overlap(source, Box(170, 125, 60, 51)) > 0.8
    assert overlap(target, Box(170 + dx, 125 + dy, 60, 51)) > 0.8


def test_another_thing_in_its_place_did_not_move() -> None:
    other = ground()
    cv2.circle(other, (200, 150), 27, (250, 240, 30), -1, cv2.LINE_AA)
    pair, mask = paired(with_mug(200, 150), other)
    assert displaced(box_of(mask), mask, pair, 0.3) is None


def test_a_thing_that_appeared_on_repeated_ground_did_not_move() -> None:
    bricks = np.full((300, 400, 3), (190, 120, 90), np.uint8)
    bricks[::15] = bricks[:, ::30] = (210, 205, 200)
    with_lamp = bricks.copy()
    cv2.circle(with_lamp, (200, 150), 27, (250, 245, 230), -1, cv2.LINE_AA)
    pair, mask = paired(bricks, with_lamp)
    assert displaced(box_of(mask), mask, pair, 0.3) is None


def test_a_region_without_a_difference_did_not_move() -> None:
    pair, _ = paired(ground(), ground())
    assert displaced(Box(20, 20, 60, 40), np.ones(SIZE[::-1], np.bool_), pair, 0.3) is None


@pytest.mark.parametrize("degrees", [0, 9, -11])
def test_a_thing_is_known_again_elsewhere_and_a_little_turned(degrees: float) -> None:
    pair, mask = paired(with_mug(90, 80), with_mug(300, 200, degrees))
    source, target = Box(55, 50, 70, 60), Box(265, 170, 70, 60)
    assert is_same_thing(source, target, mask, pair)


def test_another_thing_elsewhere_is_not_the_same() -> None:
    other = ground()
    cv2.circle(other, (300, 200), 27, (250, 240, 30), -1, cv2.LINE_AA)
    pair, mask = paired(with_mug(90, 80), other)
    assert not is_same_thing(Box(55, 50, 70, 60), Box(265, 170, 70, 60), mask, pair)
    assert not is_same_thing(Box(55, 50, 70, 60), Box(280, 180, 10, 10), mask, pair)


def test_ground_is_not_a_thing_that_moved() -> None:
    a = np.full((120, 120, 3), 200, np.uint8)
    b = a.copy()
    b[20:24, 10:70] = b[60:64, 20:80] = 150
    pair, mask = paired(a, b)
    one, other = Box(10, 20, 60, 4), Box(20, 60, 60, 4)
    assert not is_same_thing(one, other, mask, pair)
    assert not is_same_thing(other, one, mask, pair)


def test_content_that_moved_by_a_few_pixels_is_matched() -> None:
    a, b = ground(), ground()
    panel = textured(80, 60)
    a[50:110, 100:180] = panel
    b[50:110, 103:183] = panel
    pair, mask = paired(a, b)
    box = box_of(mask)
    assert small_shift(box, pair) == Box(box.x + 3, box.y, box.width, box.height)


def test_flat_content_has_no_shift() -> None:
    a, b = np.full((100, 100, 3), 20, np.uint8), np.full((100, 100, 3), 220, np.uint8)
    pair, _ = paired(a, b)
    assert small_shift(Box(10, 10, 60, 60), pair) is None
