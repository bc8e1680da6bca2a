from pathlib import Path

import numpy as np
import pytest

from tests.pictures import textured
from training.kinds.events import EVENTS, Event, Source, paste, retouch, segment, tinted
from training.kinds.examples import SWAPPED

SCENE = textured(144, 144)
RED = np.dstack([np.full((30, 40), level, np.uint8) for level in (20, 20, 220, 255)])


@pytest.fixture(scope="module")
def source(photos: Path) -> Source:
    return Source(sorted(photos.rglob("*.png")), [])


@pytest.mark.parametrize("event", [event for _, event, _ in EVENTS])
def test_an_event_changes_a_part_of_the_scene(event: Event, source: Source) -> None:
    changed = 0
    for seed in range(8):
        before, after = event(SCENE, source, np.random.default_rng(seed))
        assert before.shape == after.shape == SCENE.shape
        assert before.dtype == after.dtype == np.uint8
        share = (before != after).any(axis=2).mean()
        assert share < 0.9
        changed += share > 0
    assert changed >= 4


def test_a_thing_that_disappears_was_there_and_its_ground_is_not(source: Source) -> None:
    event = next(event for kind, event, _ in EVENTS if kind == "disappeared")
    put_there = nearer = 0
    for seed in range(12):
        before, after = event(SCENE, source, np.random.default_rng(seed))
        if (before != SCENE).any():  # otherwise a part of the scene itself is gone
            put_there += 1
            changed = (before != after).any(axis=2)
            apart = [np.abs(picture[changed].astype(int) - SCENE[changed]).mean() for picture in (before, after)]
            nearer += apart[0] > apart[1]
    assert put_there > 3
    assert nearer >= put_there - 1  # what is painted over may be ground from beside it


def test_only_appeared_and_disappeared_are_exchanged_with_the_pictures() -> None:
    assert {kind for kind, _, _ in EVENTS} - {"disappeared"} == {"recoloured", "replaced", "moved", "changed"}
    assert SWAPPED == {"appeared": "disappeared", "disappeared": "appeared"}


@pytest.mark.parametrize("centre", [(70, 60), (0, 0), (143, 10), (-200, 5)])
def test_a_thing_is_pasted_about_a_point_as_far_as_it_is_inside(centre: tuple[float, float]) -> None:
    after, shape = paste(SCENE, RED, np.array(centre, np.float32))
    np.testing.assert_array_equal(after[shape == 0], SCENE[shape == 0])
    assert (after[shape == 1] == (20, 20, 220)).all()
    if centre == (70, 60):
        assert shape.sum() == 30 * 40


def test_retouching_hides_a_thing() -> None:
    plain = np.full((144, 144, 3), 150, np.uint8)
    with_thing, shape = paste(plain, RED, np.array([70, 60], np.float32))
    for seed in range(6):
        hidden = retouch(with_thing, shape, np.random.default_rng(seed)).astype(int)
        assert np.abs(hidden - 150).mean() < 4


def test_a_segment_has_about_one_colour() -> None:
    scene = np.full((144, 144, 3), 150, np.uint8)
    scene[40:90, 30:110] = (30, 160, 60)
    shape = segment(scene, np.random.default_rng(0))
    assert shape.max() == 1
    assert shape.mean() < 0.5


def test_other_colours_keep_the_texture() -> None:
    shape = np.ones(SCENE.shape[:2], np.float32)
    for seed in range(12):
        after = tinted(SCENE, shape, np.random.default_rng(seed))
        correlation = np.corrcoef(SCENE.mean(axis=2).ravel(), after.mean(axis=2).ravel())[0, 1]
        assert correlation > 0.5
