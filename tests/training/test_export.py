import subprocess
from pathlib import Path

import numpy as np

from app.vision.networks.change_detector import NETWORK, load
from training.export import export
from training.network import build

RNG = np.random.default_rng(0)
A, B = (RNG.integers(0, 256, (1, 64, 96, 3)).astype(np.uint8) for _ in "ab")


def test_what_is_exported_says_what_the_model_says(tmp_path: Path) -> None:
    model = build()
    export(model, tmp_path / "network.pb")
    assert {path.name for path in tmp_path.iterdir()} == {"network.pb", "network.sha256"}
    exported, said = load(tmp_path / "network.pb"), model([A, B], training=False)
    np.testing.assert_allclose(exported.compare(A, B), said["mask"], atol=1e-4)
    np.testing.assert_allclose(exported.describe(A, B), said["descriptors"], atol=1e-4)


def test_the_network_of_the_project_is_small_and_what_its_checksum_says() -> None:
    assert NETWORK.stat().st_size < 8e6
    checked = subprocess.run(["sha256sum", "--check", "network.sha256"], cwd=NETWORK.parent, capture_output=True)
    assert checked.returncode == 0
