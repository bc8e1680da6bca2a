import cv2
import numpy as np
import pytest

from app.vision.arrays import UInt8
from app.vision.geometry import transform
from bench.conditions import CONDITIONS, MOTIONS
from tests.pictures import scene


def flat(*colour: int) -> UInt8:
    return np.full((60, 80, 3), colour, np.uint8)


@pytest.mark.parametrize("name", CONDITIONS)
def test_the_same_each_time_and_only_as_given_leaves_a_picture_alone(name: str) -> None:
    picture = scene()
    before = picture.copy()
    once, again = CONDITIONS[name](picture), CONDITIONS[name](picture)
    assert once.dtype == np.uint8
    np.testing.assert_array_equal(once, again)
    np.testing.assert_array_equal(picture, before)
    assert once.shape == ((120, 180, 3) if name == "resized" else picture.shape)
    assert np.array_equal(once, picture) == (name == "as given")


@pytest.mark.parametrize(
    ("name", "colour", "expected"),
    [
        ("exposure", (0, 0, 0), (14, 14, 14)),
        ("exposure", (255, 255, 255), (238, 238, 238)),
        ("white balance", (120, 100, 100), (138, 100, 80)),
        ("white balance", (250, 0, 0), (255, 0, 0)),
        ("defocus", (9, 8, 7), (9, 8, 7)),
        ("resized", (9, 8, 7), (9, 8, 7)),
        ("parallax", (9, 8, 7), (9, 8, 7)),
    ],
)
def test_flat_pictures_show_what_happens_to_colours(
    name: str, colour: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    changed = CONDITIONS[name](flat(*colour))
    np.testing.assert_array_equal(changed, np.full_like(changed, expected))


def test_haze_is_thicker_on_the_right() -> None:
    black, white = (CONDITIONS["haze"](flat(level, level, level))[0, [0, -1], 0] for level in (0, 255))
    assert black.tolist() == [21, 96]  # 10 % and 45 % of 215
    assert white.tolist() == [251, 237]


def test_the_shadow_takes_two_fifths_of_the_light_of_a_part() -> None:
    shaded = CONDITIONS["shadow"](np.full((300, 400, 3), 200, np.uint8))
    assert shaded[165, 260].tolist() == [120, 120, 120]
    assert shaded[0, 0].tolist() == [200, 200, 200]


def test_noise_has_a_deviation_of_eight_levels() -> None:
    noisy = CONDITIONS["noise"](np.full((200, 200, 3), 128, np.uint8)).astype(float) - 128
    assert noisy.std() == pytest.approx(8, abs=0.1)
    assert noisy.mean() == pytest.approx(-0.5, abs=0.1)  # levels are cut off, not rounded


def test_uneven_light_is_smooth_and_within_bounds() -> None:
    lit = CONDITIONS["uneven light"](np.full((300, 400, 3), 100, np.uint8))[..., 0].astype(int)
    assert 65 <= lit.min() < 90
    assert 110 < lit.max() <= 135
    assert np.abs(np.diff(lit, axis=1)).max() <= 1


def test_parallax_moves_parts_by_up_to_about_four_pixels() -> None:
    ramp = np.repeat(np.arange(200, dtype=np.uint8)[None, :, None], 150, axis=0).repeat(3, axis=2)
    moved = np.abs(CONDITIONS["parallax"](ramp).astype(int) - ramp).max()
    assert 2 <= moved <= 5


def test_a_shift_takes_pixels_right_and_up() -> None:
    picture = scene()
    np.testing.assert_array_equal(CONDITIONS["shift"](picture)[:-6, 9:], picture[6:, :-9])


@pytest.mark.parametrize(
    ("name", "point", "expected"),
    [
        ("shift", (10, 20), (19, 14)),
        ("rotate+scale", (120, 80), (124, 83)),
        ("phone", (0, 0), (-18, 9)),
        ("phone", (240, 160), (258, 169)),
    ],
)
def test_motions(name: str, point: tuple[float, float], expected: tuple[float, float]) -> None:
    moved = transform(MOTIONS[name]((240, 160)), np.array([point], np.float64))
    np.testing.assert_allclose(moved, [expected], atol=1e-4)


def test_turned_anticlockwise_and_enlarged() -> None:
    matrix = MOTIONS["rotate+scale"]((240, 160))[:2, :2]
    assert np.sqrt(np.linalg.det(matrix)) == pytest.approx(1.04)
    assert np.degrees(np.arctan2(matrix[0, 1], matrix[0, 0])) == pytest.approx(3)


def test_jpeg_40_is_as_coarse_as_its_quality_says() -> None:
    picture = scene()
    expected = cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 40])[1], cv2.IMREAD_COLOR)
    np.testing.assert_array_equal(CONDITIONS["jpeg 40"](picture), expected)
    assert 1 < np.abs(CONDITIONS["jpeg 40"](picture).astype(int) - picture).mean() < 10
