"""The example of the front page: the files are what the script draws, and what a comparison says of them."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from app.evaluation.pipeline import evaluate
from app.evaluation.request import EvaluationRequest
from app.execution.deadline import StepTimer
from app.store import Store, Upload
from docs.draw_example import FILES, FOLDER, harbour


@pytest.mark.parametrize("name", FILES)
def test_the_files_are_what_the_script_draws(name: str) -> None:
    drawn, kept = harbour(FILES[name]), cv2.imread(str(FOLDER / name))
    assert kept is not None
    error = cv2.absdiff(drawn, kept)
    assert error.mean() < 5, "no more than the grain, of which JPEG keeps little"
    blurred = cv2.absdiff(cv2.blur(drawn, (9, 9)), cv2.blur(kept, (9, 9)))
    assert int(np.max(blurred)) < 24, "nothing is anywhere else"


def test_the_files_are_small() -> None:
    assert sum((FOLDER / name).stat().st_size for name in FILES) < 500_000


def test_five_things_changed(tmp_path: Path) -> None:
    store = Store(tmp_path, f"sqlite:///{tmp_path}/test.sqlite")
    a, b = (Upload(name, (FOLDER / name).read_bytes()) for name in FILES)
    request = EvaluationRequest(analyses=("regions",))
    body = evaluate(store.save_pair(a, b, None), request, store, 2_000_000, StepTimer(60)).body
    assert body["verdict"]["summary"] == ("5 things changed: 2 recoloured, 1 moved, 1 appeared, 1 disappeared.")
