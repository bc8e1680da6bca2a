"""Keypoints that are found again."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from app.vision.analyses import orb
from app.vision.analysis import Metric
from app.vision.arrays import Float64, UInt8
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.resize import shrink_to
from tests.pictures import changed_scene, scene, textured


def pair(a: UInt8, b: UInt8) -> Pair:
    return Pair(a, b, None, None, np.ones(a.shape[:2], bool))


def metrics(a: UInt8, b: UInt8) -> dict[str, Metric]:
    return orb.analyse(pair(a, b), Options()).metrics


def turned(picture: UInt8, degrees: float) -> UInt8:
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    return cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REFLECT).astype(np.uint8)


def noise(seed: int) -> UInt8:
    raw = np.random.default_rng(seed).uniform(0, 255, (300, 400, 3)).astype(np.float32)
    return np.clip(cv2.GaussianBlur(raw, (0, 0), 3) * 4 - 380, 0, 255).astype(np.uint8)


def chequerboard() -> UInt8:
    board = (np.indices((600, 600)) // 12).sum(axis=0) % 2 * 255
    return np.repeat(board[..., None], 3, axis=2).astype(np.uint8)


def dots() -> UInt8:
    page = np.full((600, 600, 3), 255, np.uint8)
    page[::6, ::6] = 0
    return page


def corners(count: int) -> UInt8:
    """A row of squares, each of its own size: too few corners, or all on one line, for a homography."""
    page = np.full((120, 400, 3), 255, np.uint8)
    for index in range(count):
        page[60 : 68 + 4 * index, 60 + 90 * index : 68 + 94 * index] = 0
    return page


@pytest.mark.parametrize("picture", [scene(), chequerboard(), dots(), corners(1), corners(3), scene(2400, 1600)])
def test_a_picture_is_wholly_found_in_itself(picture: UInt8) -> None:
    found = metrics(picture, picture)
    count = found["orb_keypoints_a"]
    assert count
    assert found == {
        "orb_keypoints_a": count,
        "orb_keypoints_b": count,
        "orb_matches": count,
        "orb_inliers": count,
        "orb_similarity": 1.0,
    }


@pytest.mark.parametrize(
    ("a", "b"),
    [(scene(), changed_scene()), (noise(1), turned(noise(1), 12)), (noise(1), noise(2)), (dots(), chequerboard())],
    ids=["changed", "turned", "unrelated", "patterns"],
)
def test_symmetry(a: UInt8, b: UInt8) -> None:
    forth, back = metrics(a, b), metrics(b, a)
    assert (forth["orb_keypoints_a"], forth["orb_keypoints_b"]) == (back["orb_keypoints_b"], back["orb_keypoints_a"])
    for name in ("orb_matches", "orb_inliers", "orb_similarity"):
        assert forth[name] == back[name]


def test_the_same_each_time() -> None:
    first = metrics(noise(1), turned(noise(1), 12))
    cv2.setRNGSeed(4711)
    assert metrics(noise(1), turned(noise(1), 12)) == first


def similarity(a: UInt8, b: UInt8) -> float:
    value = metrics(a, b)["orb_similarity"]
    assert value is not None
    return value


def test_similarity_falls_with_the_change() -> None:
    changed = noise(1)
    changed[100:200, 100:250] = 128
    assert 1 > similarity(noise(1), changed) > similarity(noise(1), turned(noise(1), 12)) > 0.3
    assert similarity(noise(1), noise(2)) < 0.05


def test_a_rotation_is_seen_through() -> None:
    found = metrics(noise(1), turned(noise(1), 12))
    assert found["orb_inliers"] is not None
    assert found["orb_matches"] is not None
    assert found["orb_inliers"] > 0.8 * found["orb_matches"]


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (16, 16), (30, 400), (200, 300)])
def test_a_blank_or_tiny_picture_has_no_keypoints(shape: tuple[int, int]) -> None:
    blank = np.full((*shape, 3), 200, np.uint8)
    result = orb.analyse(pair(blank, blank), Options())
    assert result.metrics["orb_keypoints_a"] == result.metrics["orb_inliers"] == 0
    assert result.metrics["orb_similarity"] is None
    assert "A and B" in (result.reason or "")
    assert result.images == {}


def test_one_blank_picture_is_named() -> None:
    result = orb.analyse(pair(scene(), np.full_like(scene(), 200)), Options())
    assert result.metrics["orb_keypoints_a"]
    assert result.metrics["orb_similarity"] is None
    assert "No keypoints in B:" in (result.reason or "")


def test_keypoints_lie_in_the_valid_part_only() -> None:
    valid = np.zeros((160, 240), bool)
    valid[:, :120] = True
    gray = pair(scene(), scene()).gray_a
    features = orb.detect(gray, valid.astype(np.uint8))
    assert 0 < len(features.points) < len(orb.detect(gray, np.ones((160, 240), np.uint8)).points)
    assert features.points[:, 0].max() < 120
    found = orb.analyse(Pair(scene(), scene(), None, None, valid), Options()).metrics
    assert found["orb_keypoints_a"] == len(features.points)


def test_the_number_of_keypoints_is_bounded() -> None:
    assert metrics(dots(), dots())["orb_keypoints_a"] == orb.MAX_KEYPOINTS


def test_the_matches_are_drawn_side_by_side() -> None:
    image = orb.analyse(pair(scene(), changed_scene()), Options()).images["orb_matches"]()
    assert image.shape == (160, 480, 3)
    assert image.dtype == np.uint8
    coloured = (image.max(axis=2).astype(int) - image.min(axis=2)) > 60
    assert 100 < np.count_nonzero(coloured) < 0.5 * coloured.size


def test_the_drawing_is_bounded() -> None:
    image = orb.analyse(pair(scene(2400, 1600), scene(2400, 1600)), Options()).images["orb_matches"]()
    assert image.shape[0] * image.shape[1] <= 2.1 * orb.MAX_DRAWN_PIXELS


def correspondences(a: UInt8, b: UInt8) -> Float64:
    """What is reported of two pictures: (n, 4), each x and y in A and x and y in B."""
    reported = orb.analyse(pair(a, b), Options()).facts["correspondences"]
    return np.array(reported, float).reshape(-1, 4)


@pytest.mark.parametrize("picture", [scene(), chequerboard(), dots(), scene(1300, 1000)])
def test_in_a_picture_itself_every_place_is_its_own(picture: UInt8) -> None:
    reported = correspondences(picture, picture)
    assert 20 < len(reported) <= orb.MAX_CORRESPONDENCES
    assert np.array_equal(reported[:, :2], reported[:, 2:])
    assert len(np.unique(reported, axis=0)) > 0.9 * len(reported), "corners may be found on several scales, but few are"
    height, width = picture.shape[:2]
    assert ((reported[:, :2] >= 0) & (reported[:, :2] < (width, height))).all()


def test_what_was_shifted_is_reported_so_far_away() -> None:
    whole = noise(1)
    reported = correspondences(whole[20:, 30:], whole[:-20, :-30])
    assert len(reported) > 50
    assert np.abs(reported[:, 2:] - reported[:, :2] - (30, 20)).max() <= orb.TOLERANCE
    assert np.abs(np.median(reported[:, 2:] - reported[:, :2], axis=0) - (30, 20)).max() < 0.2


def test_unrelated_and_blank_pictures_share_next_to_nothing() -> None:
    assert len(correspondences(noise(1), noise(2))) < 20
    assert len(correspondences(scene(), np.full_like(scene(), 200))) == 0


def quarters(places: Float64, width: int, height: int) -> list[int]:
    """How many lie in each quarter of a picture."""
    right, low = places[:, 0] >= width / 2, places[:, 1] >= height / 2
    return [int(count) for count in np.bincount(2 * low + right, minlength=4)]


def test_they_lie_all_over_the_picture_not_only_on_its_strongest_corners() -> None:
    picture = (textured(400, 300) // 2 + 60).astype(np.uint8)
    picture[:90, :120] = textured(400, 300)[:90, :120]
    gray = pair(picture, picture).gray_a
    strongest = orb.detect(gray, np.ones_like(gray)).points[: orb.MAX_CORRESPONDENCES, :2].astype(float)
    assert quarters(strongest, 400, 300) == [orb.MAX_CORRESPONDENCES, 0, 0, 0]
    reported = correspondences(picture, picture)[:, :2]
    assert len(reported) == orb.MAX_CORRESPONDENCES
    assert min(quarters(reported, 400, 300)) >= 10


@pytest.mark.parametrize(("width", "height"), [(2400, 1600), (1601, 1249), (9000, 404)])
def test_reduced_pictures_are_reported_in_pixels_of_the_full(width: int, height: int) -> None:
    """Reduced sides are whole pixels, so x and y each have a scale of their own; it moves edges, not pixel centres."""
    page = np.full((height, width, 3), 255, np.uint8)
    corners = []
    for x in range(100, width - 150, 170):
        for y in range(100, height - 150, 130):
            page[y : y + 60, x : x + 70] = 0
            corners += [(right - 0.5, low - 0.5) for right in (x, x + 70) for low in (y, y + 60)]
    reported = correspondences(page, page)[:, :2]
    reduced = shrink_to(pair(page, page).gray_a, orb.MAX_PIXELS)
    assert reduced.size < page[..., 0].size
    scale = width / reduced.shape[1], height / reduced.shape[0]
    found = orb.detect(reduced, np.ones_like(reduced)).points[:, :2].astype(float)
    there = np.round((found + 0.5) * scale - 0.5, 1)
    assert len(reported) > 50
    for place in reported:
        assert np.abs(there - place).max(axis=1).min() < 0.11
        assert np.abs(np.array(corners) - place).max(axis=1).min() < 5 * max(scale)


def test_few_are_the_same_when_a_and_b_change_places() -> None:
    a, b = scene(), changed_scene()
    forth, back = correspondences(a, b), correspondences(b, a)
    assert 0 < len(forth) < orb.MAX_CORRESPONDENCES
    assert {tuple(row) for row in forth} == {(*row[2:], *row[:2]) for row in back}


def test_of_many_as_many_are_reported_when_a_and_b_change_places() -> None:
    a, b = noise(1), turned(noise(1), 12)
    assert len(correspondences(a, b)) == len(correspondences(b, a)) == orb.MAX_CORRESPONDENCES


@pytest.mark.parametrize("count", [0, 1, 2, 60])
def test_ranks_count_the_same_before(count: int) -> None:
    fields = np.random.default_rng(count).integers(0, 4, (count, 2)).astype(np.float32)
    expected = [sum(np.array_equal(before, field) for before in fields[:index]) for index, field in enumerate(fields)]
    assert orb.ranks(fields).tolist() == expected


def test_a_known_view_change_is_explained_by_its_homography(shared: Path) -> None:
    """Oxford "graf", 1 and 2: most matches obey the published homography, and a fair share is found again."""
    a, b = (
        cv2.cvtColor(np.asarray(cv2.imread(str(shared / "data/align" / f"graf{index}.png"))), cv2.COLOR_BGR2RGB)
        for index in (1, 2)
    )
    found = metrics(a.astype(np.uint8), b.astype(np.uint8))
    assert found["orb_inliers"] is not None
    assert found["orb_inliers"] > 250


def test_a_picture_matches_itself_as_it_does_its_copy() -> None:
    gray = np.asarray(cv2.cvtColor(noise(1), cv2.COLOR_RGB2GRAY), np.uint8)
    mask = np.full(gray.shape, 255, np.uint8)
    features = orb.detect(gray, mask)
    own, copied = orb.match(features, features), orb.match(features, orb.detect(gray.copy(), mask))
    assert sorted(zip(own.a, own.b, strict=True)) == sorted(zip(copied.a, copied.b, strict=True))
    assert own.inliers.all()
    assert copied.inliers.all()
