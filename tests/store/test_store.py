"""Files and rows together: acknowledged data is never lost, and deleted data leaves nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Thread
from unittest.mock import Mock

import pytest
from pydantic import BaseModel
from sqlalchemy.exc import IntegrityError

from app.store import Store, Upload
from app.store.errors import CorruptBlob, MissingPair, StorageError
from app.store.records import PairRecord, ReportRecord

Run = Callable[..., list[str]]

A, B = Upload("a.png", b"picture a"), Upload("b.png", b"picture b")


class Values(BaseModel):
    """Any model, for the options and the body of a report."""

    value: float = 0.5


class Drawing(BaseModel):
    data: bytes
    media_type: str = "image/png"


def save_report(store: Store, pair: PairRecord, drawing: bytes = b"a map") -> ReportRecord:
    return store.save_report(pair, "key", Values(), Values(value=1), {"map": Drawing(data=drawing)})


def test_a_pair_and_its_report_are_kept(store: Store, tmp_path: Path, url: str) -> None:
    pair = store.save_pair(A, B, "me")
    report = save_report(store, pair)
    again = Store(tmp_path, url)
    assert again.records.pair(pair.id) == pair
    assert (pair.a.name, pair.a.bytes, again.blobs.get(pair.a.sha256)) == (A.name, len(A.data), A.data)
    assert (pair.b.name, pair.b.bytes, again.blobs.get(pair.b.sha256)) == (B.name, len(B.data), B.data)
    assert again.records.report(report.id) == report
    assert (report.pair, report.options, report.body) == (pair.id, {"value": 0.5}, {"value": 1})
    assert again.blobs.get(report.images["map"].sha256) == b"a map"


def test_pictures_are_deleted_with_their_last_reference(store: Store) -> None:
    first, second = store.save_pair(A, B, None), store.save_pair(A, A, None)
    save_report(store, first)
    store.delete_pair(first.id)
    assert list(store.blobs) == [second.a.sha256]
    store.delete_pair(second.id)
    store.delete_pair(second.id)
    assert list(store.blobs) == []


def test_a_preview_is_kept_with_its_pair_and_deleted_with_it(store: Store) -> None:
    first, second = store.save_pair(A, B, None), store.save_pair(A, B, None)
    for pair in (first, second):
        store.save_preview(pair, "a", Drawing(data=b"small"))
    store.save_preview(first, "b", Drawing(data=b"replaced"))
    store.save_preview(first, "b", Drawing(data=b"other"))
    kept = store.records.preview(first.id, "b")
    assert kept
    assert (store.blobs.get(kept.sha256), kept.media_type) == (b"other", "image/png")
    assert store.records.preview(second.id, "b") is None
    assert store.sweep() == 1, "the one that was replaced"
    store.delete_pair(first.id)
    assert store.records.preview(first.id, "a") is None
    assert len(list(store.blobs)) == 3
    store.delete_pair(second.id)
    assert list(store.blobs) == []


def test_a_preview_of_a_deleted_pair_is_refused_and_leaves_no_picture(store: Store) -> None:
    pair = store.save_pair(A, B, None)
    store.delete_pair(pair.id)
    with pytest.raises(MissingPair):
        store.save_preview(pair, "a", Drawing(data=b"small"))
    assert list(store.blobs) == []


def test_a_report_of_a_deleted_pair_is_refused_and_leaves_no_picture(store: Store) -> None:
    pair = store.save_pair(A, B, None)
    store.delete_pair(pair.id)
    with pytest.raises(MissingPair):
        save_report(store, pair)
    assert list(store.blobs) == []


def test_a_rolled_back_picture_is_kept_for_another_pair(store: Store) -> None:
    kept = store.save_pair(A, A, None)
    gone = store.save_pair(B, B, None)
    store.delete_pair(gone.id)
    with pytest.raises(MissingPair):
        save_report(store, gone, drawing=A.data)
    assert list(store.blobs) == [kept.a.sha256]


def test_the_same_key_returns_the_stored_report(store: Store) -> None:
    pair = store.save_pair(A, B, None)
    assert store.find_stored_report(pair, "key") is None
    report = save_report(store, pair)
    assert store.find_stored_report(pair, "another key") is None
    assert store.find_stored_report(pair, "key") == report


def test_a_report_of_another_pair_is_copied_once_and_outlives_it(store: Store) -> None:
    theirs, ours = store.save_pair(A, B, "them"), store.save_pair(A, B, "us")
    report = save_report(store, theirs)
    copy = store.find_stored_report(ours, "key")
    assert copy is not None
    assert (copy.pair, copy.body, copy.images) == (ours.id, report.body, report.images)
    assert copy.id != report.id
    assert store.find_stored_report(ours, "key") == copy
    assert store.find_stored_report(theirs, "key") == report
    store.delete_pair(theirs.id)
    assert store.records.report(copy.id) == copy
    assert store.blobs.get(copy.images["map"].sha256) == b"a map"


def test_a_deleted_pair_has_no_report(store: Store) -> None:
    save_report(store, store.save_pair(A, B, None))
    gone = store.save_pair(A, B, None)
    store.delete_pair(gone.id)
    with pytest.raises(MissingPair):
        store.find_stored_report(gone, "key")


def squares(**drawings: bytes) -> dict[str, Drawing]:
    return {name: Drawing(data=data, media_type="image/jpeg") for name, data in drawings.items()}


def test_a_report_is_given_more_pictures(store: Store, tmp_path: Path, url: str) -> None:
    other = save_report(store, store.save_pair(A, B, None))
    report = save_report(store, store.save_pair(A, B, None))
    more = store.add_images(report, squares(left=b"left", right=b"right"))
    assert set(more.images) == {"map", "left", "right"}
    assert more == replace(report, images=more.images)
    again = Store(tmp_path, url)
    assert again.records.report(report.id) == more
    assert [again.blobs.get(more.images[name].sha256) for name in more.images] == [b"a map", b"left", b"right"]
    assert [more.images[name].media_type for name in more.images] == ["image/png", "image/jpeg", "image/jpeg"]
    assert again.records.report(other.id) == other


def test_adding_no_pictures_changes_nothing(store: Store) -> None:
    report = save_report(store, store.save_pair(A, B, None))
    assert store.add_images(report, {}) == report
    assert store.records.report(report.id) == report


def test_of_two_pictures_of_one_name_the_later_is_kept(store: Store) -> None:
    report = save_report(store, store.save_pair(A, B, None))
    once = store.add_images(report, squares(left=b"left", right=b"right"))
    twice = store.add_images(once, squares(left=b"new", map=b"a map"))
    assert store.records.report(report.id) == twice
    assert store.blobs.get(twice.images["left"].sha256) == b"new"
    assert twice.images["right"] == once.images["right"]
    assert twice.images["map"].media_type == "image/jpeg"
    store.delete_pair(report.pair)
    assert store.sweep() == 1, "what was replaced"
    assert list(store.blobs) == []


def test_the_same_pictures_may_be_added_by_many_at_once(store: Store) -> None:
    report = save_report(store, store.save_pair(A, B, None))
    drawings = squares(**{f"square{number}": b"%d" % number for number in range(20)})
    with ThreadPoolExecutor(6) as pool:
        added = list(pool.map(lambda _: store.add_images(report, drawings), range(6)))
    assert all(one == added[0] for one in added)
    assert store.records.report(report.id) == added[0]


def test_a_deleted_report_gets_no_pictures_and_none_are_left(store: Store) -> None:
    kept = store.save_pair(A, A, None)
    report = save_report(store, store.save_pair(A, B, None))
    store.delete_pair(report.pair)
    with pytest.raises(MissingPair):
        store.add_images(report, squares(left=b"left", right=A.data))
    assert list(store.blobs) == [kept.a.sha256]
    assert store.records.report(report.id) is None


def test_if_one_picture_cannot_be_added_none_are(store: Store) -> None:
    report = store.add_images(save_report(store, store.save_pair(A, B, None)), squares(left=b"left"))
    before = set(store.blobs)
    untyped = Drawing.model_construct(data=b"x", media_type=None)  # type: ignore[arg-type]  # what a row must have
    with pytest.raises(IntegrityError):
        store.add_images(report, squares(left=b"new") | {"right": untyped})
    assert store.records.report(report.id) == report
    assert set(store.blobs) == before


def test_added_pictures_are_deleted_with_the_pair(store: Store) -> None:
    report = save_report(store, store.save_pair(A, B, None))
    store.add_images(report, squares(left=b"left", right=b"right"))
    store.delete_pair(report.pair)
    assert list(store.blobs) == []


def test_a_copied_report_has_the_pictures_added_to_the_original(store: Store) -> None:
    theirs, ours = store.save_pair(A, B, "them"), store.save_pair(A, B, "us")
    report = store.add_images(save_report(store, theirs), squares(left=b"left"))
    copy = store.find_stored_report(ours, "key")
    assert copy is not None
    assert copy.images == report.images
    store.add_images(copy, squares(right=b"right"))
    assert store.records.report(report.id) == report, "what is added to the copy is the copy's"
    store.delete_pair(theirs.id)
    kept = store.records.report(copy.id)
    assert kept is not None
    assert [store.blobs.get(kept.images[name].sha256) for name in ("left", "right")] == [b"left", b"right"]


def test_sweep_removes_only_unreferenced_pictures(store: Store) -> None:
    pair = store.save_pair(A, B, None)
    save_report(store, pair)
    orphan = store.blobs.put(b"its process was killed before the row was written")
    kept = set(store.blobs) - {orphan}
    assert store.sweep() == 1
    assert set(store.blobs) == kept
    assert store.sweep() == 0


def test_a_sweep_keeps_others_waiting_for_stray_pictures_only(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.save_pair(A, B, None)
    stray = store.blobs.put(b"left by a killed process")
    forget = Mock(wraps=store.records.forget_unreferenced)
    monkeypatch.setattr(store.records, "forget_unreferenced", forget)
    assert store.sweep() == 1
    forget.assert_called_once_with({stray})


def test_damage_is_a_storage_error(store: Store, tmp_path: Path) -> None:
    pair = store.save_pair(A, B, None)
    (tmp_path / "blobs" / pair.a.sha256[:2] / pair.a.sha256).write_bytes(b"picture X")
    with pytest.raises(CorruptBlob):
        store.blobs.get(pair.a.sha256)
    assert issubclass(CorruptBlob, StorageError)


def test_check(store: Store, tmp_path: Path) -> None:
    store.check()
    (tmp_path / "database.sqlite").write_bytes(b"overwritten" * 1000)
    with pytest.raises(StorageError):
        Store(tmp_path, f"sqlite:///{tmp_path / 'database.sqlite'}").check()


STORE_AND_DELETE = """
from app.store import Store, Upload

