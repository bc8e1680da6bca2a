"""Renamed files: how they are recognised, and how the results show them."""

import json
import random
import re
import shutil
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from app.batch.folders import local, measure, renames
from app.batch.folders.compare import compare_folders
from app.batch.folders.features import Features
from app.batch.folders.likeness import Likeness, likeness
from app.batch.folders.pairing import Files
from app.batch.folders.renames import MAX_COSINE_DISTANCE, MAX_HASH_DISTANCE, candidates, choose, find_renames
from app.batch.folders.row import Row
from app.batch.folders.work import Job
from app.cli import cli
from app.vision.arrays import UInt8
from app.vision.networks import efficientnet_lite0
from tests.batch.folders.making import CHANGED, HERE, SAME, SILENT, compared, fill, make_job, pairs_of
from tests.pictures import png, textured

NETWORK = efficientnet_lite0.INFO.name
LIMIT = MAX_COSINE_DISTANCE[NETWORK]
HALF = 0xFFFFFFFF  # a hash with as many ones as any picture's but a blank one's
SURE, UNLIKE = Likeness(1.0, 1.0, 100), Likeness(0.1, 0.9, 100)
OTHER, BROKEN = png(textured(160, 120)), b"GIF89a"


def picture(distance: float = 0, phash: int = HALF, axis: int = 0, network: str = NETWORK) -> Features:
    """Features at a cosine distance from those at 0, towards an axis."""
    vector = np.zeros(1280, np.float32)
    vector[axis], vector[axis + 1] = 1 - distance, np.sqrt(1 - (1 - distance) ** 2)
    return Features("", phash, network, vector)


def page(seed: int, lines: int = 14) -> UInt8:
    """A page with a fixed layout and with lines of text that depend on the seed."""
    choice = random.Random(seed)
    canvas = np.full((400, 640, 3), 255, np.uint8)
    canvas[:40] = (20, 60, 120)
    cv2.rectangle(canvas, (150, 60), (620, 380), (90, 90, 90), 1)
    for row in range(lines):
        text = "".join(choice.choice("abcdefghiklmnoprstuvw ") for _ in range(38))
        cv2.putText(canvas, text, (160, 85 + 21 * row), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (30, 30, 30), 1, cv2.LINE_AA)
    return canvas


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return make_job(tmp_path)


def renamed(job: Job) -> dict[str, str | None]:
    """The old and new names of a run's renamed files."""
    results, _ = compared(job)
    return {row.name: row.name_after for row in results.rows if row.status == "renamed"}


def test_the_nearest_within_both_limits_are_candidates() -> None:
    old = [picture(), picture(axis=10)]
    new = [picture(0.01, axis=10), picture(0.02), picture(LIMIT + 0.01), picture(0.01, axis=500)]
    assert candidates(old, new) == [(0, 1), (1, 0)]


@pytest.mark.parametrize(("bits", "expected"), [(MAX_HASH_DISTANCE, [(0, 0)]), (MAX_HASH_DISTANCE + 1, [])])
def test_the_hashes_must_agree_as_well(bits: int, expected: list[tuple[int, int]]) -> None:
    assert candidates([picture()], [picture(phash=HALF ^ (2**bits - 1))]) == expected


def test_blank_pictures_are_not_candidates() -> None:
    blank = picture(phash=1 << 63)
    assert blank.is_blank
    assert candidates([blank], [blank]) == []


def test_features_of_two_networks_do_not_compare() -> None:
    assert candidates([picture()], [picture(network="MobileNet V2")]) == []
    assert candidates([picture()], [picture(network="another")]) == []


def test_only_the_nearest_are_candidates() -> None:
    old = [picture(0.001 * index) for index in range(300)]
    found = candidates(old, [picture()])
    assert found == [(index, 0) for index in range(5)]


def test_certain_candidates_are_chosen_one_to_one() -> None:
    assert choose({(0, 0): SURE, (0, 1): UNLIKE, (1, 1): SURE, (1, 0): UNLIKE}) == [(0, 0), (1, 1)]
    assert choose({(0, 0): UNLIKE}) == []
    assert choose({(0, 0): replace(SURE, blocks=3)}) == []
    assert choose({(0, 0): replace(SURE, tone=0.5)}) == []


@pytest.mark.parametrize("rival", [(0, 1), (1, 0)])
def test_a_similar_second_candidate_is_ambiguous(rival: tuple[int, int]) -> None:
    assert choose({(0, 0): SURE, rival: replace(SURE, share=0.97)}) == []
    assert choose({(0, 0): SURE, rival: replace(SURE, share=0.9)}) == [(0, 0)]


