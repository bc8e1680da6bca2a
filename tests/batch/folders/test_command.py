"""The command `compare-folders`, also killed and interrupted."""

import fcntl
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.batch.folders import local
from app.cli import cli
from app.vision.networks import efficientnet_lite0
from tests.batch.folders.making import CHANGED, HERE, SAME, fill
from tests.batch.folders.test_run import wait_for
from tests.pictures import png, textured

ROOT = Path(__file__).resolve().parents[3]
PAIRS = 10


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Compare in this process, because workers take seconds to start. Commands in separate processes have their own."""
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "tfhub"))
    monkeypatch.setattr(local, "local_workers", lambda _count, log: log.touch() or HERE)


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """Two pairs, one of them changed."""
    fill(tmp_path / "before", {"a.png": SAME, "b.png": SAME})
    fill(tmp_path / "after", {"a.png": SAME, "b.png": CHANGED})
    return tmp_path


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    """Pairs that take about a quarter of a second each."""
    a, b = textured(480, 360), textured(480, 360)
    b[100:160, 100:160] = 255
    fill(tmp_path / "before", {f"{index:02}.png": png(a) for index in range(PAIRS)})
    fill(tmp_path / "after", {f"{index:02}.png": png(b) for index in range(PAIRS)})
    return tmp_path


def command(root: Path, *extra: str, before: str = "before", after: str = "after", out: str = "out") -> list[str]:
    analyses = ["--analyses", "pixel,regions", "--jobs", "1"]
    return ["compare-folders", str(root / before), str(root / after), "--out", str(root / out), *analyses, *extra]


def run(root: Path, *extra: str, **named: str) -> Result:
    return CliRunner().invoke(cli, command(root, *extra, **named))


def started(root: Path) -> "subprocess.Popen[str]":
    """The command in a separate process, after it has finished a pair or two."""
    process = subprocess.Popen(
        [sys.executable, "-m", "app", *command(root)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    wait_for(lambda: lines(root) >= 2)
    return process


def lines(root: Path) -> int:
    journal = root / "out" / "results.jsonl"
    return journal.read_bytes().count(b"\n") if journal.exists() else 0


def written(root: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in (root / "out").glob("*/*")}


def test_the_output_is_a_headline_a_table_and_files(folders: Path) -> None:
    done = run(folders)
    assert done.exit_code == 0, done.output
    output = done.stdout.splitlines()
    assert output[:4] == ["1 of 2 pairs changed.", "", "        1  changed", "        1  identical"]
    assert re.fullmatch(r"changed    b\.png  1 thing appeared\..*", output[5])
    assert output[-1].startswith(f"{folders / 'out' / 'index.html'} shows all pairs; this run took ")
    assert {path.name for path in (folders / "out").iterdir()} == {
        *("index.html", "results.json", "results.jsonl", "junit.xml", "workers.log", "reports", "thumbnails"),
    }
    again = run(folders, "--quiet", "--fail-on", "changed")
    assert (again.exit_code, again.output) == (1, "")


@pytest.mark.parametrize(
    ("before", "after", "limit", "code"),
    [
        ([], ["new.png"], "changed", 0),
        (["old.png"], [], "different", 0),
        (["old.png"], [], "changed", 1),
        (["broken.png"], ["broken.png"], None, 2),
    ],
)
def test_exit_codes(folders: Path, before: list[str], after: list[str], limit: str | None, code: int) -> None:
    (folders / "after" / "b.png").write_bytes(SAME)
    fill(folders / "before", dict.fromkeys(before, SAME))
    fill(folders / "after", dict.fromkeys(after, b"GIF89a"))
    assert run(folders, *(["--fail-on", limit] if limit else [])).exit_code == code


def test_a_killed_run_continues(slow: Path) -> None:
    process = started(slow)
    process.kill()
    process.communicate()
    kept, done = written(slow), lines(slow)
    finished = [json.loads(line)["id"] for line in (slow / "out" / "results.jsonl").read_bytes().splitlines()[:done]]
    assert 2 <= done < PAIRS
    resumed = run(slow)
    assert resumed.exit_code == 0, resumed.output
    after = written(slow)
    untouched = {name: moment for name, moment in kept.items() if any(name.startswith(known) for known in finished)}
    assert untouched
    assert untouched.items() <= after.items()
    assert without_seconds(slow / "out") == without_seconds(fresh(slow))


def test_an_interrupted_run_says_how_to_continue(slow: Path) -> None:
    process = started(slow)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers as well
    _, output = process.communicate(timeout=60)
    assert process.returncode == 130
    *progress, last = output.splitlines()  # with progress, every ten seconds, if the machine is busy
    assert re.fullmatch(r"Interrupted with \d of 10 pairs done; the same command continues\.", last)
    assert all(" of 10 pairs" in line for line in progress)
    assert all(json.loads(line) for line in (slow / "out" / "results.jsonl").read_bytes().splitlines())


def test_two_runs_into_one_folder_are_refused(folders: Path) -> None:
    (folders / "out").mkdir()
    with (folders / "out" / "results.jsonl").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        refused = run(folders)
    assert refused.exit_code == 2
    assert refused.stderr == f"Error: another run writes to {folders / 'out'}.\n"


@pytest.mark.parametrize(
    ("named", "reason"),
    [
        ({"out": "before"}, "before: the results need a separate folder."),
        ({"before": "nothing"}, "nothing' does not exist."),
        ({"out": "before/a.png/x"}, "a.png/x: Not a directory."),
        ({"before": "empty", "after": "empty"}, "there are no pictures in either folder."),
    ],
)
def test_an_error_is_one_line(folders: Path, named: dict[str, str], reason: str) -> None:
    (folders / "empty").mkdir()
    refused = run(folders, **named)
    assert refused.exit_code == 2
    assert reason in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_results_inside_a_folder_are_not_compared(folders: Path) -> None:
    first = run(folders, out="after/out", before="after")
    second = run(folders, out="after/out", before="after")
    assert first.stdout.splitlines()[0] == second.stdout.splitlines()[0] == "Nothing changed in 2 pairs."


def test_links_out_of_the_folder_are_reported(folders: Path) -> None:
    (folders / "before" / "link.png").symlink_to(folders / "after" / "b.png")
    done = run(folders)
    assert "Skipped 1 link that leads out of the folder; see --follow-links." in done.stderr
    assert "1 of 2 pairs changed." in done.stdout
    assert "1 of 3 pairs changed; 1 was removed." in run(folders, "--follow-links").stdout


def test_an_analysis_that_did_not_run_is_reported_once(folders: Path) -> None:
    hiding = folders / "hiding" / efficientnet_lite0.PACKAGE  # earlier on the path than the network's own package
    hiding.mkdir(parents=True)
    (hiding / "__init__.py").touch()
    done = subprocess.run(
        [sys.executable, "-m", "app", *command(folders, "--analyses", "pixel,mobilenet")],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(hiding.parent)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert done.stdout.count(f"mobilenet did not run on 2 of 2 pairs: {efficientnet_lite0.MISSING}") == 1


def test_on_a_terminal_one_line_changes(folders: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "app", *command(folders)], cwd=ROOT, stderr=theirs, stdout=subprocess.PIPE, text=True
    )
    os.close(theirs)
    process.communicate(timeout=120)
    shown = os.read(ours, 100_000).decode()
    assert re.search(r"\r\x1b\[K1 of 2 pairs(, 1 changed)?, about \d+ s left", shown)
    assert "\n" not in shown
    assert shown.endswith("\r\x1b[K")


def fresh(root: Path) -> Path:
    """The same pairs in an uninterrupted run."""
    assert run(root, out="fresh").exit_code == 0
    return root / "fresh"


def without_seconds(out: Path) -> list[dict[str, object]]:
    rows = json.loads((out / "results.json").read_text())["pairs"]
    return [{**row, "seconds": 0} for row in rows]


def real(root: Path) -> "subprocess.CompletedProcess[str]":
    """The command in a process of its own, with real workers."""
    return subprocess.run([sys.executable, "-m", "app", *command(root)], cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize("name", ["reports", "thumbnails", "results.jsonl", "workers.log"])
def test_nothing_is_written_through_a_link_in_the_results(folders: Path, name: str) -> None:
    out, elsewhere = folders / "out", folders / "elsewhere"
    (elsewhere / "folder").mkdir(parents=True)
    (elsewhere / "file").write_text("of somebody else")
    own = elsewhere / "folder" / f"{'0' * 32}.html"  # named like a file of a former run, which would be removed
    own.write_text("of somebody else")
    out.mkdir()
    (out / name).symlink_to(elsewhere / ("file" if "." in name else "folder"))
    done = real(folders)
    assert done.returncode == 2
    assert done.stderr == f"Error: {out / name}: this is a link, and results are not written through links.\n"
    assert (elsewhere / "file").read_text() == own.read_text() == "of somebody else"
    assert list((elsewhere / "folder").iterdir()) == [own]
    assert list(out.iterdir()) == [out / name]


def test_a_link_with_the_name_of_a_result_is_replaced(folders: Path) -> None:
    out, elsewhere = folders / "out", folders / "elsewhere"
    out.mkdir()
    elsewhere.write_text("of somebody else")
    elsewhere.chmod(0o600)
    for name in ("index.html", "results.json", "junit.xml"):
        (out / name).symlink_to(elsewhere)
    done = real(folders)
    assert done.returncode == 0, done.stderr
    assert elsewhere.read_text() == "of somebody else"
    for name in ("index.html", "results.json", "junit.xml"):
        assert not (out / name).is_symlink()
        assert (out / name).stat().st_mode & 0o022 == 0, "a link's mode is not that of a file"


def test_deeply_nested_folders_are_compared(folders: Path) -> None:
    """More deeply than Python calls functions, and than a process may open folders at once."""
    roots = [folders / "before", folders / "after"]
    for root in roots:
        deepest = root
        for _ in range(1200):
            deepest = deepest / "d"
            deepest.mkdir()
        (deepest / "deep.png").write_bytes(SAME)
    try:
        done = real(folders)
    finally:
        for root in roots:
            remove_nested(root / "d")
    assert done.returncode == 0, done.stderr
    pairs = json.loads((folders / "out" / "results.json").read_text())["pairs"]
    assert sorted(row["name"].rpartition("/")[2] for row in pairs) == ["a.png", "b.png", "deep.png"]


def remove_nested(folder: Path) -> None:
    """Remove nested folders without recursion, which pytest's own clean-up needs."""
    aside = folder.with_name("aside")
    while (folder / "d").exists():
        (folder / "d").rename(aside)
        shutil.rmtree(folder)
        aside.rename(folder)
    shutil.rmtree(folder)


def test_a_tolerance_applies_to_all_pairs_and_is_in_the_results(folders: Path) -> None:
    assert run(folders, "--fail-on", "changed").exit_code == 1
    assert run(folders, "--fail-on", "changed", "--allow-share", "0.5").exit_code == 0
    results = json.loads((folders / "out/results.json").read_text())
    rows = {row["name"]: row for row in results["pairs"]}
    assert results["options"]["allow_share"] == 0.5
    assert [rows[name]["kind"] for name in ("a.png", "b.png")] == ["identical", "same"]
    assert rows["a.png"]["allowed"] == []
    (allowed,) = rows["b.png"]["allowed"]
    assert (allowed["tolerance"], allowed["limit"], allowed["regions"]) == ("allow_share", 0.5, 1)
    assert "which allow_share 0.5 permits" in rows["b.png"]["summary"]
    assert "<failure" not in (folders / "out/junit.xml").read_text()