def work():
    store = Store(Path(sys.argv[1]), sys.argv[2])
    a, b = Upload("a", b"a" * 100_000), Upload("b", b"b" * 100_000)
    for _ in range(30):
        pair = store.save_pair(a, b, None)
        assert store.records.pair(pair.id) == pair
        assert store.blobs.get(pair.a.sha256) == a.data
        assert store.blobs.get(pair.b.sha256) == b.data
        store.delete_pair(pair.id)

workers = [context.Process(target=work) for _ in range(3)]
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
print([worker.exitcode for worker in workers])
"""


def test_storing_and_deleting_the_same_pictures_at_once_loses_none(
    store: Store, tmp_path: Path, url: str, run: Run
) -> None:
    assert run(STORE_AND_DELETE, tmp_path, url) == ["[0, 0, 0]"]
    assert list(store.blobs) == []


def test_threads_share_a_store(store: Store) -> None:
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(5):
                pair = store.save_pair(A, B, None)
                report = save_report(store, pair)
                assert store.records.report(report.id) == report
                assert store.blobs.get(report.images["map"].sha256) == b"a map"
                store.delete_pair(pair.id)
        except BaseException as error:
            failures.append(error)

    threads = [Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert list(store.blobs) == []


STORE_UNTIL_KILLED = """
from app.store import Store, Upload

def store_for_ever(begun):
    store = Store(Path(sys.argv[1]), sys.argv[2])
    while True:
        a, b = Upload("a", os.urandom(500_000)), Upload("b", os.urandom(500_000))
        report(store.save_pair(a, b, None).id)
        begun.set()

for milliseconds in range(0, 40, 5):
    begun = context.Event()
    process = context.Process(target=store_for_ever, args=(begun,))
    process.start()
    begun.wait()
    time.sleep(milliseconds / 1000)
    process.kill()
    process.join()
"""


def test_acknowledged_pairs_survive_a_kill(store: Store, tmp_path: Path, url: str, run: Run) -> None:
    identifiers = run(STORE_UNTIL_KILLED, tmp_path, url)
    assert identifiers
    for identifier in identifiers:
        pair = store.records.pair(identifier)
        assert pair is not None
        assert len(store.blobs.get(pair.a.sha256)) == len(store.blobs.get(pair.b.sha256)) == 500_000
    store.check()
