from pathlib import Path

import numpy as np

from training import pairs
from training.pairs import CELL, FREE, MARGIN, NOWHERE, REST, SIDE, make
from training.scenes import photographs


def test_pairs_have_the_shapes_that_the_network_takes(photos: Path) -> None:
    trained_on, _ = photographs(photos)
    known = changed = 0
    for seed in range(30):
        pair = make(trained_on, np.random.default_rng(seed))
        assert pair.a.shape == pair.b.shape == (SIDE, SIDE, 3)
        assert pair.mask.shape == (SIDE // 2, SIDE // 2, 2)
        assert pair.cells.shape == ((SIDE // CELL) ** 2, 2)
        assert pair.cells.max() < (SIDE // CELL) ** 2
        known += bool(pair.mask[..., 1].any())
        changed += bool(pair.mask[..., 0].any())
    assert 18 <= known < 30  # of the others nobody lined up the pictures
    assert 8 <= changed <= 24


def test_the_same_generator_gives_the_same_pair(photos: Path) -> None:
    trained_on, _ = photographs(photos)
    one, same = (make(trained_on, np.random.default_rng([1, 2])) for _ in range(2))
    np.testing.assert_array_equal(one.a, same.a)
    np.testing.assert_array_equal(one.b, same.b)
    np.testing.assert_array_equal(one.mask, same.mask)


def test_cells_of_pictures_that_lie_on_each_other_are_their_own() -> None:
    steps = (SIDE // CELL) ** 2
    cells = pairs._cells(np.eye(3), np.zeros((SIDE, SIDE), np.bool_))
    np.testing.assert_array_equal(cells, np.stack([np.arange(steps)] * 2, axis=-1))


def test_cells_follow_a_shift_and_nothing_is_said_of_changed_ones() -> None:
    shift = np.eye(3)
    shift[0, 2] = CELL
    changed = np.zeros((SIDE, SIDE), np.bool_)
    changed[:CELL, :CELL] = True
    there, back = pairs._cells(shift, changed).T
    assert there[0] == NOWHERE
    assert there[1] == 2
    assert there[SIDE // CELL - 1] == NOWHERE  # it left the picture
    assert back[0] == NOWHERE
    assert back[1] == NOWHERE  # what is there changed
    assert back[2] == 1


def test_motions_keep_to_their_limits() -> None:
    side = SIDE + 2 * MARGIN
    middle = np.array([side / 2, side / 2, 1])
    for most in (REST, FREE):
        for seed in range(20):
            matrix = pairs._motion(most, side, np.random.default_rng(seed))
            assert np.abs((matrix @ middle - middle)[:2]).max() <= most[0] + 1e-6
            assert abs(np.log(np.linalg.det(matrix)) / 2) <= 1.5 * most[2]


def test_a_changed_block_is_known_where_one_of_its_changed_pixels_is() -> None:
    changed, known = np.zeros((SIDE, SIDE), np.bool_), np.ones((SIDE, SIDE), np.bool_)
    changed[40:44, 40:60] = True
    known[40:44, 40:50] = False  # hidden by a disturbance
    known[80, 80] = False
    mask = pairs._halved(changed, known)
    assert mask[20:22, 20:30, 0].all()
    assert not mask[20:22, 20:25, 1].any()
    assert mask[20:22, 25:30, 1].all()
    assert not mask[40, 40].any()
    assert mask[60:, :, 1].all()


def test_a_quarter_of_the_pairs_is_undisturbed_and_tones_sometimes_hit_both() -> None:
    chosen = [pairs._nuisances(np.random.default_rng(seed)) for seed in range(1500)]
    assert 0.22 < np.mean([not of_a and not of_b for of_a, of_b in chosen]) < 0.36
    both = [of_a[0] is of_b[0] and of_a[0] in pairs.TONES for of_a, of_b in chosen if of_a and of_b]
    assert 0.02 < np.sum(both) / len(chosen) < 0.06
