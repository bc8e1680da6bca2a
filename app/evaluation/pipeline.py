"""One evaluation, step by step: load networks, decode, align, run the analyses, draw, decide the verdict, save."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path

from app.evaluation.compare import compare
from app.evaluation.compare_frames import compare_frames
from app.evaluation.findings import build_findings
from app.evaluation.images import all_drawings, draw
from app.evaluation.report import Findings
from app.evaluation.request import EvaluationRequest
from app.execution.deadline import StepTimer
from app.store import Store
from app.store.records import PairRecord, ReportRecord
from app.vision.analyses import ANALYSES, NetworkModule, network_analyses
from app.vision.analysis import Unavailable
from app.vision.decoding.decode import Picture, decode
from app.vision.decoding.errors import PictureError
from app.vision.encode import Encoded
from app.vision.networks import imagenet

VERSION = "0.1.0"

STEP_LABELS = {
    "queue": "Waiting for other comparisons",
    "load": "Loading the networks, once after a start",
    "decode": "Opening the pictures",
    "frames": "Comparing the other frames",
    "align": "Lining them up",
    "draw": "Drawing",
}
"""What the progress checklist shows for the steps that are not analyses."""


def step_label(name: str) -> str:
    """What the progress checklist shows for a step of an evaluation."""
    return ANALYSES[name].STEP_LABEL if name in ANALYSES else STEP_LABELS[name]


class PictureRejected(Exception):
    """One of the two pictures cannot be compared. The message names the field, the file and the reason."""

    def __init__(self, field: str, name: str, reason: PictureError) -> None:
        super().__init__(field, name, reason)  # all arguments, since the exception is pickled between processes
        self.field = field
        self.name = name
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.field} ({self.name}): {self.reason}"


def fingerprint(network: str | None = None) -> str:
    """The program and the ImageNet network as text. A stored report is reused only for the same program and network.

    network: the name of the network that was used; by default of the one that would be used now.
    """
    return f"{code_fingerprint()} {network or imagenet.chosen_name()}"


@cache
def code_fingerprint() -> str:
    """The version, and a digest of the code and the weights in it."""
    digest = sha256()
    folder = Path(__file__).parent.parent
    for file in sorted([*folder.rglob("*.py"), *folder.rglob("*.pb")]):
        digest.update(file.read_bytes())
    return f"{VERSION}+{digest.hexdigest()[:12]}"


def open_pictures(files: Sequence[tuple[str, bytes]], max_pixels: int) -> tuple[Picture, Picture]:
    """Decode A and B, given as (name, bytes), in two threads, as decoders release the interpreter lock; once if equal.

    Raises PictureRejected.
    """

    def open_one(field: str, file: tuple[str, bytes]) -> Picture:
        name, data = file
        try:
            return decode(data, max_pixels)
        except PictureError as reason:
            raise PictureRejected(field, name, reason) from reason

    (_, bytes_a), (_, bytes_b) = files
    if bytes_a == bytes_b:
        picture = open_one("a", files[0])
        return picture, picture
    with ThreadPoolExecutor(2) as pool:
        a, b = pool.map(open_one, "ab", files)
    return a, b


def stored_files(pair: PairRecord, store: Store) -> list[tuple[str, bytes]]:
    """The two files of a stored pair as (name, bytes). Raises StorageError."""
    return [(file.name, store.blobs.get(file.sha256)) for file in (pair.a, pair.b)]


def run_pipeline(
    files: Sequence[tuple[str, bytes]],
    request: EvaluationRequest,
    max_pixels: int,
    clock: StepTimer,
    drawn: bool = True,
) -> tuple[Findings, Mapping[str, Encoded | None]]:
    """Compare A and B, given as (name, bytes). Return the findings, and the report's pictures by name.

    drawn: if false, the pictures are None. Drawing takes a quarter of the time, and programs rarely need pictures.
    Raises PictureRejected, InvalidOptions and DeadlinePassed.
    """
    # Loading takes seconds, so the progress checklist shows it as a step.
    to_load = _networks_to_load(request)
    clock.plan(*(["load"] if to_load else []), "decode", "align", *request.analyses, "draw")
    if to_load:
        with clock.step("load"):
            load_networks(request)
    with clock.step("decode"):
        a, b = open_pictures(files, max_pixels)
    (_, bytes_a), (_, bytes_b) = files
    frames = None
    if not (a.description.is_single and b.description.is_single):  # first, while nothing else needs memory
        with clock.step("frames"):
            frames = compare_frames((bytes_a, bytes_b), (a, b), request, max_pixels, clock)
    comparison = replace(compare(a, b, request, clock), frames=frames)
    with clock.step("draw"):
        images = draw(comparison) if drawn else dict.fromkeys(all_drawings(comparison))
    clock.check()
    clock.milliseconds["total"] = round(clock.elapsed * 1000, 1)
    return build_findings(comparison, bool(request.ignore), bytes_a == bytes_b, clock), images


def load_networks(request: EvaluationRequest) -> None:
    """Load the networks that the requested analyses cannot run without, which takes seconds the first time.

    If weights are missing, the analysis that needs them reports it.
    """
    for analysis in _networks_to_load(request):
        with suppress(Unavailable):
            analysis.load()


def _networks_to_load(request: EvaluationRequest) -> list[NetworkModule]:
    return [analysis for analysis in network_analyses(request.analyses) if analysis.needs_loading()]


def evaluate(
    pair: PairRecord,
    request: EvaluationRequest,
    store: Store,
    max_pixels: int,
    clock: StepTimer,
    sharing: str = "",
    *,
    guest: bool = False,
    drawn: bool = True,
) -> ReportRecord:
    """Compare a stored pair and store the report, or return a stored one with the same options.

    sharing: as in EvaluationRequest.key(). guest: the caller does not own the pair.
    drawn: as in run_pipeline(); redraw() adds the pictures later.
    Raises PictureRejected, InvalidOptions, DeadlinePassed and StorageError.
    """
    key = request.key(pair.a.sha256, pair.b.sha256, fingerprint(), sharing)
    if not request.fresh and (answered := store.find_stored_report(pair, key, guest)):
        return answered
    findings, images = run_pipeline(stored_files(pair, store), request, max_pixels, clock, drawn)
    if findings.network:  # not necessarily the one chosen above: its weights may have been added or removed since
        key = request.key(pair.a.sha256, pair.b.sha256, fingerprint(findings.network.name), sharing)
    return store.save_report(pair, key if findings.complete else "", request, findings, images, guest)


def redraw(report: ReportRecord, pair: PairRecord, store: Store, max_pixels: int, clock: StepTimer) -> ReportRecord:
    """Compare again to draw and store the pictures that a report lacks. Raises as evaluate() does.

    A picture that cannot be drawn this time stays absent.
    """
    # An option may have been removed since the report was stored.
    request = EvaluationRequest.model_validate(
        {k: v for k, v in report.options.items() if k in EvaluationRequest.model_fields}
    )
    _, images = run_pipeline(stored_files(pair, store), request, max_pixels, clock)
    return store.add_images(report, {name: image for name, image in images.items() if name in report.images})
