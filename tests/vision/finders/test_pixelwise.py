import numpy as np
import numpy.typing as npt
import pytest

from app.vision.arrays import Mask, UInt8
from app.vision.finders import pixelwise
from app.vision.finders.pixelwise import dbscan, find, squared_distance
from app.vision.options import Options, Pixelwise
from app.vision.pair import Pair
from app.vision.region import Box, Finding

GRAY = 100


def pair(a: UInt8, b: UInt8) -> Pair:
    return Pair(a, b, None, None, np.ones(a.shape[:2], np.bool_))


def ground(height: int = 120, width: int = 160) -> UInt8:
    return np.full((height, width, 3), GRAY, np.uint8)


def with_blocks(*blocks: Box, level: int = 255) -> UInt8:
    drawn = ground()
    for block in blocks:
        drawn[block.slices] = level
    return drawn


def options(**settings: float) -> Options:
    return Options(pixelwise=Pixelwise.model_validate(settings))


def found(b: UInt8, **settings: float) -> list[Box]:
    return [region.box for region in find(pair(ground(), b), options(**settings)).regions]


def assert_equal(one: Finding, other: Finding) -> None:
    assert one.regions == other.regions
    np.testing.assert_array_equal(one.mask, other.mask)
    np.testing.assert_array_equal(one.evidence, other.evidence)


# Each worked out by hand: 255 √(2 + r̄/256), 255 · 2, 255 √(2 + (255 - r̄)/256), and all three for white.
@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ((0, 0, 0), (255, 255, 255), 764.8340),
        ((0, 0, 0), (255, 0, 0), 403.0329),
        ((0, 0, 0), (0, 255, 0), 510),
        ((0, 0, 0), (0, 0, 255), 441.3854),
        ((255, 0, 0), (255, 0, 255), 360.6245),
        ((10, 20, 30), (11, 20, 30), 1.4286),  # r̄ is 10.5, not 10
    ],
)
def test_the_distance_is_red_mean(a: tuple[int, ...], b: tuple[int, ...], expected: float) -> None:
    one, other = (np.array([[colour]], np.uint8) for colour in (a, b))
    assert np.sqrt(squared_distance(one, other) / 512) == pytest.approx(expected, abs=1e-4)


def test_finds_exactly_the_drawn_boxes_the_largest_first() -> None:
    small, large = Box(5, 10, 12, 20), Box(60, 50, 40, 30)
    finding = find(pair(ground(), with_blocks(small, large)), Options())
    # Gray to white is 155 · √8.996 apart, a third of which is 155: the same as the step in gray.
    level = round(155 * np.sqrt(9 - 1 / 256) / 3)
    drawn = with_blocks(small, large)[..., 0] == 255
    np.testing.assert_array_equal(finding.mask, drawn)
    np.testing.assert_array_equal(finding.evidence, drawn * level)
    assert [region.box for region in finding.regions] == [large, small]
    assert [region.changed_pixels for region in finding.regions] == [40 * 30, 12 * 20]
    assert [region.score for region in finding.regions] == pytest.approx([level / 255] * 2)
    assert {region.found_by for region in finding.regions} == {("pixelwise",)}


def test_the_order_is_by_the_sum_of_the_evidence() -> None:
    b = with_blocks(Box(5, 5, 20, 20), level=GRAY + 40)
    b[60:75, 60:75] = 255
    assert found(b) == [Box(60, 60, 15, 15), Box(5, 5, 20, 20)]


def test_order_of_the_pictures_does_not_matter() -> None:
    random = np.random.default_rng(1)
    a, b = random.integers(0, 256, (2, 60, 70, 3), np.uint8)
    b[20:40] = a[20:40]
    assert find(pair(a, b), Options()).regions
    assert_equal(find(pair(a, b), Options()), find(pair(b, a), Options()))


def test_invalid_pixels_are_not_changed() -> None:
    both = pair(ground(), with_blocks(Box(40, 40, 40, 40)))
    both.valid[:60] = False
    finding = find(both, Options())
    assert [region.box for region in finding.regions] == [Box(40, 60, 40, 20)]
    assert not finding.mask[:60].any()
    assert not finding.evidence[:60].any()


def test_a_pair_without_valid_pixels_has_no_regions() -> None:
    both = pair(ground(), with_blocks(Box(40, 40, 40, 40)))
    both.valid[:] = False
    assert find(both, Options()).regions == []


def test_transparency_is_compared_on_white() -> None:
    alpha_a, alpha_b = np.full((2, 120, 160), 255, np.uint8)
    alpha_a[5:20, 5:25] = alpha_b[30:60, 40:80] = 0
    finding = find(Pair(ground(), ground(), alpha_a, alpha_b, np.ones((120, 160), np.bool_)), Options())
    assert [region.box for region in finding.regions] == [Box(40, 30, 40, 30), Box(5, 5, 20, 15)]


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (200, 3), (12, 12)])
def test_a_small_picture_can_change_as_a_whole(shape: tuple[int, int]) -> None:
    black, white = np.zeros((*shape, 3), np.uint8), np.full((*shape, 3), 255, np.uint8)
    finding = find(pair(black, white), options(neighbours=1, interest=4))
    assert [region.box for region in finding.regions] == [Box(0, 0, shape[1], shape[0])]
    assert finding.regions[0].score == 1
    assert finding.mask.all()
    assert find(pair(black, black), options(neighbours=1, interest=0)).regions == []


