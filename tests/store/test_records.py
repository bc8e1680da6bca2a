"""Writing, reading, searching and deleting of rows."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from app.store import name_search
from app.store.blob_rows import CHUNK
from app.store.errors import MissingPair, StorageError
from app.store.records import FileRecord, ImageRecord, PairRecord, Records, ReportRecord, ReportSummary, new_id

NOW = datetime(2024, 2, 29, 12, 30, 15, 123456, UTC)
ODD_NAMES = [
    "",
    "n" * 4096,
    "a\0b.png",
    "../../etc/passwd",
    "C:\\x",
    "\u202egnp.exe",
    "\ud800",
    "'; DROP TABLE pairs --",
    "🙂",
]
BODY: dict[str, Any] = {"x": [1, None, 0.1, "é"], "verdict": {"kind": "same"}}


def digest(character: str) -> str:
    return character * 64


def a_pair(a: str = "a", b: str = "b", owner: str | None = None, age: int = 0) -> PairRecord:
    """A pair of pictures with these digests; age in seconds."""
    files = (FileRecord(f"{side}.png", digest(side), 7) for side in (a, b))
    return PairRecord(new_id(), NOW - timedelta(seconds=age), owner, *files)


def a_report(pair: PairRecord, key: str = "key", age: int = 0, image: str = "c") -> ReportRecord:
    images = {"map": ImageRecord(digest(image), "image/png"), "other": ImageRecord(digest("d"), "image/jpeg")}
    created = NOW - timedelta(seconds=age)
    return ReportRecord(new_id(), pair.id, created, key, {"threshold": 0.1}, BODY.copy(), images)


def summary(report: ReportRecord) -> ReportSummary:
    return ReportSummary(report.id, report.created, BODY["verdict"])


def stored(records: Records, pair: PairRecord, *reports: ReportRecord) -> PairRecord:
    records.add_pair(pair)
    for report in reports:
        records.add_report(report)
    return pair


def test_ids_have_128_random_bits() -> None:
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(re.fullmatch("[0-9a-f]{32}", new) for new in ids)
    bits = [f"{int(new, 16):0128b}" for new in ids]
    assert all(350 < sum(row[position] == "1" for row in bits) < 650 for position in range(128))


def test_a_written_report_is_read_back(records: Records, url: str) -> None:
    pair = a_pair(owner="browser")
    report = a_report(pair)
    stored(records, pair, report)
    for reader in (records, Records(url)):
        assert reader.pair(pair.id) == pair
        assert reader.report(report.id) == report


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_are_stored_as_data(records: Records, name: str) -> None:
    pair = PairRecord(new_id(), NOW, None, FileRecord(name, digest("a"), 1), FileRecord(name, digest("b"), 1))
    records.add_pair(pair)
    assert records.pair(pair.id) == pair


def test_times_are_kept_in_utc(records: Records) -> None:
    there = datetime(2024, 1, 1, 3, tzinfo=timezone(timedelta(hours=5)))
    files = (FileRecord("x", digest("a"), 1),) * 2
    records.add_pair(PairRecord("0" * 32, there, None, *files))
    found = records.pair("0" * 32)
    assert found is not None
    assert found.created.isoformat() == "2023-12-31T22:00:00+00:00"


@pytest.mark.parametrize("unknown", ["", "0" * 32, "x" * 5000, "\0", "\ud800", "' OR 1=1 --"])
def test_unknown_ids_find_nothing(records: Records, unknown: str) -> None:
    pair = stored(records, a_pair())
    assert records.pair(unknown) is None
    assert records.report(unknown) is None
    assert records.pair(pair.id) == pair


def test_unknown_owners_keys_and_pairs_find_nothing(records: Records) -> None:
    pair = stored(records, a_pair())
    assert records.recent("' OR 1=1 --", 10) == []
    assert records.find_report("' OR 1=1 --", pair.id) is None
    assert records.delete_pair("' OR 1=1 --") == set()
    assert records.pair(pair.id) == pair


def test_recent_pairs_come_newest_first_with_their_newest_report(records: Records) -> None:
    old, young, middle = (a_pair(owner="me", age=age) for age in (30, 10, 20))
    newest = a_report(old, age=1)
    stored(records, old, a_report(old, age=5), newest, a_report(old, age=3))
    stored(records, young)
    only = a_report(middle)
    stored(records, middle, only)
    stored(records, a_pair(owner="somebody else"))
    stored(records, a_pair(owner=None))
    listed = [(young, None), (middle, summary(only)), (old, summary(newest))]
    assert records.recent("me", 10) == listed
    assert records.recent("me", 2) == listed[:2]


def test_a_list_reads_no_more_of_a_report_than_its_verdict(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve reports of megabytes would hold the interpreter for a second."""
    pair = a_pair(owner="me")
    report = a_report(pair)
    report.body["regions"] = [{"box": n} for n in range(10_000)]
    stored(records, pair, report)
    with monkeypatch.context() as patch:
        patch.setattr(json, "loads", loads := Mock(wraps=json.loads))
        assert records.recent("me", 10) == [(pair, summary(report))]
    assert 0 < sum(len(call.args[0]) for call in loads.call_args_list) < 1000


