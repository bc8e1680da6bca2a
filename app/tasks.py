"""What worker processes do: everything that opens a stranger's picture. Names and digests travel, files stay put."""

from collections.abc import Iterable
from functools import lru_cache

from app import logs, models
from app.clock import Clock
from app.config import Settings
from app.detail import cut
from app.evaluate import evaluate, open_pictures, redraw, stored_files
from app.memory import BYTES_PER_PIXEL
from app.request import Request
from app.store import Store
from app.store.records import FileRecord, PairRecord, ReportRecord
from app.vision.decode import declared_pixels, decode
from app.vision.draw import fit
from app.vision.encode import Encoded, encode
from app.vision.pair import on_white
from app.vision.siamese import eye

PREVIEW_PIXELS = 1_000_000


@lru_cache(maxsize=1)
def opened(settings: Settings) -> Store:
    """The store of these settings, opened once."""
    return Store(settings.data_dir, settings.database)


def warm(settings: Settings) -> None:
    """Load the networks in the background, and log as the server does."""
    logs.configure(settings.log_format)
    configure(settings)
    models.warm_up()
    eye.warm_up()


def configure(settings: Settings) -> None:
    models.configure(settings.classification_handles, settings.feature_handles, settings.tfhub_cache_dir)


def weigh(_clock: Clock, settings: Settings, files: Iterable[FileRecord]) -> int:
    """Bytes that work on these stored pictures will take, by their headers. Here, since those are a stranger's, too."""
    blobs = opened(settings).blobs
    return BYTES_PER_PIXEL * sum(declared_pixels(blobs.get(file.sha256), settings.max_pixels) for file in files)


def check(_clock: Clock, settings: Settings, pair: PairRecord) -> None:
    """Decode both pictures of a stored pair. Raises PictureRejected."""
    open_pictures(stored_files(pair, opened(settings)), settings.max_pixels)


def compare(
    clock: Clock, settings: Settings, pair: PairRecord, request: Request, guest: bool, drawn: bool
) -> ReportRecord:
    """Compare a stored pair and store the report; or answer from what is stored. Raises as evaluate() does."""
    configure(settings)
    return evaluate(pair, request, opened(settings), settings.max_pixels, clock, guest=guest, drawn=drawn)


def pictures(clock: Clock, settings: Settings, report: ReportRecord, pair: PairRecord) -> ReportRecord:
    """Draw what was left out of a report, and store it. Raises as redraw() does."""
    configure(settings)
    return redraw(report, pair, opened(settings), settings.max_pixels, clock)


def preview(_clock: Clock, settings: Settings, file: FileRecord) -> Encoded:
    """A stored picture for a page: upright, on white, no larger than a page needs, without its metadata."""
    picture = decode(opened(settings).blobs.get(file.sha256), settings.max_pixels)
    return encode(fit(on_white(picture.rgb, picture.alpha), PREVIEW_PIXELS))


def squares(_clock: Clock, settings: Settings, picture: str, report: ReportRecord, pair: PairRecord) -> ReportRecord:
    """Cut a picture of a report into squares and store them. Raises as cut() and Store.add_images() do."""
    store = opened(settings)
    return store.add_images(report, cut(picture, report, pair, store, settings.max_pixels))
