from collections.abc import Callable

import cv2
import numpy as np
import pytest
from skimage.metrics import structural_similarity

from app.vision.arrays import Float64, UInt8
from app.vision.finders.spotter import colour_loss, find
from app.vision.options import Options, Spotter
from app.vision.pair import Pair
from app.vision.region import Box, Finding

# How far the steps carry a strong change: of the eight pixels that the blur reaches, four change by half a level or
# more; the window of SSIM reaches five, each dilation two.
BLUR, WINDOW, DILATIONS = 4, 5, 4


def pair(a: UInt8, b: UInt8) -> Pair:
    return Pair(a, b, None, None, np.ones(a.shape[:2], np.bool_))


def ground() -> UInt8:
    return np.zeros((600, 850, 3), np.uint8)


def with_blocks(*blocks: Box, colour: tuple[int, int, int] = (255, 255, 255)) -> UInt8:
    drawn = ground()
    for block in blocks:
        drawn[block.slices] = colour
    return drawn


def noise(seed: int, *shape: int) -> UInt8:
    return np.random.default_rng(seed).integers(0, 256, (*shape, 3), np.uint8)


def options(**settings: float) -> Options:
    return Options(spotter=Spotter.model_validate(settings))


def found(b: UInt8, **settings: float) -> list[Box]:
    return [region.box for region in find(pair(ground(), b), options(**settings)).regions]


def grown(box: Box, by: int) -> Box:
    return Box(box.x - by, box.y - by, box.width + 2 * by, box.height + 2 * by)


def assert_equal(one: Finding, other: Finding) -> None:
    assert one.regions == other.regions
    np.testing.assert_array_equal(one.mask, other.mask)
    np.testing.assert_array_equal(one.evidence, other.evidence)


SMALL, LARGE = Box(80, 60, 40, 30), Box(400, 300, 60, 80)


@pytest.mark.parametrize(("height", "width", "kernel"), [(80, 49, 1), (80, 149, 3), (60, 470, 9), (30, 2000, 41)])
def test_the_map_is_that_of_scikit_image(height: int, width: int, kernel: int) -> None:
    a = noise(0, height, width)
    b = np.clip(a * np.array([1, 0.5, 0.9]) + noise(1, height, width) // 4, 0, 255).astype(np.uint8)
    reference: Callable[..., tuple[float, Float64]] = structural_similarity
    _, similarity = reference(
        *(cv2.GaussianBlur(picture, (kernel, kernel), 1.5) for picture in (a, b)),
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        channel_axis=2,
        full=True,
    )
    both = pair(a, b)
    np.testing.assert_allclose(colour_loss(both, Spotter()), 1 - similarity.min(axis=2), atol=2e-4)
    expected = 255 * np.clip(1 - similarity.min(axis=2), 0, 1)
    np.testing.assert_allclose(find(both, Options()).evidence, expected, atol=0.6)


def test_finds_the_drawn_boxes_and_their_surroundings_the_largest_first() -> None:
    finding = find(pair(ground(), with_blocks(SMALL, LARGE)), Options())
    boxes = [grown(box, BLUR + WINDOW + DILATIONS) for box in (LARGE, SMALL)]
    assert [region.box for region in finding.regions] == boxes
    for region, block in zip(finding.regions, (LARGE, SMALL), strict=True):
        assert region.changed_pixels == finding.mask[region.box.slices].sum()
        assert region.score == pytest.approx(
            finding.evidence[region.box.slices][finding.mask[region.box.slices]].mean() / 255
        )
        assert region.found_by == ("spotter",)
        assert finding.mask[block.slices].all()
        assert (finding.evidence[block.slices] == 255).all()
    outside = np.ones(finding.mask.shape, np.bool_)
    for box in boxes:
        outside[box.slices] = False
    assert not finding.mask[outside].any()
    assert not finding.evidence[outside].any()


@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 255, 0), (0, 0, 255)])
def test_a_change_in_one_channel_is_enough(colour: tuple[int, int, int]) -> None:
    finding = find(pair(ground(), with_blocks(SMALL, colour=colour)), Options())
    assert_equal(finding, find(pair(ground(), with_blocks(SMALL)), Options()))


def test_transparency_is_compared_on_white() -> None:
    alpha_a, alpha_b = np.full((2, 600, 850), 255, np.uint8)
    alpha_a[SMALL.slices] = alpha_b[LARGE.slices] = 0
    both = Pair(ground(), ground(), alpha_a, alpha_b, np.ones(alpha_a.shape, np.bool_))
    assert_equal(find(both, Options()), find(pair(ground(), with_blocks(SMALL, LARGE)), Options()))


def test_order_of_the_pictures_does_not_matter() -> None:
    a, b = noise(1, 300, 400), noise(1, 300, 400)
    b[50:90, 60:120] = noise(2, 40, 60)
    assert find(pair(a, b), Options()).regions
    assert_equal(find(pair(a, b), Options()), find(pair(b, a), Options()))


