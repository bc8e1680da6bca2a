import cv2
import numpy as np
import pytest

from app.vision.arrays import UInt8
from app.vision.pair import Pair
from app.vision.photometric.conditions import conditions
from app.vision.region import Box
from app.vision.tiles import MAX_SAMPLED
from tests.pictures import blurred, jpeg, read

NOISE = np.random.default_rng(8).uniform(0, 255, (320, 480, 3)).astype(np.float32)
LAYERS = np.sum([(cv2.GaussianBlur(NOISE, (0, 0), sigma) - 127) * sigma for sigma in (1, 4, 16)], axis=0)
# Detail at every scale, as in photographs.
BEFORE: UInt8 = np.clip(LAYERS + 127, 0, 255).astype(np.uint8)
AFTER: UInt8 = np.asarray(cv2.circle(BEFORE.copy(), (200, 150), 30, (255, 255, 0), -1, cv2.LINE_AA), np.uint8)


def described(a: UInt8, b: UInt8, resampled: bool = False) -> list[str]:
    return conditions(Pair(a, b, None, None, np.ones(a.shape[:2], np.bool_), resampled=resampled))


def test_what_changed_is_not_measured() -> None:
    crowd = noisy()
    crowd[:, :260] //= 3
    both = Pair(BEFORE, crowd, None, None, np.ones(BEFORE.shape[:2], np.bool_))
    assert "darker" in conditions(both)
    assert "darker" not in conditions(both, [Box(0, 0, 260, 320)])


def scaled(gains: tuple[float, float, float], offset: float = 0) -> UInt8:
    return np.asarray(np.clip(AFTER * np.array(gains) + offset, 0, 255), np.uint8)


def larger(picture: UInt8) -> UInt8:
    """Five times as wide and high, padded with mirrored copies."""
    return np.pad(picture, ((640, 640), (960, 960), (0, 0)), "symmetric")


def noisy() -> UInt8:
    noise = np.random.default_rng(2).normal(0, 8, BEFORE.shape)
    return np.clip(AFTER + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("b", "expected"),
    [
        (BEFORE, []),
        (AFTER, []),
        (scaled((1, 1, 1), 12), ["lighter"]),
        (scaled((1, 1, 1), -12), ["darker"]),
        (scaled((1.2, 1, 0.8)), ["warmer"]),
        (scaled((0.84, 1.03, 1.2)), ["cooler"]),
        (scaled((0.7, 0.7, 0.7), 45), ["of less contrast"]),
        (noisy(), ["noisier"]),
        (blurred(AFTER, 2), ["softer"]),
        (read(jpeg(AFTER, 30)), ["re-compressed"]),
    ],
    ids=["equal", "changed", "lighter", "darker", "warmer", "cooler", "flat", "noisy", "blurred", "jpeg"],
)
def test_describes_only_the_applied_condition(b: UInt8, expected: list[str]) -> None:
    assert described(BEFORE, b) == expected


def test_swapped_pictures_have_the_opposite_conditions() -> None:
    assert described(blurred(BEFORE, 2), BEFORE) == ["sharper"]
    assert described(scaled((0.7, 0.7, 0.7), 45), BEFORE) == ["of more contrast"]


def test_pictures_with_half_of_the_pixels_equal_have_no_conditions() -> None:
    b = BEFORE
    b[:150] = 255 - b[:150]
    assert described(BEFORE, b) == []


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (200, 3)])
def test_small_pictures(shape: tuple[int, int]) -> None:
    black, gray = np.zeros((*shape, 3), np.uint8), np.full((*shape, 3), 60, np.uint8)
    assert described(black, gray) == []  # of renderings, nothing but a change alters the tone
    assert cv2.countNonZero(gray[..., 0]) == gray[..., 0].size


def test_the_compression_of_a_resampled_picture_is_not_described() -> None:
    assert described(BEFORE, read(jpeg(AFTER, 30)), resampled=True) == []


@pytest.mark.parametrize(
    ("b", "expected"),
    [
        (AFTER, []),
        (noisy(), ["noisier"]),
        (blurred(AFTER, 2), ["softer"]),
        (scaled((0.7, 0.7, 0.7), 39), ["of less contrast"]),
    ],
    ids=["changed", "noisy", "blurred", "flat"],
)
def test_the_bands_of_a_large_picture_yield_the_same(b: UInt8, expected: list[str]) -> None:
    a, b = larger(BEFORE), larger(b)
    assert a.shape[0] * a.shape[1] > MAX_SAMPLED
    assert described(a, b) == expected


def test_the_borders_of_bands_do_not_affect_the_blockiness() -> None:
    a = larger(BEFORE)
    assert described(a, read(jpeg(a, 30))) == ["re-compressed"]


def test_grain_and_uneven_light_on_a_bare_page_are_no_sharpness_and_no_contrast() -> None:
    page = np.full((400, 600, 3), 255, np.uint8)
    cv2.putText(page, "A sparse page", (40, 60), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (0, 0, 0), 2, cv2.LINE_AA)
    light = np.linspace(0.85, 0.75, 600)[None, :, None]
    grain = cv2.GaussianBlur(np.random.default_rng(1).normal(0, 6, (400, 600)), (0, 0), 0.8)[..., None]
    scan = np.clip(blurred(page, 1) * light + grain, 0, 255).astype(np.uint8)
    assert described(page, scan) == ["darker"]
    assert not {"softer", "of less contrast"} & set(described(scan, page))
