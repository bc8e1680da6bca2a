"""What the routes need beside the request: made once by create_app, found through the current app."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import partial
from typing import cast

from flask import current_app

from app import jobs as tasks
from app.config import Settings
from app.evaluation.pipeline import fingerprint
from app.evaluation.request import EvaluationRequest
from app.evaluation.tiles import requested_tile
from app.execution.admission import AdmissionQueue
from app.execution.deadline import Step, StepTimer, ignore_step
from app.execution.process_pool import ProcessPool
from app.execution.single_flight import SingleFlight
from app.store import Store
from app.store.errors import MissingPair
from app.store.records import NOT_DRAWN, FileRecord, ImageRecord, PairRecord, ReportRecord
from app.vision.encode import Encoded
from app.web.client import departure
from app.web.metrics import Metrics
from app.web.uploads import ReceivedFile


class _Place(ExitStack):
    """What somebody who computes holds."""

    taken = False


_kept: ContextVar[_Place | None] = ContextVar("kept", default=None)


@dataclass(frozen=True)
class Service:
    """The service's parts."""

    settings: Settings
    store: Store
    gate: AdmissionQueue
    workers: ProcessPool
    memory: AdmissionQueue
    metrics: Metrics
    upload_slots: AdmissionQueue = field(default_factory=partial(AdmissionQueue, running=2, waiting=16))
    drawing: AdmissionQueue = field(
        default_factory=partial(AdmissionQueue, running=1, waiting=48)
    )  # of browsers, each with six requests
    in_flight: SingleFlight[ReportRecord] = field(default_factory=partial(SingleFlight, waiting=24))

    def store_pair(self, a: ReceivedFile, b: ReceivedFile, owner: str | None) -> PairRecord:
        """Store a pair. Both are decoded once, so that a broken picture is refused when it is sent, not later."""
        self.gate.check()  # who is turned away costs the disk nothing
        with self._keeping(a, b, owner) as pair, self.place(pair.a, pair.b) as clock:
            self.workers.run(clock, tasks.check, self.settings, pair)
        return pair

    def evaluate(
        self,
        pair: PairRecord,
        asked: EvaluationRequest,
        tell: Callable[[Step], None] = ignore_step,
        *,
        guest: bool = False,
        drawn: bool = True,
    ) -> ReportRecord:
        """Evaluate a stored pair as soon as there is a place; `tell` hears of each step.

        guest: it is another's pair. drawn: with all pictures, else they wait until somebody asks for one.
        What is asked several times at once is answered once, for all, unless it is to be a fresh answer.
        """
        clock = self._clock(tell)

        def compute() -> ReportRecord:
            with self._place(clock, pair.a, pair.b):
                report = self.workers.run(clock, tasks.compare, self.settings, pair, asked, guest, drawn)
            self.metrics.evaluated(report, clock)
            return report

        if asked.fresh:
            return compute()
        key = asked.key(pair.a.sha256, pair.b.sha256, fingerprint())
        report = self.store.answer(pair, key, guest) or self.in_flight.run(key, clock, compute)
        if report.pair == pair.id and (guest or not report.guest):
            return report
        return self.store.answer(pair, key, guest) or compute()  # asked by another meanwhile: a report of one's own

    def store_and_evaluate(
        self, a: ReceivedFile, b: ReceivedFile, asked: EvaluationRequest, owner: str | None, *, drawn: bool = True
    ) -> tuple[PairRecord, ReportRecord]:
        """Store a pair and evaluate it. drawn: as in evaluate()."""
        if self.gate.full and not self._answered(a, b, asked):
            self.gate.check()
        with self._keeping(a, b, owner) as pair:
            return pair, self.evaluate(pair, asked, drawn=drawn)

    def _answered(self, a: ReceivedFile, b: ReceivedFile, asked: EvaluationRequest) -> bool:
        """Whether the answer is stored already, so that it takes no place."""
        key = asked.key(a.digest(), b.digest(), fingerprint())
        return not asked.fresh and self.store.records.find_report(key, "") is not None

    @contextmanager
    def _keeping(self, a: ReceivedFile, b: ReceivedFile, owner: str | None) -> Iterator[PairRecord]:
        """Store a pair for what is done with it, and for good if that succeeds: else nobody learns its id.

        Two pairs at once are in memory for that; who waits for a place to be compared waits without his.
        """
        with self.upload_slots.admit(self._clock()):
            pair = self.store.save_pair(a.read(), b.read(), owner)
        try:
            yield pair
        except BaseException:
            self.store.delete_pair(pair.id)
            raise

    def preview(self, file: FileRecord) -> Encoded:
        """A stored picture for a page: upright, on white, no larger than a page needs, without its metadata."""
        with self.place(file) as clock:
            return self.workers.run(clock, tasks.preview, self.settings, file)

    def cut(self, report: ReportRecord, pair: PairRecord, name: str) -> ImageRecord | None:
        """A square of a large picture by its name, cut now if it is the first that is asked for; None if there is none.

        One report after the other: a browser asks for several squares at once, and each needs the whole pair. Who waits
        for the first of them holds no place, so that comparisons go on. Few may wait, and none past the deadline: each
        keeps a thread from all else.
        """
        size = report.body["a"]
        picture = requested_tile(name, report.images, size["width"], size["height"])
        if picture is None:
            return None
        clock = self._clock()
        with self.drawing.admit(clock):
            current = self.store.records.report(report.id)
            if current and f"detail-{picture}-0-0" not in current.images:
                with self._place(clock, pair.a, pair.b):
                    current = self.workers.run(clock, tasks.render_tiles, self.settings, picture, current, pair)
        return current.images.get(name) if current else None

    def draw(self, report: ReportRecord, pair: PairRecord) -> ReportRecord:
        """The report with its pictures: those that nobody has asked for yet are drawn now, one report at a time.

        Without those that could not be drawn. Raises MissingPair where it was deleted meanwhile.
        """
        if report.drawn:
            return report
        clock = self._clock()
        with self.drawing.admit(clock):
            current = self.store.records.report(report.id)
            if current is None:
                raise MissingPair(report.id)
            if not current.drawn:
                with self._place(clock, pair.a, pair.b):
                    current = self.workers.run(clock, tasks.pictures, self.settings, current, pair)
        return replace(current, images={name: i for name, i in current.images.items() if i != NOT_DRAWN})

    def picture_of(self, report: ReportRecord) -> Callable[[str], Encoded]:
        """Reads a report's pictures by name; all of them are there."""

        def picture(name: str) -> Encoded:
            image = report.images[name]
            return Encoded(self.store.blobs.get(image.sha256), image.media_type)

        return picture

    @contextmanager
    def place(self, *files: FileRecord) -> Iterator[StepTimer]:
        """A place and memory among those who compute with these files, and a clock that runs from asking for them."""
        clock = self._clock()
        with self._place(clock, *files):
            yield clock

    @contextmanager
    def hold_slot(self) -> Iterator[None]:
        """Inside, the first place is kept to the end and serves for all: no comparison is refused its drawing.

        It is not taken at the beginning: who held one while waiting for another's equal question could be what that
        one waits for.
        """
        with _Place() as place:
            token = _kept.set(place)
            try:
                yield
            finally:
                _kept.reset(token)

    def _clock(self, tell: Callable[[Step], None] = ignore_step) -> StepTimer:
        return StepTimer(self.settings.deadline, tell, gone=departure())

    @contextmanager
    def _place(self, clock: StepTimer, *files: FileRecord) -> Iterator[None]:
        """First a process, which reads how large the pictures are, then memory for them; where there are any."""
        kept = _kept.get()
        if kept and kept.taken:
            yield
            return
        with _Place() as own:
            place = kept or own
            place.enter_context(self.gate.admit(clock))
            weight = self.workers.run(clock, tasks.estimate_memory, self.settings, files) if files else 0
            place.enter_context(self.memory.admit(clock, weight))
            place.taken = True
            yield


def service() -> Service:
    """The service of the current app."""
    return cast(Service, current_app.extensions["image_diff"])