def test_a_picture_is_recognised_in_any_encoding() -> None:
    original = page(1)
    smaller = np.asarray(cv2.resize(original, (512, 320), interpolation=cv2.INTER_AREA), np.uint8)
    for other in (original, smaller, original[8:-8, 13:-13], np.clip(original * 0.9, 0, 255).astype(np.uint8)):
        assert likeness(original, other).share > 0.95
    edited = original.copy()
    edited[60:100, 150:400] = 255
    assert likeness(original, edited).is_same


def test_pages_of_one_layout_are_not_the_same_picture() -> None:
    assert not any(likeness(page(seed), page(seed + 1)).is_same for seed in range(20))
    assert not likeness(page(0), np.full((400, 640, 3), 255, np.uint8)).is_same
    assert not likeness(page(0), page(0)[:6, :6]).is_same


def test_files_with_equal_bytes_need_no_network(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "features", None)
    fill(job.before, {"b.png": SAME, "a.png": SAME, "x/gone.png": OTHER, "stays.png": CHANGED})
    fill(
        job.after,
        {"new/c.png": SAME, "new/d.png": SAME, "y/gone.png": OTHER, "stays.png": CHANGED, "copy.png": CHANGED},
    )
    assert renamed(job) == {"a.png": "new/c.png", "b.png": "new/d.png", "x/gone.png": "y/gone.png"}


def test_copies_are_paired_in_the_order_of_names(job: Job) -> None:
    fill(job.before, {"a.png": SAME})
    fill(job.after, {"c.png": SAME, "b.png": SAME})
    results, _ = compared(job)
    assert sorted((row.status, row.name, row.name_after) for row in results.rows) == [
        ("added", "c.png", None),
        ("renamed", "a.png", "b.png"),
    ]


def test_broken_files_are_paired_only_by_equal_bytes(job: Job) -> None:
    fill(job.before, {"broken.png": b"GIF89a old", "moved.png": BROKEN, "a.png": png(page(1))})
    fill(job.after, {"other.png": b"GIF89a new", "x/moved.png": BROKEN, "b.png": png(page(1)[:, :-2])})
    results, _ = compared(job)
    assert {status: count for status, count in results.counts.items() if status != "changed"} == {
        **dict.fromkeys(("removed", "added"), 1),
        "renamed": 2,
    }
    (moved,) = (row for row in results.rows if row.name == "moved.png")
    assert (moved.outcome, moved.summary) == ("renamed", "Renamed from moved.png. The bytes are the same.")
    assert (moved.reason or "").startswith("It cannot be shown: ")


