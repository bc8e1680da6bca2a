"""What several tests share."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, sync_playwright
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from app.vision.networks.weights import Weights, model_digest, model_dir

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"

# These tests drive real processes, signals and a browser, some against a clock. They are run once more if they fail,
# since the machine may have been busy; the summary names them.
RERUN = {"batch", "browser", "cli", "docs", "faults", "web"}

# With several processes (pytest -n), one runs the faults, which load the machine, and the others start with fast tests.
ORDER = ("faults", "vision", "execution", "evaluation", "store", "rendering", "web", "cli", "docs", "batch", "browser")

# Chromium looks for updates and more on the network by default.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]


def pytest_configure() -> None:
    """Handle SIGINT even if the caller ignores it, as nohup does: the processes that tests interrupt inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Set the order and allow reruns."""
    items.sort(key=lambda item: ORDER.index(folder) if (folder := _folder(item.nodeid)) in ORDER else len(ORDER))
    for item in items:
        if _folder(item.nodeid) in RERUN:
            item.add_marker(pytest.mark.flaky(reruns=1))


def _folder(nodeid: str) -> str:
    """The folder of tests/ that holds a test, or the name of its file if it lies in tests/ itself."""
    return nodeid.split("/")[1].split("::")[0]


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Keeps the tests of a file in one process, and all faults, which need the machine's time, in one of them.

    `--dist=loadgroup` does not: xdist 3.8 writes the groups where pytest 9.2 no longer reads them.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "faults" if _folder(nodeid) == "faults" else nodeid.split("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    """Schedule the tests of `pytest -n`."""
    return Scheduling(config, log)


@pytest.fixture(autouse=True)
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test reads with Pillow is not bound by the limit that an earlier test had the service keep."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, at BROWSER_PATH: `make test` finds or installs it. One for all: Playwright starts only once."""
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=os.environ["BROWSER_PATH"], args=FLAGS)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with measured pictures and real weights that may lie beside a checkout."""
    if not SHARED.is_dir():
        pytest.skip("needs measured pictures and real weights, which are not part of the project")
    return SHARED


@pytest.fixture(scope="session")
def small_weights(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    """SavedModels of MobileNet's shapes in a cache as TensorFlow Hub arranges it: random projections of 8×8 means.

    Do not change the folder: it serves the whole session.
    """
    cache = tmp_path_factory.mktemp("tfhub")
    handles = "https://hub.test/classifier", "https://hub.test/features"
    folders = [model_dir(handle, cache) for handle in handles]
    for folder, outputs in zip(folders, (1001, 1280), strict=True):
        save_projection(folder, outputs)
    return Weights(handles[:1], handles[1:], cache, *map(model_digest, folders))


def save_projection(folder: Path, outputs: int) -> None:
    """Save a network that takes the means of 8×8 fields of a picture to random sums of them."""
    import tensorflow as tf

    projection = tf.Variable(tf.random.stateless_normal((192, outputs), seed=(1, outputs)))
    module = tf.Module()
    module.projection = projection
    module.__call__ = tf.function(
        lambda batch: tf.reshape(tf.nn.avg_pool2d(batch, 28, 28, "VALID"), (-1, 192)) @ projection,
        input_signature=[tf.TensorSpec((None, 224, 224, 3))],
    )
    tf.saved_model.save(module, str(folder))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI with the measured pictures at hand no test has a reason to be skipped: one that was fails the session."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and os.environ.get("CI") and SHARED.is_dir() and reporter.stats.get("skipped"):
        reporter.write_line("\nA test was skipped, which counts as a failure in CI.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
