from pathlib import Path

import numpy as np
import pytest

from app.vision.networks import kind_classifier
from app.vision.networks.kind_classifier import SIDE, inputs, predict
from training.kinds.export import export
from training.kinds.network import build


def test_what_is_exported_says_what_the_model_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, rng = build(), np.random.default_rng(0)
    for weight in model.weights:  # as if it were trained: an untrained normalization does nothing
        values = rng.uniform(0.5, 1.5, weight.shape) if "variance" in weight.path else rng.normal(0, 0.1, weight.shape)
        weight.assign(values)
    export(model, tmp_path / "kind_classifier.pb")
    monkeypatch.setattr(kind_classifier, "NETWORK", tmp_path / "kind_classifier.pb")
    monkeypatch.setattr(kind_classifier, "_network", None)
    views = rng.integers(0, 256, (5, SIDE, SIDE, 7)).astype(np.uint8)
    logits = np.asarray(model(inputs(views), training=False)["logits"])
    wanted = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(predict(list(views)), wanted, atol=1e-4)
    assert np.ptp(wanted) > 0.01
