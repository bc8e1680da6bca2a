import numpy as np

from training.changes.places import around, blend, detail, place, two_tones, window

SIDE = 160


def test_places_are_shapes_between_nothing_and_one() -> None:
    shares = []
    for seed in range(40):
        shape = place(SIDE, np.random.default_rng(seed))
        assert shape.shape == (SIDE, SIDE)
        assert shape.dtype == np.float32
        assert shape.min() >= 0
        assert shape.max() <= 1 + 1e-5
        shares.append((shape > 0.5).mean())
    assert np.ptp(shares) > 0.05


def test_blending_keeps_what_is_outside() -> None:
    shape = np.zeros((SIDE, SIDE), np.float32)
    shape[10:20, 10:20] = 1
    dark, light = (np.full((SIDE, SIDE, 3), level, np.uint8) for level in (20, 200))
    blended = blend(dark, light, shape)
    assert (blended[10:20, 10:20] == 200).all()
    assert (blended[30:] == 20).all()


def test_the_window_of_a_shape_holds_it() -> None:
    shape = np.zeros((SIDE, SIDE), np.float32)
    assert window(shape) is None
    shape[30:41, 50:71] = 1
    assert window(shape, 2) == (slice(28, 43), slice(48, 73))


def test_detail_is_found_where_there_is_some() -> None:
    scene = np.full((SIDE, SIDE, 3), 90, np.uint8)
    scene[:, 80:, :] = np.random.default_rng(0).integers(0, 256, (SIDE, 80, 3))
    found = [detail(scene, np.random.default_rng(seed))[0] for seed in range(20)]
    assert np.mean(np.array(found) > 66) > 0.9


def test_two_tones_are_told_apart() -> None:
    view = np.full((20, 20, 3), 30, np.uint8)
    view[:, 12:] = (200, 210, 220)
    is_light, dark, light = two_tones(around(view, (10, 10), 9))
    assert is_light.mean() / 255 < 0.5
    np.testing.assert_array_equal(dark, [30, 30, 30])
    np.testing.assert_array_equal(light, [200, 210, 220])
