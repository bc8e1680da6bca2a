"""What every finder promises, whatever its method."""

import numpy as np
import pytest

from app.vision.arrays import UInt8
from app.vision.finders import FINDERS, MODULES
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.region import Finding
from tests.pictures import changed_scene, noisy, paired, scene, textured

SHAPES = [(1, 1), (2, 1), (1, 40), (3, 200), (200, 3), (12, 12), (31, 53), (120, 100)]
DISC = slice(60, 100), slice(55, 95)  # what the changed scene has more, with a margin

each_finder = pytest.mark.parametrize("name", FINDERS)


def found(name: str, pair: Pair) -> Finding:
    return FINDERS[name].find(pair, Options())


def noise(shape: tuple[int, int], seed: int) -> UInt8:
    return np.random.default_rng(seed).integers(0, 256, (*shape, 4), np.uint8)


def odd_pairs(shape: tuple[int, int]) -> list[Pair]:
    """Pairs of opaque, gray, transparent and single-coloured pictures, each also with a single valid pixel."""
    a, b = noise(shape, 1), noise(shape, 2)
    gray = np.repeat(a[..., :1], 3, axis=2)
    clear = np.dstack((b[..., :3], np.zeros(shape, np.uint8)))
    flat = np.full((*shape, 3), 90, np.uint8)
    one = np.zeros(shape, np.bool_)
    one[shape[0] // 2, shape[1] // 2] = True
    couples = ((a, b), (a[..., :3], b[..., :3]), (gray, gray[::-1]), (gray, noisy(gray)), (clear, a), (flat, flat + 60))
    return [paired(first, second, valid) for first, second in couples for valid in (None, one)]


def assert_well_formed(finding: Finding, pair: Pair) -> None:
    """The shapes, the types and the bounds of every value."""
    assert finding.mask.shape == finding.evidence.shape == pair.valid.shape
    assert [finding.mask.dtype.name, finding.evidence.dtype.name] == ["bool", "uint8"]
    assert not finding.mask[~pair.valid].any()
    for region in finding.regions:
        assert 0 <= region.score <= 1
        assert region.box.x + region.box.width <= pair.valid.shape[1]
        assert region.box.y + region.box.height <= pair.valid.shape[0]
        assert 0 < region.changed_pixels <= finding.mask[region.box.slices].sum()
        assert region.found_by


def test_names_titles_and_descriptions_are_distinct() -> None:
    for attribute in ("NAME", "TITLE", "DESCRIPTION", "DETAILS"):
        assert len({getattr(module, attribute) for module in MODULES}) == len(MODULES)


@each_finder
@pytest.mark.parametrize("picture", [scene(), textured(200, 150), noise((60, 70), 0)[..., :3], noise((1, 1), 0)])
def test_equal_pictures_have_no_regions_and_no_evidence(name: str, picture: UInt8) -> None:
    finding = found(name, paired(picture, picture))
    assert finding.regions == []
    assert not finding.mask.any()
    assert not finding.evidence.any()


@each_finder
def test_a_thing_more_is_found_in_both_orders(name: str) -> None:
    for a, b in ((scene(), changed_scene()), (changed_scene(), scene())):
        finding = found(name, paired(a, b))
        assert finding.regions
        assert finding.mask[DISC].mean() > 0.2
        assert finding.evidence[DISC].mean() > 4 * finding.evidence[:, 160:].mean()


@each_finder
def test_invalid_pixels_are_no_change(name: str) -> None:
    valid = np.ones(scene().shape[:2], np.bool_)
    valid[DISC] = False
    finding = found(name, paired(scene(), changed_scene(), valid))
    assert finding.regions == []
    assert not finding.mask.any()


@each_finder
@pytest.mark.parametrize("shape", SHAPES)
def test_every_size_and_kind_of_picture(name: str, shape: tuple[int, int]) -> None:
    for pair in odd_pairs(shape):
        assert_well_formed(found(name, pair), pair)


@each_finder
def test_the_same_each_time_and_the_pair_is_left_as_it_is(name: str) -> None:
    first, second = (paired(scene(), changed_scene()) for _ in range(2))
    for array in (first.rgb_a, first.rgb_b, first.valid):
        array.flags.writeable = False
    one, other = found(name, first), found(name, second)
    assert one.regions == other.regions
    np.testing.assert_array_equal(one.mask, other.mask)
    np.testing.assert_array_equal(one.evidence, other.evidence)
