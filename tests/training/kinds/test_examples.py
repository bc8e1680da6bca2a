from pathlib import Path

import numpy as np
import pytest

from app.vision.networks.kind_classifier import KINDS, SIDE
from training.kinds.events import Source
from training.kinds.examples import batch


@pytest.fixture(scope="module")
def source(photos: Path) -> Source:
    return Source(sorted(photos.rglob("*.png")), [])


def test_a_batch_has_crops_of_every_kind(source: Source) -> None:
    crops, kinds = batch(source, 96, np.random.default_rng(5))
    assert crops.shape == (96, SIDE, SIDE, 7)
    assert crops.dtype == np.uint8
    assert set(kinds.tolist()) == set(range(len(KINDS)))


def test_the_changed_pixels_are_in_the_middle_and_differ(source: Source) -> None:
    crops, _ = batch(source, 48, np.random.default_rng(6))
    marked = crops[..., 6] > 128
    assert marked.any(axis=(1, 2)).all()
    assert marked[:, 16:48, 16:48].mean() > marked[:, :8].mean()
    apart = np.abs(crops[..., :3].astype(int) - crops[..., 3:6]).mean(axis=-1)
    assert apart[marked].mean() > apart[~marked].mean()


def test_the_same_seed_gives_the_same_batch(source: Source) -> None:
    first, second = (batch(source, 8, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_array_equal(first[1], second[1])
