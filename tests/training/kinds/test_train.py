from functools import partialmethod
from pathlib import Path

import keras
import numpy as np
import pytest

from app.vision.networks import kind_classifier
from training import batches
from training.kinds import train


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # by h5py and Keras
def test_training_leaves_a_network_and_goes_on_where_it_stopped(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train, "EPOCH", 1)
    monkeypatch.setattr(train, "SIZE", 4)
    monkeypatch.setattr(train, "CUT_OUTS", 1)
    monkeypatch.setattr(train, "HELD_OUT_CUT_OUTS", 1)
    monkeypatch.setattr(batches, "AHEAD", 1)
    monkeypatch.setattr(keras.Model, "compile", partialmethod(keras.Model.compile, run_eagerly=True))
    for steps in ("1", "2"):
        options = ["training.kinds", "--photos", str(photos), "--steps", steps, "--run", str(tmp_path)]
        monkeypatch.setattr("sys.argv", [*options, "--processes", "1"])
        train.main()
    assert len((tmp_path / "curve.csv").read_text().splitlines()) == 3  # a heading, and an epoch of each run
    monkeypatch.setattr(kind_classifier, "NETWORK", tmp_path / "kind_classifier.pb")
    monkeypatch.setattr(kind_classifier, "_network", None)
    blank = np.zeros((kind_classifier.SIDE, kind_classifier.SIDE, 7), np.uint8)
    assert kind_classifier.predict([blank, blank]).shape == (2, len(kind_classifier.KINDS))


def test_a_folder_without_photographs_is_an_error_of_the_option(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["training.kinds", "--photos", str(tmp_path)])
    with pytest.raises(SystemExit):
        train.main()
    assert "--photos: " in capsys.readouterr().err
