import io
import multiprocessing
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from app.evaluation.pipeline import PictureRejected, code_fingerprint, evaluate
from app.evaluation.request import EvaluationRequest, InvalidOptions
from app.execution.deadline import DeadlinePassed, Step, StepTimer
from app.store import Store, Upload
from app.store.records import PairRecord, ReportRecord
from app.vision.networks import efficientnet_lite0, imagenet
from app.vision.networks.weights import Weights
from app.vision.region import Box
from tests.pictures import changed_scene, jpeg, png, scene

QUICK = EvaluationRequest(analyses=("pixel", "regions"))
PIXELS = 1_000_000


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path, f"sqlite:///{tmp_path}/test.sqlite")


@pytest.fixture
def pair(store: Store) -> PairRecord:
    return store.save_pair(Upload("a.png", png(scene())), Upload("b.png", png(changed_scene())), None)


def ask(store: Store, pair: PairRecord, request: EvaluationRequest = QUICK) -> ReportRecord:
    return evaluate(pair, request, store, PIXELS, StepTimer(60))


def test_the_report_is_stored_with_its_pictures(store: Store, pair: PairRecord) -> None:
    report = ask(store, pair)
    assert store.records.report(report.id) == report
    assert report.body["verdict"]["kind"] == "changed"
    assert list(report.body["timings"]) == ["decode", "align", "pixel", "regions", "draw", "total"]
    for image in report.images.values():
        assert store.blobs.get(image.sha256)


def test_a_report_survives_a_restart(store: Store, pair: PairRecord, tmp_path: Path) -> None:
    report = ask(store, pair)
    assert Store(tmp_path, f"sqlite:///{tmp_path}/test.sqlite").records.report(report.id) == report


def test_only_the_metadata_differ(store: Store) -> None:
    data = png(scene())
    text = b"\0\0\0\x0btEXtComment\0abc"
    crc = zlib.crc32(text[4:]).to_bytes(4, "big")
    pair = store.save_pair(Upload("a.png", data), Upload("b.png", data[:33] + text + crc + data[33:]), None)
    body = ask(store, pair).body
    assert body["verdict"]["kind"] == "identical"
    assert any("metadata" in note.lower() for note in body["notes"]), body["notes"]


def test_the_same_picture_turned_by_its_tag(store: Store) -> None:
    lying, file, exif = Image.fromarray(np.rot90(scene())), io.BytesIO(), Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    lying.save(file, "PNG", exif=exif)
    pair = store.save_pair(Upload("a.png", png(scene())), Upload("b.png", file.getvalue()), None)
    body = ask(store, pair).body
    assert body["verdict"]["kind"] == "identical"
    assert any("B is turned by its orientation tag (rotated 90° clockwise)" in note for note in body["notes"])


def test_a_recompressed_picture_is_the_same(store: Store) -> None:
    pair = store.save_pair(Upload("a.png", png(scene())), Upload("b.jpg", jpeg(scene())), None)
    body = ask(store, pair).body
    assert body["verdict"]["kind"] == "same", body["verdict"]


def test_a_broken_picture_is_named(store: Store) -> None:
    pair = store.save_pair(Upload("a.png", png(scene())), Upload("sky.png", png(scene())[:900]), None)
    with pytest.raises(PictureRejected, match=r"^b \(sky\.png\): ") as error:
        ask(store, pair)
    assert error.value.field == "b"


def test_no_work_after_the_deadline(store: Store, pair: PairRecord) -> None:
    with pytest.raises(DeadlinePassed):
        evaluate(pair, QUICK, store, PIXELS, StepTimer(1e-9))


def test_every_step_is_announced_begun_and_done(store: Store, pair: PairRecord) -> None:
    heard: list[Step] = []
    report = evaluate(pair, QUICK, store, PIXELS, StepTimer(60, heard.append))
    names = ["decode", "align", "pixel", "regions", "draw"]
    assert [step.name for step in heard[:5] if step.state == "waiting"] == names
    for name in names:
        of_this = [step for step in heard if step.name == name]
        assert [step.state for step in of_this] == ["waiting", "running", "done"]
        assert of_this[-1].milliseconds == report.body["timings"][name]


def test_who_waits_for_the_networks_is_reported(store: Store, pair: PairRecord, small_weights: Weights) -> None:
    alone, quick = (
        EvaluationRequest(analyses=names, fresh=True) for names in (("pixel", "regions"), ("pixel", "mobilenet"))
    )
    imagenet.configure(small_weights)
    try:
        reported = ["load" in ask(store, pair, request).body["timings"] for request in (alone, quick, quick)]
    finally:
        imagenet.configure(Weights((), (), Path()))
    assert reported == [False, True, False]


def test_a_stored_answer_takes_no_steps(store: Store, pair: PairRecord) -> None:
    ask(store, pair)
    heard: list[Step] = []
    evaluate(pair, QUICK, store, PIXELS, StepTimer(60, heard.append))
    assert heard == []


def test_ignoring_everything_is_refused(store: Store, pair: PairRecord) -> None:
    with pytest.raises(InvalidOptions, match="ignore"):
        ask(store, pair, EvaluationRequest(ignore=(Box(0, 0, 9999, 9999),)))


def test_an_incomplete_answer_is_not_given_again(
    store: Store, pair: PairRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no network here: once its weights come, the same question deserves a fuller answer."""
    monkeypatch.setattr(efficientnet_lite0, "PACKAGE", "no_such_package")
    monkeypatch.setattr(efficientnet_lite0, "_loaded", None)
    incomplete = EvaluationRequest(analyses=("pixel", "mobilenet"))
    assert ask(store, pair, incomplete).id != ask(store, pair, incomplete).id
    assert ask(store, pair).id == ask(store, pair).id


def test_the_answer_of_one_network_is_not_given_for_the_other(
    store: Store, pair: PairRecord, small_weights: Weights
) -> None:
    question = EvaluationRequest(analyses=("mobilenet",))
    first = ask(store, pair, question)
    imagenet.configure(small_weights)
    try:
        second = ask(store, pair, question)
        assert [report.body["network"]["name"] for report in (first, second)] == ["EfficientNet-Lite0", "MobileNet V2"]
        assert first.body["metrics"] != second.body["metrics"]
        assert ask(store, pair, question).id == second.id
    finally:
        imagenet.configure(Weights((), (), Path()))
    assert ask(store, pair, question).id == first.id


def test_two_processes_serve_the_same_data(store: Store, pair: PairRecord, tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        there = pool.apply(elsewhere, (tmp_path, pair))
    assert store.records.report(there) is not None


def elsewhere(folder: Path, pair: PairRecord) -> str:
    """Evaluate in a process of its own."""
    return ask(Store(folder, f"sqlite:///{folder}/test.sqlite"), pair).id


def test_the_program_names_its_very_code() -> None:
    version, digest = code_fingerprint().split("+")
    assert version.count(".") == 2
    assert len(digest) == 12
