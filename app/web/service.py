"""The Service: store, queues and worker processes of one application, created by create_app."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar, cast

from flask import current_app, has_request_context, request

from app import jobs
from app.config import Settings
from app.evaluation.pipeline import fingerprint
from app.evaluation.request import EvaluationRequest
from app.evaluation.tiles import requested_tile
from app.execution.admission import AdmissionQueue
from app.execution.deadline import Step, StepTimer, ignore_step, never
from app.execution.process_pool import ProcessPool
from app.execution.single_flight import SingleFlight
from app.store import Store
from app.store.errors import MissingPair
from app.store.records import NOT_DRAWN, FileRecord, ImageRecord, PairRecord, ReportRecord
from app.vision.encode import Encoded
from app.web.limits import RateLimit
from app.web.metrics import Metrics
from app.web.uploads import ReceivedFile

T = TypeVar("T")

PIXELS_PER_SECOND = 5_000_000  # of both pictures, aligned, compared and drawn


class _Slot(ExitStack):
    """A position in the queue and the memory that one computation holds."""

    taken = False


_held_slot: ContextVar[_Slot | None] = ContextVar("held_slot", default=None)


@dataclass(frozen=True)
class Service:
    """The parts of one application, and the operations that the routes call."""

    settings: Settings
    store: Store
    comparison_queue: AdmissionQueue
    drawing_queue: AdmissionQueue
    memory_queue: AdmissionQueue
    workers: ProcessPool
    metrics: Metrics
    rate_limit: RateLimit
    upload_slots: AdmissionQueue = field(default_factory=partial(AdmissionQueue, running=2, waiting=16))
    in_flight: SingleFlight[ReportRecord] = field(default_factory=partial(SingleFlight, waiting=24))
    page_slots: AdmissionQueue = field(default_factory=partial(AdmissionQueue, running=2, waiting=64))
    # Eight browsers with six connections each.
    drawings: SingleFlight[Any] = field(default_factory=partial(SingleFlight, waiting=48))

    def store_pair(self, a: ReceivedFile, b: ReceivedFile, owner: str | None) -> PairRecord:
        """Store a pair. Both pictures are decoded once, so that a broken one is refused on upload, not later."""
        self.comparison_queue.check()  # refuse before anything is written to the disk
        clock = self._clock()
        with self._saved_pair(a, b, owner) as pair, self._take_slot(clock, pair.a, pair.b):
            self.workers.run(clock, jobs.check, self.settings, pair)
        return pair

    def evaluate(
        self,
        pair: PairRecord,
        options: EvaluationRequest,
        on_step: Callable[[Step], None] = ignore_step,
        *,
        guest: bool = False,
        drawn: bool = True,
    ) -> ReportRecord:
        """Evaluate a stored pair as soon as a slot is free; `on_step` is called for each step.

        guest: the caller does not own the pair. drawn: draw all pictures now, else when one is first requested.
        Equal requests at the same time share one computation, unless they ask for a fresh report.
        """
        clock = self._clock(on_step)
        sharing = self._sharing(pair.owner, pair.id, guest)

        def compute() -> ReportRecord:
            """Evaluate in a slot, and count it."""
            with self._take_slot(clock, pair.a, pair.b):
                report = self.workers.run(
                    clock, jobs.evaluate_pair, self.settings, pair, options, sharing, guest, drawn
                )
            self.metrics.evaluated(report, clock)
            return report

        if options.fresh:
            return compute()
        key = options.key(pair.a.sha256, pair.b.sha256, fingerprint(), sharing)
        report = self.store.find_stored_report(pair, key, guest) or self.in_flight.run(key, clock, compute)
        if report.pair == pair.id and (guest or not report.guest):
            return report
        # The shared report belongs to another pair or owner.
        return self.store.find_stored_report(pair, key, guest) or compute()

    def store_and_evaluate(
        self, a: ReceivedFile, b: ReceivedFile, options: EvaluationRequest, owner: str | None, *, drawn: bool = True
    ) -> tuple[PairRecord, ReportRecord]:
        """Store a pair and evaluate it. drawn: as in evaluate()."""
        if self.comparison_queue.full and not self._is_answered(a, b, options, owner):
            self.comparison_queue.check()
        with self._saved_pair(a, b, owner) as pair:
            return pair, self.evaluate(pair, options, drawn=drawn)

    def _sharing(self, owner: str | None, pair: str, guest: bool = False) -> str:
        """What requests must have in common to share a report, which would else tell what somebody else compared."""
        return "" if self.settings.share_reports else pair if guest or owner is None else owner

    def _is_answered(self, a: ReceivedFile, b: ReceivedFile, options: EvaluationRequest, owner: str | None) -> bool:
        """Whether the report of a new pair is stored already, so that it needs no slot."""
        key = options.key(a.digest(), b.digest(), fingerprint(), self._sharing(owner, pair="new"))
        return not options.fresh and self.store.records.find_report(key, "") is not None

    @contextmanager
    def _saved_pair(self, a: ReceivedFile, b: ReceivedFile, owner: str | None) -> Iterator[PairRecord]:
        """Store a pair, and delete it if the body fails: the client would never learn its id.

        At most two pairs are in memory at once, only while they are written, not while they wait for a slot.
        """
        with self.upload_slots.admit(self._clock()):
            pair = self.store.save_pair(a.read(), b.read(), owner)
        try:
            yield pair
        except BaseException:
            self.store.delete_pair(pair.id)
            raise

    def preview(self, pair: PairRecord, side: str) -> Encoded:
        """A or B of a stored pair for a page: upright, on white, no larger than a page needs, without its metadata.

        It is drawn at the first request and stored with the pair.
        """
        clock, file = self._clock(), pair.a if side == "a" else pair.b

        def find() -> Encoded | None:
            image = self.store.records.preview(pair.id, side)
            return self._encoded(image) if image else None

        def draw() -> Encoded:
            return self.workers.run(clock, jobs.preview, self.settings, pair, side)

        return find() or self._draw_once((pair.id, side), clock, find, draw, file)

    def tile(self, report: ReportRecord, pair: PairRecord, name: str) -> ImageRecord | None:
        """The tile of a large picture with this name, or None. The first request renders all tiles of the picture.

        Raises MissingPair if the pair was deleted meanwhile.
        """
        size = report.body["a"]
        picture = requested_tile(name, report.images, size["width"], size["height"])
        if picture is None:
            return None
        clock = self._clock()

        def find() -> ReportRecord | None:
            current = self._current(report)
            return current if f"detail-{picture}-0-0" in current.images else None

        def draw() -> ReportRecord:
            return self.workers.run(clock, jobs.render_tiles, self.settings, picture, report, pair)

        key = (report.id, picture == "difference")  # the tiles of A and B are rendered together
        return self._draw_once(key, clock, find, draw, pair.a, pair.b, seconds=_seconds(report)).images.get(name)

    def draw(self, report: ReportRecord, pair: PairRecord) -> ReportRecord:
        """The report with all its pictures; missing ones are drawn now.

        Pictures that could not be drawn are left out. Raises MissingPair if the pair was deleted meanwhile.
        """
        if report.drawn:
            return report
        clock = self._clock()

        def find() -> ReportRecord | None:
            current = self._current(report)
            return current if current.drawn else None

        def draw() -> ReportRecord:
            return self.workers.run(clock, jobs.draw_missing, self.settings, report, pair)

        drawn = self._draw_once(report.id, clock, find, draw, pair.a, pair.b, seconds=_seconds(report))
        return replace(drawn, images={name: i for name, i in drawn.images.items() if i != NOT_DRAWN})

    def _draw_once(
        self,
        key: Hashable,
        clock: StepTimer,
        find: Callable[[], T | None],
        draw: Callable[[], T],
        *files: FileRecord,
        seconds: float = 0,
    ) -> T:
        """What is stored by now, or else what is drawn in a slot. Requests for the same at the same time draw it once.

        Those that wait for another one's drawing hold no slot. Their number and time are limited, because each blocks
        a thread. seconds: as in drawing_slot().
        """

        def work() -> T:
            if (found := find()) is not None:
                return found
            with self.drawing_slot(*files, seconds=seconds, clock=clock):
                return draw()

        return cast(T, self.drawings.run(key, clock, work))

    def _current(self, report: ReportRecord) -> ReportRecord:
        """The report as it is stored now. Raises MissingPair if it was deleted."""
        if current := self.store.records.report(report.id):
            return current
        raise MissingPair(report.id)

    def _encoded(self, image: ImageRecord) -> Encoded:
        return Encoded(self.store.blobs.get(image.sha256), image.media_type)

    def picture_reader(self, report: ReportRecord) -> Callable[[str], Encoded]:
        """A function that reads a drawn report's pictures by name."""

        return lambda name: self._encoded(report.images[name])

    @contextmanager
    def drawing_slot(self, *files: FileRecord, seconds: float = 0, clock: StepTimer | None = None) -> Iterator[None]:
        """Hold a slot for a request that draws, which counts towards the rate limit.

        Such requests wait in a queue of their own, short ones first, and then with the comparisons, no more of them
        than there are slots.
        files: as in _take_slot(). seconds: that the work will take, roughly.
        """
        clock = clock or self._clock()
        self.rate_limit.count()
        with ExitStack() as place:
            if not _holds_slot():
                place.enter_context(self.drawing_queue.admit(clock, delay=seconds))
            place.enter_context(self._take_slot(clock, *files))
            yield

    @contextmanager
    def hold_slot(self) -> Iterator[None]:
        """Keep the first slot that the body takes until its end, so that a finished comparison can also be drawn.

        The slot is not taken at the start: a request that held one while it waited for an equal request could block
        that request.
        """
        with _Slot() as slot:
            token = _held_slot.set(slot)
            try:
                yield
            finally:
                _held_slot.reset(token)

    def _clock(self, on_step: Callable[[Step], None] = ignore_step) -> StepTimer:
        return StepTimer(self.settings.deadline, on_step, cancelled=_disconnected())

    @contextmanager
    def _take_slot(self, clock: StepTimer, *files: FileRecord) -> Iterator[None]:
        """Wait for a slot, estimate the memory that the files need, and wait for that memory."""
        if _holds_slot():
            yield
            return
        with _Slot() as own:
            slot = _held_slot.get() or own
            slot.enter_context(self.comparison_queue.admit(clock))
            weight = self.workers.run(clock, jobs.estimate_memory, self.settings, files) if files else 0
            slot.enter_context(self.memory_queue.admit(clock, weight))
            slot.taken = True
            yield


def _holds_slot() -> bool:
    slot = _held_slot.get()
    return slot is not None and slot.taken


def _seconds(report: ReportRecord) -> float:
    """How long it takes to draw a report, roughly."""
    pixels = sum(report.body[side]["width"] * report.body[side]["height"] for side in "ab")
    return float(pixels / PIXELS_PER_SECOND)


def service() -> Service:
    """The service of the current app."""
    return cast(Service, current_app.extensions["image_diff"])


def _disconnected() -> Callable[[], bool]:
    """A function that says, in any thread, whether this request's client has closed its connection.

    Only waitress reports it. A client that closes just its sending side counts as gone, as it does for proxies.
    """
    gone = request.environ.get("waitress.client_disconnected") if has_request_context() else None
    return cast(Callable[[], bool], gone or never)
