from dataclasses import replace

import numpy as np
import pytest

from app import models
from app.vision.analyses.regions import analyse
from app.vision.arrays import Float32, UInt8
from app.vision.finders import FINDERS
from app.vision.kind import classify
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.region import Box
from app.vision.rows import Gap


def pair(a: UInt8, b: UInt8) -> Pair:
    return Pair(a, b, None, None, np.ones(a.shape[:2], np.bool_))


def test_hands_back_what_the_finder_found_and_draws_it_on_both() -> None:
    a = np.full((200, 300, 3), 40, np.uint8)
    b = a.copy()
    b[50:90, 60:120] = 220
    both = pair(a, b)
    analysis = analyse(both, Options())
    assert analysis.metrics == {}
    (region,) = analysis.facts["regions"]
    assert (region.box, region.kind, region.changed_pixels) == (Box(60, 50, 60, 40), "appeared", 2400)
    assert analysis.images["regions_map"].shape == a.shape
    for name, picture in (("regions_a", a), ("regions_b", b)):
        drawn = analysis.images[name]
        assert (drawn != picture).any()
        assert (drawn[60:80, 70:110] == picture[60:80, 70:110]).all()


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (200, 300)])
def test_equal_pictures_are_shown_as_they_are(shape: tuple[int, int]) -> None:
    a = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    analysis = analyse(pair(a, a), Options())
    assert analysis.facts["regions"] == []
    assert (analysis.images["regions_a"] == a).all()


@pytest.mark.parametrize("finder", FINDERS)
def test_the_finder_asked_for_is_used(finder: str) -> None:
    a = np.full((200, 300, 3), 40, np.uint8)
    b = a.copy()
    b[50:90, 60:120] = 220
    both = pair(a, b)
    options = Options.model_validate({"finder": finder})
    assert analyse(both, options).facts["regions"] == classify(FINDERS[finder](both, options), both)


def test_rows_that_only_one_picture_has_come_first() -> None:
    a = np.full((200, 300, 3), 40, np.uint8)
    gaps = (Gap(120, 120, inserted=50), Gap(150, 200, removed=30))
    inserted, removed = analyse(replace(pair(a, a), gaps=gaps), Options()).facts["regions"]
    assert (inserted.kind, inserted.box, inserted.box_b) == ("appeared", Box(0, 120, 300, 1), Box(0, 120, 300, 50))
    assert (removed.kind, removed.box, removed.changed_pixels) == ("disappeared", Box(0, 150, 300, 30), 9000)
    assert removed.found_by == ("rows",)


def test_rows_inserted_at_the_very_end_are_the_last_row_of_a() -> None:
    a = np.full((200, 300, 3), 40, np.uint8)
    (region,) = analyse(replace(pair(a, a), gaps=(Gap(200, 200, inserted=7),)), Options()).facts["regions"]
    assert region.box == Box(0, 199, 300, 1)


class Network:
    """Stands in for the classifier where its answer must be known: sure of class 5 for bright crops, else unsure."""

    def classify(self, batch: Float32) -> Float32:
        logits = np.zeros((len(batch), 1001), np.float32)
        logits[batch.mean(axis=(1, 2, 3)) > 0.3, 5] = 20
        return logits


def test_a_class_is_told_only_where_the_network_is_sure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "mobilenet", Network)
    monkeypatch.setattr(models, "labels", lambda: tuple(f"thing {index}" for index in range(1001)))
    a = np.full((200, 300, 3), 40, np.uint8)
    b = a.copy()
    b[50:100, 60:120] = 220  # large enough to recognise
    b[150:170, 200:220] = 220
    large, small = analyse(pair(a, b), Options()).facts["regions"]
    assert (large.before, large.after.label) == (None, "thing 5")
    assert large.after.probability > 0.99
    assert (small.before, small.after) == (None, None)