def named(records: Records, a: str, b: str = "b.png", age: int = 0) -> PairRecord:
    """A stored pair of the owner "me" with these names."""
    files = FileRecord(a, digest("a"), 7), FileRecord(b, digest("b"), 7)
    return stored(records, PairRecord(new_id(), NOW - timedelta(seconds=age), "me", *files))


def found(records: Records, name: str) -> list[PairRecord]:
    return [pair for pair, _ in records.recent("me", 10, name=name)]


def test_the_next_page_of_a_list_starts_where_the_last_one_ended(records: Records) -> None:
    """Also if pairs have the same time."""
    pairs = [named(records, f"{number % 3}.png", age=number // 4) for number in range(12)]
    listed = [pair for skip in range(0, 15, 5) for pair, _ in records.recent("me", 5, skip)]
    assert sorted(pair.id for pair in listed) == sorted(pair.id for pair in pairs)
    assert [pair.created for pair in listed] == [pair.created for pair in pairs]
    ones = [pair for skip in range(0, 6, 2) for pair, _ in records.recent("me", 2, skip, "1.png")]
    assert {pair.id for pair in ones} == {pair.id for pair in pairs if pair.a.name == "1.png"}


def test_a_text_longer_than_any_name_is_not_folded(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of combining marks take seconds, in which nobody else is answered."""
    for age in range(3):
        named(records, "n" * 200, age=age)
    folded = Mock(wraps=name_search._folded)
    monkeypatch.setattr(name_search, "_folded", folded)
    assert found(records, "\u0301\u0316" * 10_000) == []
    folded.assert_not_called()
    assert len(found(records, "N" * 200)) == 3
    assert [call.args[0] for call in folded.call_args_list].count("N" * 200) == 1


def test_names_are_found_by_a_part_in_any_case_on_either_side(records: Records) -> None:
    cat, dog = named(records, "Old Cat.PNG", "x", age=1), named(records, "y", "the dog.png", age=2)
    stored(records, PairRecord(new_id(), NOW, "somebody else", cat.a, cat.b))
    assert found(records, "cat") == found(records, "CAT.png") == [cat]
    assert found(records, "the dog") == [dog]
    assert found(records, "png") == [cat, dog]
    assert found(records, "mouse") == []
    assert found(records, "x\ny") == []


@pytest.mark.parametrize(
    ("name", "asked", "other"),
    [
        ("50%.png", "0%.", "50x.png"),
        ("a_b.png", "a_b", "axb.png"),
        ("a\\b.png", "a\\b", "ab.png"),
        ('say "so".png', '"so"', "so.png"),
        ("Été.png", "ÉTÉ", "Ete.png"),
        ("E\u0301te\u0301.png", "é", "ete.png"),
        ("STRASSE.png", "straße", "strase.png"),
        ("ΌΣΟΣ.png", "όσος", "x.png"),
        ("\ud800.png", "\ud800", "ud800.png"),
        ("a\0b.png", "\0", "u0000.png"),
    ],
)
def test_a_search_text_has_no_wildcards(records: Records, name: str, asked: str, other: str) -> None:
    pair = named(records, name)
    named(records, other, age=1)
    assert found(records, asked) == [pair]


def test_pairs_created_before_a_time_come_oldest_first(records: Records) -> None:
    assert records.older(NOW) == []
    middle, oldest, at, young = (stored(records, a_pair(owner="me", age=age)) for age in (20, 30, 10, 5))
    assert records.older(at.created) == [oldest.id, middle.id]
    assert records.older(young.created + timedelta(microseconds=1)) == [oldest.id, middle.id, at.id, young.id]
    elsewhere = at.created.astimezone(timezone(timedelta(hours=-11)))
    assert records.older(elsewhere) == [oldest.id, middle.id]


def test_a_pair_is_deleted_with_its_reports(records: Records) -> None:
    pair = a_pair()
    report = a_report(pair)
    stored(records, pair, report)
    assert records.delete_pair(pair.id) == {digest(side) for side in "abcd"}
    assert records.pair(pair.id) is None
    assert records.report(report.id) is None
    assert records.find_report("key", pair.id) is None
    assert records.delete_pair(pair.id) == set()


def test_pictures_that_others_refer_to_stay(records: Records) -> None:
    first, second = a_pair("a", "b"), a_pair("b", "e")
    stored(records, first, a_report(first))
    stored(records, second, a_report(second, image="f"))
    third = stored(records, a_pair("c", "c"))
    assert records.delete_pair(first.id) == {digest("a")}
    assert records.delete_pair(third.id) == {digest("c")}
    assert records.delete_pair(second.id) == {digest(side) for side in "bedf"}


def test_a_pair_with_very_many_pictures_can_be_deleted(records: Records) -> None:
    """More pictures than in one statement, the last of them referenced by another pair."""
    pair = a_pair()
    images = {str(number): ImageRecord(f"{number:064x}", "image/png") for number in range(2 * CHUNK + 1)}
    stored(records, pair, ReportRecord(new_id(), pair.id, NOW, "key", {}, {}, images))
    stored(records, a_pair("b", "b"))
    assert records.delete_pair(pair.id) == {digest("a")} | {image.sha256 for image in images.values()}


def test_a_report_added_while_its_pair_is_deleted_goes_too_or_is_refused(records: Records) -> None:
    for _ in range(60):
        pair = stored(records, a_pair())
        with ThreadPoolExecutor(2) as pool:
            deleted = pool.submit(records.delete_pair, pair.id)
            added = pool.submit(records.add_report, a_report(pair))
        refused = isinstance(added.exception(), MissingPair)
        assert refused or added.exception() is None
        assert deleted.result() == {digest(side) for side in ("ab" if refused else "abcd")}


def test_adding_no_pictures_changes_nothing(records: Records) -> None:
    pair = a_pair()
    report = a_report(pair)
    stored(records, pair, report)
    records.add_images(report.id, {})
    assert records.report(report.id) == report
    with pytest.raises(MissingPair):
        records.add_images(new_id(), {})


def test_unreferenced(records: Records) -> None:
    pair = a_pair()
    stored(records, pair, a_report(pair))
    assert records.unreferenced(digest(side) for side in "abcdef") == {digest("e"), digest("f")}
    assert records.unreferenced([]) == set()


def test_a_report_needs_its_pair(records: Records) -> None:
    with pytest.raises(MissingPair):
        records.add_report(a_report(a_pair()))


def test_a_report_of_the_same_pair_is_preferred_then_the_newest(records: Records) -> None:
    one, two, three = a_pair(), a_pair(), a_pair()
    own = a_report(one, age=9)
    stored(records, one, a_report(one, age=10), own)
    newest = a_report(two, age=1)
    stored(records, two, newest, a_report(two, age=5), a_report(two, key="another question"))
    stored(records, three)
    assert records.find_report("key", one.id) == own
    assert records.find_report("key", three.id) == newest


def test_check_accepts_an_intact_database(records: Records) -> None:
    records.check()


def test_a_file_that_is_no_database_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"not a database" * 1000)
    records = Records(f"sqlite:///{tmp_path / 'x'}")
    with pytest.raises(StorageError):
        records.migrate()
    with pytest.raises(StorageError):
        records.check()
    with pytest.raises(StorageError):
        records.pair("0" * 32)


def test_a_read_only_database_is_a_storage_error(records: Records, tmp_path: Path) -> None:
    pair = stored(records, a_pair())
    read_only = Records(f"sqlite:///file:{tmp_path / 'database.sqlite'}?mode=ro&uri=true")
    assert read_only.pair(pair.id) == pair
    with pytest.raises(StorageError):
        read_only.check()


EXPECTED = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 15000}


def test_sqlite_commits_durably_and_readers_do_not_block(records: Records) -> None:
    with records._engine.connect() as connection:
        pragmas = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in EXPECTED}
    assert pragmas == EXPECTED
