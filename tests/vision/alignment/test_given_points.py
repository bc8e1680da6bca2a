"""Points that lie on each other line B up, also where no motion is found without them."""

import numpy as np
import pytest

from app.vision.alignment.align import Alignment, align
from app.vision.alignment.motion_model import Kind
from app.vision.arrays import Float64, UInt8
from app.vision.geometry import displacement, inverse, transform, translation_matrix
from app.vision.pair import make_pair
from app.vision.points import InvalidPoints, Pairs
from tests.pictures import shifted
from tests.vision.alignment.test_align import (
    BLANK,
    HEIGHT,
    WIDTH,
    change,
    dead_leaves,
    error,
    moved,
    page,
    picture,
    rotation,
    tilt,
)
from tests.vision.alignment.test_multimodal import other_sensor

PLACES = np.array([[110, 90], [360, 90], [350, 270], [120, 265]], np.float64)
SHEAR = np.array([[1.05, 0.1, -9], [0.03, 0.93, 14], [0, 0, 1]], np.float64)
MOTIONS: list[tuple[int, Kind, Float64]] = [
    (2, "similarity", rotation(20, 1.1, 9, 4)),
    (3, "affine", SHEAR),
    (4, "homography", tilt(30)),
]


def pairs(motion: Float64, count: int = 2, errors: Float64 | float = 0) -> Pairs:
    """The first places on A, and where the motion moves them in B."""
    return tuple(map(tuple, np.hstack([PLACES, transform(motion, PLACES) + errors])[:count].tolist()))


def by_points(a: UInt8, b: UInt8, points: Pairs, exact: bool = False) -> Alignment:
    return align(picture(a), picture(b), "off" if exact else "auto", points)


@pytest.mark.parametrize(("count", "kind", "motion"), MOTIONS)
@pytest.mark.parametrize("exact", [True, False])
def test_each_number_of_pairs_defines_its_motion(count: int, kind: Kind, motion: Float64, exact: bool) -> None:
    a = dead_leaves()
    found = by_points(a, moved(change(a), motion), pairs(motion, count), exact)
    assert (found.status, found.kind, found.points) == ("applied", kind, count)
    assert error(found, motion) < 0.05


@pytest.mark.parametrize(("count", "kind", "motion"), MOTIONS)
def test_errors_of_the_hand_are_corrected_by_what_the_pictures_show(count: int, kind: Kind, motion: Float64) -> None:
    a = dead_leaves()
    for seed in range(3):
        points = pairs(motion, count, np.random.default_rng(seed).uniform(-3, 3, (4, 2)))
        b = moved(change(a), motion)
        found = by_points(a, b, points)
        assert (found.kind, error(found, motion) < 0.1) == (kind, True)
        assert found.inliers > 100
        kept = by_points(a, b, points, exact=True)
        assert (kept.inliers, error(kept, motion) > 2) == (count, True), "where it is to be kept, it is"


def test_the_motion_of_the_points_wins_over_another_one_of_the_pictures() -> None:
    """What the points lie on moved otherwise than the rest, which a search would follow."""
    a = dead_leaves()
    found = by_points(a, a, pairs(translation_matrix(25, -12)))
    assert found.status == "applied"
    assert error(found, translation_matrix(25, -12)) < 0.01


@pytest.mark.parametrize("degrees", [25, 60])
def test_pictures_of_two_sensors_that_the_search_cannot_line_up(degrees: float) -> None:
    size = 640, 480
    a, motion = dead_leaves(4, *size), rotation(degrees, 0.8, 14, -9)
    b = other_sensor(moved(a, motion, size))
    assert align(picture(a), picture(b), "auto").status == "failed"
    for count in (2, 3, 4):
        points = pairs(motion, count, np.random.default_rng(count).uniform(-2, 2, (4, 2)))
        found = by_points(a, b, points)
        assert found.status == "applied"
        assert displacement(found.matrix, inverse(motion), size) < 1.5


def test_pictures_without_anything_in_common_are_moved_as_the_points_say() -> None:
    motion = rotation(10, 1.2)
    for other in (dead_leaves(9), np.full((HEIGHT, WIDTH, 3), 90, np.uint8)):
        found = by_points(dead_leaves(), other, pairs(motion))
        assert (found.status, found.inliers) == ("applied", 2)
        assert error(found, motion) < 0.01


def test_a_page_moves_by_whole_pixels_and_is_not_resampled() -> None:
    a = page()
    b = np.roll(a, 36, axis=0)
    found = by_points(a, b, pairs(translation_matrix(0, 36), errors=np.array([0.4, 0.8])))
    assert (found.kind, found.resampled) == ("translation", False)
    assert np.array_equal(found.matrix, translation_matrix(0, -36))


def test_equal_pictures_stay_in_place_if_the_points_only_have_errors() -> None:
    a = dead_leaves()
    found = by_points(a, a, pairs(np.eye(3), errors=np.array([[1, -1], [-2, 0], [0, 0], [0, 0]])))
    assert (found.status, found.kind) == ("not_needed", "identity")
    assert not make_pair(picture(a), picture(a), found, ()).unequal.any()


def test_small_parts_of_a_picture_are_found_again() -> None:
    """An overlap that is too small for a search is no obstacle to points."""
    a = dead_leaves()
    part = a[100:180, 200:300]
    found = by_points(a, part, ((211, 110, 10, 10), (290, 172, 90, 70)))
    assert found.overlap == pytest.approx(100 * 80 / (WIDTH * HEIGHT))
    assert np.array_equal(found.matrix, translation_matrix(200, 100))


def test_pictures_that_are_too_small_to_be_refined() -> None:
    a = dead_leaves(1, 12, 10)
    found = by_points(a, shifted(a, 1, 0), ((2, 2, 1, 2), (8, 8, 7, 8)))
    assert (found.status, found.inliers) == ("applied", 2)
    assert by_points(BLANK, BLANK - 9, ((2, 2, 1, 2), (80, 8, 79, 8))).inliers == 2


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (((10, 10, 10, 10), (400, 10, 20, 10)), "10 times"),
        (((10, 10, 400, 10), (400, 10, 10, 10), (10, 300, 400, 300)), "mirrored"),
        (((10, 10, 10, 10), (400, 10, 400, 10), (400, 300, 10, 300), (10, 300, 400, 300)), "folded"),
        (((10, 10, 10, 10), (400, 10, 400, 10), (10, 300, 10, 20)), "stretched"),
        (((470, 350, 10, 10), (479, 350, 90, 10)), "hundredth"),
        (((10, 10, 10, 10), (500, 10, 400, 10)), "inside"),
    ],
)
def test_motions_that_no_camera_causes_are_refused(points: Pairs, message: str) -> None:
    a = dead_leaves()
    with pytest.raises(InvalidPoints, match=f"^must .*{message}"):
        by_points(a, a, points)
