"""Jobs of the worker processes: all work that opens uploaded pictures. Arguments hold digests of files, not files."""

import logging
import threading
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache

from app import logs
from app.config import Settings
from app.evaluation.pipeline import evaluate, open_pictures, redraw, stored_files
from app.evaluation.request import EvaluationRequest
from app.evaluation.tiles import render_tile_images
from app.execution.deadline import StepTimer
from app.execution.memory import BYTES_PER_PIXEL
from app.store import Store
from app.store.errors import StorageError
from app.store.records import FileRecord, PairRecord, ReportRecord
from app.vision.analyses import ANALYSES, network_analyses
from app.vision.analysis import Unavailable
from app.vision.decoding.decode import declared_pixels, decode
from app.vision.encode import Encoded, encode
from app.vision.networks import change_detector, imagenet
from app.vision.pair import on_white
from app.vision.resize import shrink_to

log = logging.getLogger(__name__)

PREVIEW_PIXELS = 1_000_000


@lru_cache(maxsize=1)
def open_store(settings: Settings) -> Store:
    """The store of these settings, opened once."""
    return Store(settings.data_dir, settings.database, settings.max_storage, settings.sweep_when_full)


def prepare_worker(settings: Settings) -> None:
    """Configure logging as in the server, and load the networks in a thread so that the first comparison is fast."""
    logs.configure(settings.log_format)
    imagenet.configure(settings.weights)
    if damaged := settings.weights.damaged:
        log.warning("Damaged MobileNet weights are not used: %s.", ", ".join(damaged))
    if settings.preload_networks:
        # Not a daemon thread: an exiting process must wait for it, since TensorFlow aborts if Python shuts down
        # meanwhile.
        threading.Thread(target=_load_networks, name="warm-up").start()


def _load_networks() -> None:
    """Load every network that a comparison may need, the ImageNet network first, since it has its own progress step.

    Without weights TensorFlow is loaded only on demand: it takes seconds and half a gigabyte.
    """
    try:
        network = imagenet.network()
        log.info("%s runs on %s.", network.info.name, network.device)
        for analysis in network_analyses(ANALYSES):
            analysis.load()
    except Unavailable as reason:
        log.warning("%s", reason)
    else:
        change_detector.change_network()


def estimate_memory(_clock: StepTimer, settings: Settings, files: Iterable[FileRecord]) -> int:
    """Bytes that a comparison of these stored pictures needs, by their headers, which are untrusted input as well."""
    blobs = open_store(settings).blobs
    return BYTES_PER_PIXEL * sum(declared_pixels(blobs.get(file.sha256), settings.max_pixels) for file in files)


def check(_clock: StepTimer, settings: Settings, pair: PairRecord) -> None:
    """Decode both pictures of a stored pair. Raises PictureRejected."""
    open_pictures(stored_files(pair, open_store(settings)), settings.max_pixels)


def evaluate_pair(
    clock: StepTimer,
    settings: Settings,
    pair: PairRecord,
    request: EvaluationRequest,
    sharing: str,
    guest: bool,
    drawn: bool,
) -> ReportRecord:
    """Compare a stored pair and store the report, or return a stored report. Raises as evaluate() does."""
    imagenet.configure(settings.weights)
    store = open_store(settings)
    return evaluate(pair, request, store, settings.max_pixels, clock, sharing, guest=guest, drawn=drawn)


def draw_missing(clock: StepTimer, settings: Settings, report: ReportRecord, pair: PairRecord) -> ReportRecord:
    """Draw and store the pictures that a report does not have yet. Raises as redraw() does."""
    imagenet.configure(settings.weights)
    return redraw(report, pair, open_store(settings), settings.max_pixels, clock)


def preview(_clock: StepTimer, settings: Settings, pair: PairRecord, side: str) -> Encoded:
    """A or B for a page: upright, on white, at most PREVIEW_PIXELS, without metadata. Stored unless the disk is full.

    Raises MissingPair if the pair was deleted meanwhile.
    """
    store, file = open_store(settings), pair.a if side == "a" else pair.b
    picture = decode(store.blobs.get(file.sha256), settings.max_pixels)
    encoded = encode(shrink_to(on_white(picture.rgb, picture.alpha), PREVIEW_PIXELS))
    with suppress(StorageError):
        store.save_preview(pair, side, encoded)
    return encoded


def render_tiles(
    _clock: StepTimer, settings: Settings, picture: str, report: ReportRecord, pair: PairRecord
) -> ReportRecord:
    """Render the tiles of a picture of a report and store them. Raises as render_tile_images() and add_images() do."""
    store = open_store(settings)
    return store.add_images(report, render_tile_images(picture, report, pair, store, settings.max_pixels))
