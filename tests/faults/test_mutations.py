"""Valid files, damaged in every way that hypothesis thinks of: a picture or a reason, at little cost, and no word.

MUTATIONS says how many, drawn anew each time; `make nightly` asks for 10,000. Without it they are the same 500.
"""

import os
from collections.abc import Iterator

import numpy as np
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from PIL import Image

from app import create_app
from app.config import Settings
from app.execution.deadline import StepTimer
from app.execution.process_pool import ProcessPool
from tests.faults.corpus import saved, valid_files
from tests.faults.mutating import mutations
from tests.faults.opening import open_it
from tests.web.forms import pictures

MUTATIONS = int(os.environ.get("MUTATIONS", "500"))
POSTED = MUTATIONS // 20
PIXELS = 1_000_000
SECONDS, MEBIBYTES = 2, 300

drawn = settings(
    deadline=None,
    database=None,
    print_blob=True,
    derandomize="MUTATIONS" not in os.environ,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)


@pytest.fixture(scope="module")
def workers() -> Iterator[ProcessPool]:
    """A process to open files in: one that crashes ends no test but its own."""
    workers = ProcessPool(1)
    yield workers
    workers.close()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, workers: ProcessPool) -> FlaskClient:
    folder = tmp_path_factory.mktemp("mutations")
    return create_app(Settings(data_dir=folder, tfhub_cache_dir=folder, max_pixels=PIXELS), workers).test_client()


@pytest.mark.parametrize("name", valid_files())
def test_what_is_damaged_was_valid(workers: ProcessPool, name: str) -> None:
    cost = workers.run(StepTimer(10), open_it, valid_files()[name], PIXELS)
    assert (cost.outcome, cost.said) == ("opened", "")


def test_numbers_as_far_apart_as_can_be_are_scaled(workers: ProcessPool) -> None:
    """Found by mutation: their difference is no number of 32 bits."""
    ends = np.linspace(-3.4e38, 3.4e38, 100, dtype=np.float64).astype(np.float32).reshape(10, 10)
    cost = workers.run(StepTimer(10), open_it, saved(Image.fromarray(ends), "TIFF"), PIXELS)
    assert (cost.outcome, cost.said) == ("opened", "")


@settings(drawn, max_examples=MUTATIONS)
@given(data=mutations())
def test_a_damaged_file_is_a_picture_or_a_reason(workers: ProcessPool, data: bytes) -> None:
    cost = workers.run(StepTimer(10), open_it, data, PIXELS)
    assert cost.outcome.startswith(("opened", "it"))
    assert cost.said == ""
    assert cost.seconds < SECONDS
    assert cost.mebibytes < MEBIBYTES


@settings(drawn, max_examples=POSTED)
@given(data=mutations())
def test_a_damaged_file_that_is_posted_is_no_failure_of_ours(client: FlaskClient, data: bytes) -> None:
    answer = client.post("/api/v1/evaluate", data=pictures(data, analyses="pixel"))
    assert answer.status_code in (201, 415, 422), answer.text
    assert "broke down" not in answer.text
