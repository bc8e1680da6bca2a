import subprocess
from pathlib import Path

import keras
import numpy as np
import pytest

from app.vision.siamese import weights
from app.vision.siamese.eye import WEIGHTS


def small(units: int = 3) -> keras.Model:
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(units), keras.layers.BatchNormalization()])


def test_what_is_saved_is_loaded_to_half_precision(tmp_path: Path) -> None:
    one, other = small(), small()
    weights.save(one, tmp_path / "w.npz")
    weights.load(other, tmp_path / "w.npz")
    for saved, loaded in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(loaded, saved, rtol=1e-3, atol=1e-6)
    assert {path.name for path in tmp_path.iterdir()} == {"w.npz", "w.sha256"}


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.npz"
    weights.save(small(), path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ValueError, match="is damaged"):
        weights.load(small(), path)


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    weights.save(small(), tmp_path / "w.npz")
    with pytest.raises(ValueError, match="shape"):
        weights.load(small(5), tmp_path / "w.npz")


def test_the_weights_of_the_project_are_small_and_what_their_checksum_says() -> None:
    assert WEIGHTS.stat().st_size < 8e6
    checked = subprocess.run(["sha256sum", "--check", "weights.sha256"], cwd=WEIGHTS.parent, capture_output=True)
    assert checked.returncode == 0