def test_invalid_pixels_are_not_changed() -> None:
    both = pair(ground(), with_blocks(SMALL, LARGE))
    both.valid[:340] = False
    finding = find(both, Options())
    whole = grown(LARGE, BLUR + WINDOW + DILATIONS)
    below = Box(whole.x, 340, whole.width, whole.y + whole.height - 340)
    assert [region.box for region in finding.regions] == [below]
    assert not finding.mask[:340].any()
    assert not finding.evidence[:340].any()


def test_the_quantile_is_that_of_the_valid_pixels() -> None:
    both = pair(ground(), with_blocks(LARGE))
    bare = options(openings=0, dilations=0, longest=1)
    lost = find(both, bare).mask
    assert 0 < np.count_nonzero(lost) < 0.05 * lost.size
    both.valid[:] = lost
    assert 0 < np.count_nonzero(find(both, bare).mask) <= 0.05 * np.count_nonzero(lost)


def test_a_pair_without_valid_pixels_is_an_error() -> None:
    both = pair(ground(), ground())
    both.valid[:] = False
    with pytest.raises(ValueError, match="no valid pixel"):
        find(both, Options())


def test_a_ribbon_has_regions() -> None:
    a = np.zeros((3, 200, 3), np.uint8)
    b = a.copy()
    b[:, 50] = 255
    reach = 2 + WINDOW + DILATIONS  # the blur's kernel is five pixels wide
    assert [r.box for r in find(pair(a, b), options(longest=1, quantile=0.5)).regions] == [
        Box(50 - reach, 0, 2 * reach + 1, 3)
    ]


def test_a_finer_blur_reaches_less_far() -> None:
    assert found(with_blocks(SMALL), blur=850 // 3) == [grown(SMALL, 1 + WINDOW + DILATIONS)]
    assert found(with_blocks(SMALL), blur=10_000) == [grown(SMALL, WINDOW + DILATIONS)]


def test_sigma_is_that_of_the_blur() -> None:
    assert found(with_blocks(SMALL), sigma=0.1) == [grown(SMALL, WINDOW + DILATIONS)]


def test_a_kernel_longer_than_the_tail_makes_no_difference() -> None:
    a, b = noise(1, 30, 800), noise(2, 30, 800)
    long, short = (colour_loss(pair(a, b), Spotter(blur=blur)) for blur in (1, 800 // 19))
    np.testing.assert_array_equal(long, short)


def test_only_pixels_above_the_quantile_count() -> None:
    b = with_blocks(SMALL)
    b[LARGE.slices] = 5  # a loss of 25 / (25 + C1), which is four fifths
    assert len(found(b)) == 2
    share = SMALL.width * SMALL.height / b[..., 0].size
    finding = find(pair(ground(), b), options(quantile=1 - share))
    assert len(finding.regions) == 1
    assert finding.mask[SMALL.slices].any()
    assert not finding.mask[LARGE.slices].any()


def test_openings_remove_narrow_parts() -> None:
    line = Box(300, 100, 1, 200)
    assert found(with_blocks(line), blur=10_000, dilations=0, openings=5) == [grown(line, WINDOW)]
    assert found(with_blocks(line), blur=10_000, dilations=0, openings=6) == []


@pytest.mark.parametrize("dilations", [0, 1, 3])
def test_each_dilation_adds_two_pixels(dilations: int) -> None:
    assert found(with_blocks(SMALL), dilations=dilations) == [grown(SMALL, BLUR + WINDOW + 2 * dilations)]


def test_dilation_joins_neighbours() -> None:
    beside = Box(SMALL.x + SMALL.width + 2 * (BLUR + WINDOW) + 8, SMALL.y, SMALL.width, SMALL.height)
    assert len(found(with_blocks(SMALL, beside), dilations=1)) == 2
    assert len(found(with_blocks(SMALL, beside), dilations=2)) == 1


@pytest.mark.parametrize("box", [Box(80, 60, 399, 10), Box(80, 60, 10, 274)])
def test_boxes_over_half_a_side_are_dropped(box: Box) -> None:
    assert found(with_blocks(box)) == [grown(box, BLUR + WINDOW + DILATIONS)]  # 425 of 850, and 300 of 600
    longer = Box(box.x, box.y, box.width + (box.width > 100), box.height + (box.height > 100))
    finding = find(pair(ground(), with_blocks(longer)), Options())
    assert finding.regions == []
    assert not finding.mask.any()
    assert found(with_blocks(longer), longest=0.51) == [grown(longer, BLUR + WINDOW + DILATIONS)]


def test_the_largest_are_kept() -> None:
    assert found(with_blocks(SMALL, LARGE), count=1) == [grown(LARGE, BLUR + WINDOW + DILATIONS)]
    specks = [Box(30 + 100 * column, 30 + 100 * row, 10, 10) for row in range(4) for column in range(4)]
    finding = find(pair(ground(), with_blocks(*specks)), Options())
    assert len(finding.regions) == 15
    assert cv2.connectedComponents(finding.mask.view(np.uint8))[0] - 1 == 15
