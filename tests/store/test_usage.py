"""What is stored is counted, and limited by MAX_STORAGE."""

import json
from pathlib import Path

import pytest
from pydantic import BaseModel
from sqlalchemy import text

from app.store import Store, Upload
from app.store.errors import StorageLimitReached
from app.store.records import ReportRecord
from app.store.usage import KEY_OWNER, ROWS
from tests.store.test_store import A, B, Drawing, Values, save_report, squares


class Text(BaseModel):
    text: str


def pictures_on_disk(store: Store) -> int:
    return sum(store.blobs.size(digest) for digest in store.blobs)


def test_the_stored_bytes_are_those_on_the_disk(store: Store) -> None:
    """Each picture counts once, whoever stores it, as long as it is on the disk."""
    empty = store.records.usage.stored_bytes()

    def counted() -> int:
        """Without what the rows take, whole pages of the database."""
        return (store.records.usage.stored_bytes() - empty) % 4096

    first, second = store.save_pair(A, B, "them"), store.save_pair(A, B, "us")
    report = save_report(store, first)
    assert counted() == pictures_on_disk(store) == len(A.data) + len(B.data) + len(b"a map")
    store.add_images(report, squares(left=b"left", map=b"another map"))
    assert counted() == pictures_on_disk(store), "with the replaced one"
    assert store.sweep() == 1
    assert counted() == pictures_on_disk(store)
    store.delete_pair(first.id)
    assert counted() == pictures_on_disk(store) == len(A.data) + len(B.data)
    store.delete_pair(second.id)
    assert counted() == 0


PAIR = ROWS + len(A.data) + len(B.data)  # bytes that count


def body_bytes(report: ReportRecord) -> int:
    return ROWS + len(json.dumps(report.body))


def test_a_pair_counts_all_that_is_stored_for_it(store: Store) -> None:
    """Also what is stored already: else the space that is left would tell what somebody else has stored."""
    counted = store.records.usage.counted_bytes
    first = store.save_pair(A, B, "them")
    report = save_report(store, first)
    store.add_images(report, squares(left=b"left"))
    store.save_preview(first, "a", Drawing(data=b"small"))
    whole = PAIR + body_bytes(report) + len(b"a mapleftsmall")
    assert counted() == whole
    second = store.save_pair(A, B, "us")
    assert counted() == whole + PAIR
    store.find_stored_report(second, "key")
    assert counted() == 2 * whole - len(b"small"), "with the pictures of the copied report"
    store.delete_pair(first.id)
    assert counted() == whole - len(b"small")


def test_pairs_from_before_they_were_counted_are_measured(store: Store, tmp_path: Path, url: str) -> None:
    pair = store.save_pair(A, B, None)
    save_report(store, pair)
    store.save_preview(pair, "a", Drawing(data=b"small"))
    counted = store.records.usage.counted_bytes()
    with store.records._engine.begin() as connection:
        connection.execute(text("UPDATE pairs SET bytes = 0"))
    assert Store(tmp_path, url).records.usage.counted_bytes() == counted


def test_what_would_exceed_the_limit_is_refused_and_leaves_nothing(tmp_path: Path, url: str) -> None:
    limited = Store(tmp_path, url, PAIR + 9000)
    pair = limited.save_pair(A, B, None)
    with pytest.raises(StorageLimitReached, match="MAX_STORAGE"):
        limited.save_pair(Upload("a", bytes(9000)), B, None)
    with pytest.raises(StorageLimitReached):
        save_report(limited, pair, drawing=bytes(9000))
    with pytest.raises(StorageLimitReached):
        limited.save_report(pair, "key", Values(), Text(text="x" * 9000), {})
    assert set(limited.blobs) == {pair.a.sha256, pair.b.sha256}


@pytest.mark.parametrize("sweep_when_full", [False, True])
def test_a_copy_of_a_report_counts_as_a_report(tmp_path: Path, url: str, sweep_when_full: bool) -> None:
    limited = Store(tmp_path, url, 2 * PAIR + 6000, sweep_when_full)
    first, second = limited.save_pair(A, B, None), limited.save_pair(A, B, None)
    save_report(limited, first)
    with pytest.raises(StorageLimitReached):  # and the two pairs are not deleted for it
        limited.find_stored_report(second, "key")
    assert limited.find_stored_report(first, "key")
    assert limited.records.pair(second.id)


def test_the_oldest_anonymous_pairs_make_space(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.store.MAX_SWEPT", 2)
    limited = Store(tmp_path, url, 4 * PAIR, sweep_when_full=True)
    owners = f"{KEY_OWNER}1", None, "browser", None
    pairs = [limited.save_pair(A, B, owner).id for owner in owners]

    def left() -> list[bool]:
        return [limited.records.pair(pair) is not None for pair in pairs]

    with pytest.raises(StorageLimitReached):  # all that may be deleted would not suffice
        limited.save_pair(Upload("a", bytes(3 * PAIR)), B, None)
    assert left() == [True] * 4
    with pytest.raises(StorageLimitReached):  # they would suffice, in more than one request
        limited.save_pair(Upload("a", bytes(2 * PAIR)), B, None)
    assert left() == [True, False, False, True]
    limited.save_pair(Upload("a", bytes(2 * PAIR)), B, None)
    assert left() == [True, False, False, False]


def test_a_pair_that_can_never_fit_makes_no_space(tmp_path: Path, url: str) -> None:
    limited = Store(tmp_path, url, PAIR, sweep_when_full=True)
    kept = limited.save_pair(A, B, None)
    with pytest.raises(StorageLimitReached):
        limited.save_pair(Upload("a", bytes(10_000_000)), B, None)
    assert limited.records.pair(kept.id) == kept
