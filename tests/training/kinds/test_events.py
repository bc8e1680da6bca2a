from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.pictures import textured
from training.kinds.events import EVENTS, Event, Source, exchange, paste, regroup, replace
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


def test_what_replaces_a_thing_lies_where_it_was(source: Source) -> None:
    ground = np.full((144, 144, 3), 150, np.uint8)
    near = 0
    for seed in range(12):
        before, after = replace(ground, source, np.random.default_rng(seed))
        old, new = ((picture != ground).any(axis=2) for picture in (before, after))
        near += (old & new).sum() > 0.3 * min(old.sum(), new.sum())
    assert near >= 10


def test_a_group_keeps_some_of_its_things(source: Source) -> None:
    ground = np.full((144, 144, 3), 150, np.uint8)
    for seed in range(8):
        before, after = regroup(ground, source, np.random.default_rng(seed))
        there = (before != ground).any(axis=2)
        same = there & (before == after).all(axis=2)
        assert (before != after).any()
        if same.any():
            return
    raise AssertionError("in no group a thing was kept")


def test_a_photographed_thing_gives_way_to_another(source: Source, tmp_path: Path) -> None:
    photographed = np.dstack([SCENE, np.zeros((144, 144), np.uint8)])
    photographed[50:100, 40:110, :3], photographed[50:100, 40:110, 3] = (20, 20, 220), 255
    cv2.imwrite(str(tmp_path / "0000.png"), photographed)
    with_thing = Source(source.photographs, [tmp_path / "0000.png"])
    before, after = exchange(SCENE, with_thing, np.random.default_rng(0))
    np.testing.assert_array_equal(before[75, 75], (20, 20, 220))
    assert (before != after).any(axis=2)[50:100, 40:110].mean() > 0.5
