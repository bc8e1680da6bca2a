import subprocess

import cv2
import numpy as np
import pytest

from app.vision.arrays import Mask, UInt8
from app.vision.networks.kind_classifier import (
    CHANNELS,
    EXCHANGED,
    KINDS,
    MEASURES,
    NETWORK,
    PROFILE_EXCHANGED,
    REACH,
    SIDE,
    features,
    predict,
    profile,
    region_view,
)
from app.vision.region import Box
from tests.pictures import textured

BOX = Box(180, 120, 60, 50)


def scene() -> UInt8:
    return np.asarray(cv2.GaussianBlur(textured(400, 300), (0, 0), 6), np.uint8)


def with_disc(colour: tuple[int, int, int]) -> UInt8:
    drawn = scene()
    cv2.ellipse(drawn, (210, 145), (29, 24), 0, 0, 360, colour, -1, cv2.LINE_AA)
    cv2.ellipse(drawn, (198, 136), (9, 7), 0, 0, 360, tuple(c // 2 for c in colour), -1, cv2.LINE_AA)
    return drawn


def marked() -> Mask:
    mask = np.zeros((300, 400), np.uint8)
    cv2.ellipse(mask, (210, 145), (30, 25), 0, 0, 360, 1, -1)
    return mask.astype(np.bool_)


def kind(a: UInt8, b: UInt8) -> str:
    (row,) = predict([region_view(a, b, marked(), BOX)])
    return KINDS[int(row.argmax())]


def test_a_thing_appears_disappears_or_changes_its_colour() -> None:
    blue, orange = with_disc((40, 70, 190)), with_disc((230, 140, 40))
    assert kind(scene(), blue) == "appeared"
    assert kind(blue, scene()) == "disappeared"
    assert kind(blue, orange) == "recoloured"


def test_exchanging_the_pictures_exchanges_appeared_and_disappeared() -> None:
    a, b = scene(), with_disc((40, 70, 190))
    forth, back = predict([region_view(a, b, marked(), BOX), region_view(b, a, marked(), BOX)])
    np.testing.assert_allclose(forth, back[[1, 0, 2, 3, 4, 5]], atol=1e-4)
    np.testing.assert_allclose((forth.sum(), back.sum()), 1, atol=1e-5)


def test_a_crop_holds_the_pictures_and_the_mask_about_the_box() -> None:
    a, b = scene(), with_disc((40, 70, 190))
    view = region_view(a, b, marked(), BOX)
    assert view.shape == (SIDE, SIDE, 7)
    assert view.dtype == np.uint8
    np.testing.assert_array_equal(view[SIDE // 2, SIDE // 2, 3:6], (40, 70, 190))
    assert view[SIDE // 2, SIDE // 2, 6] == 255
    assert view[0, 0, 6] == 0


def test_features_of_exchanged_pictures_are_the_same_in_another_order() -> None:
    a, b = scene(), with_disc((40, 70, 190))
    forth, back = (features(region_view(*pictures, marked(), BOX)) for pictures in ((a, b), (b, a)))
    assert forth.shape == (SIDE, SIDE, CHANNELS)
    np.testing.assert_allclose(forth[..., EXCHANGED], back, atol=1e-6)  # the last digit depends on where in memory


def test_profiles_of_exchanged_pictures_are_the_same_in_another_order() -> None:
    a, b = scene(), with_disc((40, 70, 190))
    forth, back = (profile(features(region_view(*pictures, marked(), BOX))) for pictures in ((a, b), (b, a)))
    assert forth.shape == (2 * REACH + 1, MEASURES)
    np.testing.assert_allclose(forth[:, PROFILE_EXCHANGED], back, atol=1e-6)


def test_only_the_picture_with_the_thing_has_an_edge_at_the_outline_and_the_colour_of_the_thing_inside() -> None:
    found = profile(features(region_view(scene(), with_disc((40, 70, 190)), marked(), BOX)))
    outline = slice(REACH - 2, REACH + 3)
    assert found[outline, 1].max() > found[outline, 0].max() + 0.5
    np.testing.assert_allclose(found[REACH - 6, 6:] * 128 + 128, (40, 70, 190), atol=15)
    assert np.abs(found[-3:, 2]).max() < 0.01


def test_a_thing_changes_across_the_outline_only_where_it_is() -> None:
    seen = features(region_view(scene(), with_disc((40, 70, 190)), marked(), BOX))
    without, with_thing, inside, outline, around = seen[..., 11:].transpose(2, 0, 1)
    assert with_thing[outline > 0].mean() > 4 * without[outline > 0].mean()
    np.testing.assert_allclose([inside.mean(), outline.mean(), around.mean()], 1, atol=1e-5)
    assert not (inside * outline).any()
    assert not (outline * around).any()


@pytest.mark.parametrize(
    "box", [Box(0, 0, 1, 1), Box(399, 299, 1, 1), Box(0, 0, 400, 300), Box(0, 150, 400, 2), Box(10, 0, 3, 300)]
)
def test_no_box_is_too_small_too_thin_or_too_near_the_edge(box: Box) -> None:
    view = region_view(scene(), scene(), marked(), box)
    assert view.shape == (SIDE, SIDE, 7)
    assert np.isfinite(predict([view])).all()


def test_a_picture_of_one_pixel_has_a_crop() -> None:
    dot = np.zeros((1, 1, 3), np.uint8)
    assert region_view(dot, dot, np.ones((1, 1), np.bool_), Box(0, 0, 1, 1)).shape == (SIDE, SIDE, 7)


def test_the_network_is_small_and_what_its_checksum_says() -> None:
    assert NETWORK.stat().st_size < 3e6
    checked = subprocess.run(["sha256sum", "--check", "kind_classifier.sha256"], cwd=NETWORK.parent, check=False)
    assert checked.returncode == 0
