from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from app.vision.arrays import UInt8
from app.vision.networks import change_detector
from app.vision.networks.change_detector import MAX_PIXELS, NETWORK, STEP, padded, predict, within
from tests.pictures import noisy, textured

PLATE = slice(120, 180), slice(200, 280)


def changed() -> UInt8:
    drawn = textured(400, 300)
    drawn[PLATE] = (40, 70, 160)
    return drawn


def test_only_a_new_object_is_predicted_as_changed() -> None:
    probability = predict(textured(400, 300), changed())
    assert probability.shape == (300, 400)
    assert probability.dtype == np.float32
    assert probability.min() >= 0
    assert probability.max() <= 1
    assert probability[PLATE].mean() > 0.8
    outside = np.ones((300, 400), np.bool_)
    outside[110:190, 190:290] = False
    assert probability[outside].max() < 0.3


def test_equal_pictures_have_no_change() -> None:
    assert predict(textured(400, 300), textured(400, 300)).max() < 0.05


def test_the_order_does_not_matter() -> None:
    np.testing.assert_allclose(
        predict(textured(400, 300), changed()), predict(changed(), textured(400, 300)), atol=1e-4
    )


def test_noise_and_a_shadow_are_no_change() -> None:
    shade = np.ones((300, 400, 1), np.float32)
    shade[:, 150:320] = 0.6
    other = np.asarray(noisy(textured(400, 300), 4) * shade, np.uint8)
    assert (predict(textured(400, 300), other) > 0.5).mean() < 0.002


def test_large_pictures_are_reduced() -> None:
    a = np.repeat(np.repeat(textured(400, 300), 4, axis=0), 4, axis=1)
    b = np.repeat(np.repeat(changed(), 4, axis=0), 4, axis=1)
    assert a.shape[0] * a.shape[1] > MAX_PIXELS
    probability = predict(a, b)
    assert probability.shape == a.shape[:2]
    assert probability[500:700, 820:1100].mean() > 0.8


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (31, 33), (64, 64)])
def test_no_picture_is_too_small_or_too_thin(shape: tuple[int, int]) -> None:
    a = np.zeros((*shape, 3), np.uint8)
    probability = predict(a, a)
    assert probability.shape == shape
    assert np.isfinite(probability).all()


@pytest.mark.parametrize("size", [(1, 1), (4000, 3000), (60_000, 8), (1, 1_000_000), (100_000, 100_000)])
def test_the_size_of_the_input_is_bounded(size: tuple[int, int]) -> None:
    width, height = within(size, MAX_PIXELS)
    assert 1 <= width <= size[0]
    assert 1 <= height <= size[1]
    assert -(-width // STEP) * -(-height // STEP) * STEP**2 < 1.3 * MAX_PIXELS


def test_padding_repeats_the_edge_up_to_whole_steps() -> None:
    batch = padded(textured(40, 33))
    assert batch.shape == (1, 64, 64, 3)
    np.testing.assert_array_equal(batch[0, :33, :40], textured(40, 33))
    np.testing.assert_array_equal(batch[0, 63, :40], textured(40, 33)[32])


def test_a_damaged_network_is_refused(tmp_path: Path) -> None:
    data = bytearray(NETWORK.read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "network.pb").write_bytes(data)
    (tmp_path / "network.sha256").write_text(NETWORK.with_suffix(".sha256").read_text())
    with pytest.raises(ValueError, match="is damaged"):
        change_detector.load(tmp_path / "network.pb")


def test_it_is_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    loads: list[object] = []

    def load(_path: Path) -> object:
        loads.append(object())
        return loads[-1]

    monkeypatch.setattr(change_detector, "_network", None)
    monkeypatch.setattr(change_detector, "load", load)
    with ThreadPoolExecutor(4) as pool:
        networks = set(pool.map(lambda _: change_detector.change_network(), range(8)))
    assert list(networks) == loads
