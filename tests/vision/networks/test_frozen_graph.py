from pathlib import Path

import numpy as np
import pytest

from app.vision.networks.frozen_graph import load_graph
from app.vision.networks.kind_classifier import NETWORK, SIDE


def test_a_file_that_is_damaged_is_not_loaded(tmp_path: Path) -> None:
    data = bytearray(NETWORK.read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "kind_classifier.pb").write_bytes(data)
    (tmp_path / "kind_classifier.sha256").write_text(NETWORK.with_suffix(".sha256").read_text())
    with pytest.raises(ValueError, match=r"damaged: its SHA-256 is not the one in kind_classifier\.sha256"):
        load_graph(tmp_path / "kind_classifier.pb", ("crops",), 7, ("logits",))


def test_each_output_takes_batches_of_any_length() -> None:
    (network,) = load_graph(NETWORK, ("crops",), 7, ("logits",))
    for count in (1, 3):
        assert network(np.zeros((count, SIDE, SIDE, 7), np.uint8)).shape[0] == count