def test_a_worker_that_dies_does_not_end_the_search(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    def deadly(*_: object) -> None:
        raise HERE.death

    monkeypatch.setattr(renames, "measure_files", deadly)
    fill(job.before, {"a.png": SAME})
    fill(job.after, {"b.png": OTHER})
    assert renamed(job) == {}


def test_a_similar_file_is_removed_and_added(job: Job) -> None:
    white = {"white.png": png(np.full((90, 120, 3), 255, np.uint8)), "page.png": png(page(3))}
    fill(job.before, white)
    fill(job.after, {"blank.png": png(np.full((90, 121, 3), 255, np.uint8)), "other.png": png(page(4))})
    assert renamed(job) == {}


@pytest.fixture
def moved(job: Job) -> Job:
    """Three renamed files, unchanged, a level darker and changed, and one removed and one added file."""
    edited = page(2)
    edited[60:100, 150:400] = 255
    darker = page(1) - np.minimum(page(1), 1)
    fill(job.before, {"shop/a.png": SAME, "b.png": png(page(1)), "c.png": png(page(2)), "old.png": png(page(8))})
    fill(job.after, {"a<b>.png": SAME, "b2.png": png(darker), "x/c.png": png(edited), "new.png": png(page(9))})
    return job


def test_a_renamed_pair_is_compared(moved: Job) -> None:
    results, new = compared(moved)
    assert len(new) == 5
    rows = {row.name: row for row in results.rows}
    assert {name: (row.status, row.kind, row.outcome, row.name_after) for name, row in rows.items()} == {
        "shop/a.png": ("renamed", "identical", "renamed", "a<b>.png"),
        "b.png": ("renamed", "same", "renamed", "b2.png"),
        "c.png": ("renamed", "changed", "changed", "x/c.png"),
        "old.png": ("removed", None, "removed", None),
        "new.png": ("added", None, "added", None),
    }
    assert (rows["shop/a.png"].summary or "").startswith("Renamed from shop/a.png. ")
    assert rows["c.png"].regions
    assert rows["c.png"].report
    assert set(rows["c.png"].thumbnails) == {"before", "after", "changes"}
    summary = json.loads((moved.out / "results.json").read_text())
    assert summary["counts"] == {"changed": 1, "removed": 1, "added": 1, "renamed": 3}
    assert {row["status"] for row in summary["pairs"]} == {"renamed", "removed", "added"}
    html = (moved.out / "index.html").read_text()
    assert "1 of 5 pairs changed; 1 was removed; 1 was added; 3 were renamed." in html
    assert re.search(r"shop/a\.png</bdi> → <bdi>a&lt;b&gt;\.png</bdi></td>\s*<td>Renamed</td>", html)
    assert re.search(r"x/c\.png</bdi></td>\s*<td>Changed, renamed</td>", html)


def test_a_second_run_compares_nothing(moved: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = compared(moved)
    monkeypatch.setattr(measure, "likeness", None)  # the cache has it
    again, new = compared(moved)
    assert new == []
    assert sorted(again.rows, key=lambda row: row.id) == sorted(first.rows, key=lambda row: row.id)


def test_a_damaged_cache_entry_is_measured_again(moved: Job) -> None:
    first = renamed(moved)
    for file in moved.cache.rglob("*.json"):
        file.write_bytes(b"{")
    assert renamed(moved) == first


def test_a_file_may_be_renamed_between_two_runs(moved: Job) -> None:
    fill(moved.before, {"d.png": OTHER})
    fill(moved.after, {"d.png": OTHER})
    assert "d.png" not in renamed(moved)
    (moved.after / "d.png").rename(moved.after / "e.png")
    assert renamed(moved)["d.png"] == "e.png"
    (moved.after / "e.png").rename(moved.after / "d.png")
    assert "d.png" not in renamed(moved)


def test_junit_has_the_new_and_the_old_name(moved: Job) -> None:
    compared(moved)
    suite = ElementTree.parse(moved.out / "junit.xml").getroot()
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["5", "2", "0", "1"]
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    assert [child.tag for child in cases["a<b>.png"]] == ["system-out"]
    assert cases["a<b>.png"][0].text == "Renamed from shop/a.png to a<b>.png."
    assert {child.tag for child in cases["c.png"]} == {"failure", "system-out"}
    assert cases["c.png"].get("classname") == "x"
    (failure,) = cases["c.png"].findall("failure")
    assert failure.get("type") == "changed"
    assert (failure.get("message") or "").startswith("Renamed from c.png. ")


def test_renaming_alone_does_not_reach_fail_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "local_workers", lambda _count, log: log.touch() or HERE)
    monkeypatch.setenv("CACHE_DIR", str(tmp_path / "cache"))
    fill(tmp_path / "before", {"a.png": SAME, "stays.png": CHANGED})
    fill(tmp_path / "after", {"b.png": SAME, "stays.png": CHANGED})
    folders = [str(tmp_path / name) for name in ("before", "after")]
    options = ["--out", str(tmp_path / "out"), "--analyses", "pixel,regions", "--fail-on", "same"]
    done = CliRunner().invoke(cli, ["compare-folders", *folders, *options])
    assert done.exit_code == 0, done.output
    assert "        1  renamed" in done.stdout
    assert re.search(r"renamed    b\.png +Renamed from a\.png\.", done.stdout)


def test_the_search_shows_progress(moved: Job) -> None:
    begun: list[tuple[int, str, str]] = []
    steps: list[int] = []

    class Recorder:
        def begin(self, total: int, items: str, task: str = "") -> None:
            begun.append((total, items, task))
            steps.append(0)

        def step(self, worked: bool, note: str = "") -> None:  # noqa: ARG002
            steps[-1] += 1

    old, new = ("shop/a.png", "b.png"), ("a<b>.png", "b2.png")
    pairs = [*(Files(name, None) for name in old), *(Files(None, name) for name in new)]
    compare_folders(pairs, moved, HERE, lambda *_: None, Recorder())
    assert begun == [
        (4, "files", "looking for renamed files"),
        (1, "candidates", "comparing possible renames"),
        (2, "pairs", ""),
    ]
    assert steps == [4, 1, 0]


def test_rows_of_earlier_versions_are_read() -> None:
    old = '{"id": "a", "name": "a.png", "name_after": null, "status": "compared", "key": "k", "kind": "same"}'
    assert Row.model_validate_json(old).outcome == "same"


def test_sixty_edited_photographs_are_recognised(shared: Path, job: Job) -> None:
    """Each pair has ten real changes. The embedded network measures."""
    chosen = sorted((shared / "data" / "spot").glob("*_a.jpg"))
    order = random.Random(1).sample(range(len(chosen)), len(chosen))
    for index, path in zip(order, chosen, strict=True):
        shutil.copy(path, job.before / path.name)
        shutil.copy(path.with_name(path.name.replace("_a", "_b")), job.after / f"{index:03}.jpg")
    found = find_renames(pairs_of(job), job, HERE, SILENT)
    expected = {path.name: f"{index:03}.jpg" for index, path in zip(order, chosen, strict=True)}
    assert {files.before: files.after for files in found if files.renamed} == expected
