import csv
from functools import partialmethod
from pathlib import Path

import keras
import numpy as np
import pytest

from app.vision.networks.change_detector import load
from training import batches, train
from training.scenes import photographs


def losses(run: Path) -> list[float]:
    with (run / "curve.csv").open() as file:
        return [float(row["loss"]) for row in csv.DictReader(file)]


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # by h5py and Keras
def test_training_leaves_a_network_and_goes_on_where_it_stopped(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train, "EPOCH", 1)
    monkeypatch.setattr(batches, "AHEAD", 1)
    monkeypatch.setattr(keras.Model, "compile", partialmethod(keras.Model.compile, run_eagerly=True))
    monkeypatch.setattr(train, "HELD_OUT_BATCHES", 1)
    trained_on, held_out = photographs(photos)
    train.train(trained_on, held_out, 1, tmp_path, processes=1)
    first = (tmp_path / "network.pb").read_bytes()
    train.train(trained_on, held_out, 3, tmp_path, processes=1)
    assert len(losses(tmp_path)) == 3  # one, and two more
    assert np.isfinite(losses(tmp_path)).all()
    assert (tmp_path / "network.pb").read_bytes() != first
    load(tmp_path / "network.pb")


def test_a_folder_without_photographs_is_an_error_of_the_option(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["training", "--photos", str(tmp_path)])
    with pytest.raises(SystemExit):
        train.main()
    assert "--photos: " in capsys.readouterr().err