def test_pixels_beyond_the_distance_are_changed() -> None:
    b = ground()
    b[20:40, 20:40, 1] += 30  # green alone: exactly twice the step
    assert found(b, distance=59.999) == [Box(20, 20, 20, 20)]
    assert found(b, distance=60) == []


def test_blocks_within_reach_are_one() -> None:
    b = with_blocks(Box(10, 10, 20, 20), Box(35, 10, 20, 20))  # columns 29 and 35
    assert found(b, reach=6) == [Box(10, 10, 45, 20)]
    assert found(b, reach=5) == [Box(10, 10, 20, 20), Box(35, 10, 20, 20)]


def test_sparse_pixels_have_too_few_neighbours() -> None:
    b = ground()
    b[::8, ::8] = 255  # nine in the square of 17 pixels
    assert found(b, reach=8, neighbours=9) == [Box(0, 0, 153, 113)]
    assert found(b, reach=8, neighbours=10) == []


def test_clusters_of_little_interest_are_dropped() -> None:
    b = with_blocks(Box(20, 20, 6, 7))
    assert found(b, interest=6 * 7 + 2 * 7 + 6) == [Box(20, 20, 6, 7)]
    finding = find(pair(ground(), b), options(interest=6 * 7 + 2 * 7 + 6.5))
    assert finding.regions == []
    assert not finding.mask.any()
    assert finding.evidence[20:27, 20:26].all()


def test_a_tall_cluster_is_of_more_interest_than_a_wide_one() -> None:
    tall, wide = Box(20, 20, 2, 20), Box(60, 60, 20, 2)
    assert found(with_blocks(tall, wide), interest=40 + 2 * 20 + 2) == [tall]


def test_a_region_counts_its_own_pixels_only() -> None:
    frame = with_blocks(Box(10, 10, 100, 100))
    frame[15:105, 15:105] = GRAY
    frame[50:60, 50:60] = 255
    outer, inner = find(pair(ground(), frame), Options()).regions
    assert (outer.box, outer.changed_pixels) == (Box(10, 10, 100, 100), 100**2 - 90**2)
    assert (inner.box, inner.changed_pixels) == (Box(50, 50, 10, 10), 100)


def test_the_number_of_regions_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixelwise, "MAX_REGIONS", 2)
    blocks = Box(10, 10, 10, 10), Box(60, 10, 20, 20), Box(10, 60, 30, 30)
    finding = find(pair(ground(), with_blocks(*blocks)), Options())
    assert [region.box for region in finding.regions] == [blocks[2], blocks[1]]
    assert finding.omitted == 1
    assert find(pair(ground(), with_blocks(*blocks)), Options(min_size=101)).omitted == 0
    np.testing.assert_array_equal(finding.mask, with_blocks(*blocks[1:])[..., 0] == 255)


@pytest.mark.parametrize("reach", [1, 2, 3, 4, 5, 8])
@pytest.mark.parametrize("neighbours", [1, 3, 6, 12])
def test_clusters_are_those_of_dbscan(reach: int, neighbours: int) -> None:
    random = np.random.default_rng(reach * 100 + neighbours)
    for typical in (0.5, 1, 2):  # times as many in a neighbourhood as makes a core
        mask = random.random((23, 30)) < typical * neighbours / (2 * reach + 1) ** 2
        assert_is_dbscan(dbscan(mask, reach, neighbours), mask, reach, neighbours)


def test_a_border_pixel_joins_the_last_cluster_in_its_reach() -> None:
    mask = np.array([[1, 1, 1, 0, 1, 0, 1, 1, 1]], np.bool_)  # of four, only the third and the seventh are cores
    np.testing.assert_array_equal(dbscan(mask, 2, 4), [[1, 1, 1, 0, 2, 0, 2, 2, 2]])


def assert_is_dbscan(clusters: npt.NDArray[np.int32], mask: Mask, reach: int, neighbours: int) -> None:
    """Compare with the definitions of the paper, point by point."""
    points = np.argwhere(mask)
    near = np.abs(points[:, None] - points).max(axis=2) <= reach
    core = near.sum(axis=1) >= neighbours
    labels = clusters[mask]
    assert not clusters[~mask].any()
    assert set(labels[labels > 0]) == set(range(1, clusters.max() + 1))
    components = connected(near & core & core[:, None])
    same = labels[:, None] == labels
    np.testing.assert_array_equal(same[core][:, core], components[core][:, core])
    for point in np.flatnonzero(~core):
        assert labels[point] == labels[near[point] & core].max(initial=0)
    assert (labels[core] > 0).all()


def connected(links: Mask) -> Mask:
    """Which points a path of links joins, each with itself."""
    joined = links | np.eye(len(links), dtype=np.bool_)
    while True:
        further = (joined.astype(np.float32) @ joined.astype(np.float32)) > 0
        if (further == joined).all():
            return joined
        joined = further
