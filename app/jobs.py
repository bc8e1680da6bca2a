"""What worker processes do: everything that opens a stranger's picture. Names and digests travel, files stay put."""

import logging
import threading
from collections.abc import Iterable
from functools import lru_cache

from app import logs
from app.config import Settings
from app.evaluation.pipeline import evaluate, open_pictures, redraw, stored_files
from app.evaluation.request import EvaluationRequest
from app.evaluation.tiles import render_tile_images
from app.execution.deadline import StepTimer
from app.execution.memory import BYTES_PER_PIXEL
from app.store import Store
from app.store.records import FileRecord, PairRecord, ReportRecord
from app.vision.analyses import lpips
from app.vision.analysis import Unavailable
from app.vision.decoding.decode import declared_pixels, decode
from app.vision.drawing.outlines import shrink_to
from app.vision.encode import Encoded, encode
from app.vision.networks import change_detector as eye
from app.vision.networks import imagenet
from app.vision.pair import on_white

log = logging.getLogger(__name__)

PREVIEW_PIXELS = 1_000_000


@lru_cache(maxsize=1)
def open_store(settings: Settings) -> Store:
    """The store of these settings, opened once."""
    return Store(settings.data_dir, settings.database)


def load_networks_in_background(settings: Settings) -> None:
    """Load the networks in the background, so that the first comparison need not wait; and log as the server does."""
    logs.configure(settings.log_format)
    imagenet.configure(settings.weights)
    if damaged := settings.weights.damaged:
        log.warning("Damaged MobileNet weights are not used: %s.", ", ".join(damaged))
    # No daemon: a process that ends meanwhile waits for it, as TensorFlow aborts when Python goes away under it.
    threading.Thread(target=_load_networks, name="warm-up").start()


def _load_networks() -> None:
    """All that a comparison may need, those first that it waits for by name.

    Without any weights, TensorFlow is not loaded before somebody needs it: it takes seconds and half a gigabyte.
    """
    try:
        network = imagenet.network()
        log.info("%s runs on %s.", network.info.name, network.device)
        lpips.load()
    except Unavailable as reason:
        log.warning("%s", reason)
    else:
        eye.change_network()


def estimate_memory(_clock: StepTimer, settings: Settings, files: Iterable[FileRecord]) -> int:
    """Bytes that work on these stored pictures will take, by their headers. Here, since those are a stranger's, too."""
    blobs = open_store(settings).blobs
    return BYTES_PER_PIXEL * sum(declared_pixels(blobs.get(file.sha256), settings.max_pixels) for file in files)


def check(_clock: StepTimer, settings: Settings, pair: PairRecord) -> None:
    """Decode both pictures of a stored pair. Raises PictureRejected."""
    open_pictures(stored_files(pair, open_store(settings)), settings.max_pixels)


def compare(
    clock: StepTimer, settings: Settings, pair: PairRecord, request: EvaluationRequest, guest: bool, drawn: bool
) -> ReportRecord:
    """Compare a stored pair and store the report; or answer from what is stored. Raises as evaluate() does."""
    imagenet.configure(settings.weights)
    return evaluate(pair, request, open_store(settings), settings.max_pixels, clock, guest=guest, drawn=drawn)


def pictures(clock: StepTimer, settings: Settings, report: ReportRecord, pair: PairRecord) -> ReportRecord:
    """Draw what was left out of a report, and store it. Raises as redraw() does."""
    imagenet.configure(settings.weights)
    return redraw(report, pair, open_store(settings), settings.max_pixels, clock)


def preview(_clock: StepTimer, settings: Settings, file: FileRecord) -> Encoded:
    """A stored picture for a page: upright, on white, no larger than a page needs, without its metadata."""
    picture = decode(open_store(settings).blobs.get(file.sha256), settings.max_pixels)
    return encode(shrink_to(on_white(picture.rgb, picture.alpha), PREVIEW_PIXELS))


def render_tiles(
    _clock: StepTimer, settings: Settings, picture: str, report: ReportRecord, pair: PairRecord
) -> ReportRecord:
    """Cut a picture of a report into squares and store them. Raises as cut() and Store.add_images() do."""
    store = open_store(settings)
    return store.add_images(report, render_tile_images(picture, report, pair, store, settings.max_pixels))
