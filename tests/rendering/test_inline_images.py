import base64
import re

import cv2
import numpy as np
import pytest

from app.rendering.inline_images import FALLBACK_BUDGET, MAX_WEBP_SIDE, Stored, data_uri, inlined
from app.vision.arrays import UInt8
from app.vision.encode import Encoded, encode
from tests.pictures import read, textured

PHOTO = textured(320, 240)
GRAPHIC = np.zeros((240, 320, 3), np.uint8)
cv2.putText(GRAPHIC, "flat", (40, 150), cv2.FONT_HERSHEY_SIMPLEX, 3, (255, 90, 0), 8)
# A report's pictures, the most important last, because the order must not matter.
NAMES = ("ssim_mask", "regions_a", "ssim_map", "difference", "b", "a")


def report(picture: UInt8, uses: int = 1, names: tuple[str, ...] = NAMES) -> list[Stored]:
    return [Stored(name, encode(picture), uses) for name in names]


def size(uris: dict[str, str], uses: int = 1) -> int:
    return uses * sum(map(len, uris.values()))


def opened(uri: str) -> UInt8:
    return read(base64.b64decode(uri.split(",")[1]))


def error(uri: str, original: UInt8) -> float:
    shown = cv2.resize(opened(uri), original.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    return float(np.abs(shown.astype(int) - original).mean())


def test_a_large_budget_keeps_the_stored_files() -> None:
    pictures = report(PHOTO)
    assert inlined(pictures, 10_000_000) == {picture.name: data_uri(picture.file) for picture in pictures}


@pytest.mark.parametrize("uses", [1, 3])
@pytest.mark.parametrize("budget", [400_000, 150_000, 80_000, 40_000, 25_000])
def test_the_budget_includes_repeated_uses(budget: int, uses: int) -> None:
    shown = inlined(report(PHOTO, uses), budget * uses)
    assert size(shown, uses) <= budget * uses
    assert {"a", "b"} <= set(shown)


def test_smaller_budgets_reduce_quality_then_number_then_size() -> None:
    plenty, some, little, least = (inlined(report(PHOTO), budget) for budget in (400_000, 80_000, 50_000, 25_000))
    assert error(plenty["a"], PHOTO) < error(some["a"], PHOTO) < error(little["a"], PHOTO) < error(least["a"], PHOTO)
    assert len(plenty) > len(some) > len(little) > len(least)
    assert opened(little["a"]).shape == PHOTO.shape
    assert opened(least["a"]).shape < PHOTO.shape


def test_card_pictures_shrink_before_the_maps() -> None:
    shown = inlined(report(PHOTO), 220_000)
    assert opened(shown["difference"]).shape == PHOTO.shape
    assert opened(shown["regions_a"]).shape < PHOTO.shape


def test_a_and_b_come_first_and_card_pictures_last() -> None:
    sets = {frozenset(inlined(report(PHOTO), budget)) for budget in range(10_000, 100_000, 5_000)}
    for names in sets:
        assert {"a", "b"} <= names
        assert names.isdisjoint({"ssim_mask", "regions_a"}) or {"difference", "ssim_map"} <= names
    assert len(sets) > 1


def test_flat_graphics_stay_lossless_while_they_fit() -> None:
    stored = len(data_uri(encode(GRAPHIC)))
    pictures = report(GRAPHIC, names=("a", "b"))
    shown = inlined(pictures, 2 * stored - 1)
    assert size(shown) < 2 * stored
    assert np.array_equal(opened(shown["a"]), GRAPHIC)
    assert not np.array_equal(opened(inlined(pictures, size(shown) - 1)["a"]), GRAPHIC)


@pytest.mark.parametrize("budget", [-100_000, 0, 100])
def test_if_nothing_fits_the_fallback_budget_keeps_the_pictures_good(budget: int) -> None:
    shown = inlined(report(PHOTO), budget)
    assert budget < size(shown) <= FALLBACK_BUDGET
    assert error(shown["a"], PHOTO) < 8
    assert set(shown) == set(NAMES)


def test_huge_pictures_are_shrunk_but_present() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (2000, 2000, 3), np.uint8)
    shown = inlined(report(noise, names=("a", "b", "difference")), -1)
    assert {"a", "b"} <= set(shown)
    assert size(shown) < FALLBACK_BUDGET


def test_unused_pictures_are_left_out() -> None:
    pictures = [*report(PHOTO, names=("a", "b_aligned")), Stored("b", encode(PHOTO), 0)]
    assert list(inlined(pictures, 1_000_000)) == ["a", "b_aligned"]


def test_unaligned_b_is_essential_if_the_page_uses_it() -> None:
    shown = inlined(report(PHOTO, names=("difference", "a", "b_aligned", "b")), 40_000)
    assert {"a", "b_aligned", "b"} <= set(shown)


@pytest.mark.parametrize("transparent", [False, True])
def test_a_ribbon_longer_than_webps_limit(transparent: bool) -> None:
    ribbon = np.random.default_rng(0).integers(0, 256, (4, MAX_WEBP_SIDE + 500, 4 if transparent else 3), np.uint8)
    pictures = report(ribbon, names=("a", "b"))
    shown = inlined(pictures, size({picture.name: data_uri(picture.file) for picture in pictures}))
    assert {re.split("[:;]", uri)[1] for uri in shown.values()} == {"image/png" if transparent else "image/jpeg"}


def test_transparency_is_kept() -> None:
    picture = np.dstack([PHOTO, np.full(PHOTO.shape[:2], 255, np.uint8)])
    picture[:100, :100, 3] = 0
    shown = inlined(report(picture, names=("a", "b")), 60_000)
    data = np.frombuffer(base64.b64decode(shown["a"].split(",")[1]), np.uint8)
    alpha = np.asarray(cv2.imdecode(data, cv2.IMREAD_UNCHANGED))[..., 3]
    assert alpha[20, 20] == 0
    assert alpha[-20, -20] == 255


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 1), (1, 300, 3)])
def test_any_shape(shape: tuple[int, ...]) -> None:
    tiny = np.zeros(shape, np.uint8)
    assert set(inlined([Stored("a", encode(tiny), 1), Stored("b", encode(tiny), 1)], 10)) == {"a", "b"}
    pictures = [Stored(name, Encoded(encode(tiny).data, "image/png"), 1) for name in "ab"]
    assert set(inlined(pictures, 150)) == {"a", "b"}
