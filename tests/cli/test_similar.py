"""The command `similar`, with the embedded network."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from app.vision.networks import efficientnet_lite0, imagenet
from tests.batch.folders.making import fill
from tests.batch.folders.test_run import wait_for
from tests.cli.conftest import Process, Run
from tests.conftest import ROOT
from tests.pictures import jpeg, png, scene, textured
from tests.web.links import Links

CUT = "it is cut short: a part of it is missing"
MANY = 400  # pictures, which take several seconds

pytestmark = pytest.mark.usefixtures("pictures")


@pytest.fixture
def pictures(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of four pictures beside a.png, the scene; two of them show the scene. The cache is empty."""
    monkeypatch.setenv("CACHE_DIR", str(folder / "cache"))
    darker = (scene() * 0.7).astype(np.uint8)
    files = {"<b>&.png": png(darker), "copy.png": png(scene()), "sub/detail.png": png(textured(240, 160))}
    return fill(folder / "pictures", {**files, "white.jpg": jpeg(np.full((90, 90, 3), 255, np.uint8))})


def cached(folder: Path) -> dict[Path, int]:
    """The files of the cache with their modification times."""
    return {file: file.stat().st_mtime_ns for file in (folder / "cache").rglob("*.npz")}


def test_the_table_is_sorted_by_distance(run: Run) -> None:
    result = run("similar", "a.png", "pictures")
    assert (result.exit_code, result.stderr) == (0, "")
    title, _, head, *rows, _, network = result.stdout.splitlines()
    assert title == "Most like a.png, of 4 pictures in pictures:"
    assert head.split() == ["rank", "distance", "name"]
    assert rows[0] == "   1    0.0000  copy.png"
    assert [row.split()[0] for row in rows] == ["1", "2", "3", "4"]
    assert rows[1].endswith("  <b>&.png")
    distances = [float(row.split()[1]) for row in rows]
    assert distances == sorted(distances)
    assert network == "The distance is the cosine distance between features of EfficientNet-Lite0; 0 is the least."


def test_k_limits_the_results(run: Run) -> None:
    assert run("similar", "a.png", "pictures", "--k", "1").stdout.splitlines()[3:-2] == ["   1    0.0000  copy.png"]
    assert len(run("similar", "a.png", "pictures", "--k", "9").stdout.splitlines()) == 3 + 4 + 2


@pytest.mark.parametrize("columns", [1, 30, 80])
def test_the_table_fits_the_terminal_and_keeps_whole_names(run: Run, pictures: Path, columns: int) -> None:
    name = "a folder with a long name/" + "and_a_picture_with_another_" * 4 + ".png"
    fill(pictures, {name: png(scene())})
    lines = run("similar", "a.png", "pictures", COLUMNS=str(columns)).stdout.splitlines()
    assert max(map(len, lines)) <= max(columns, 24)
    assert name in "".join(line[16:] for line in lines)


def test_json(run: Run) -> None:
    result = run("similar", "a.png", "pictures", "--k", "2", "--json")
    answer = json.loads(result.stdout)
    assert (answer["query"], answer["network"]) == ("a.png", "EfficientNet-Lite0")
    assert answer["results"][0] == {"name": "copy.png", "distance": 0}
    assert answer["results"][1]["name"] == "<b>&.png"
    assert 0 < answer["results"][1]["distance"] < 1


def test_a_page_is_written_beside_the_table(run: Run, folder: Path) -> None:
    result = run("similar", "a.png", "pictures", "--html", "similar.html")
    assert "copy.png" in result.stdout
    page = (folder / "similar.html").read_text()
    assert page.count("data:image/webp") == 5
    assert "4 pictures compared in <bdi>pictures</bdi>" in page
    assert "<bdi>&lt;b&gt;&amp;.png</bdi>" in page
    assert "<b>" not in page
    assert [link for link in Links(page).found if not link.startswith(("data:", "#"))] == []
    assert run("similar", "a.png", "pictures", "--html", "-").stdout.startswith("<!doctype html>")


def test_quiet_prints_nothing(run: Run) -> None:
    result = run("similar", "a.png", "pictures", "-q", "--html", "similar.html")
    assert (result.exit_code, result.output) == (0, "")


def test_copies_of_the_query_are_results_but_not_itself(run: Run, pictures: Path) -> None:
    fill(pictures, {"again.png": png(scene())})
    result = json.loads(run("similar", "pictures/copy.png", "pictures", "--json").stdout)
    assert result["results"][0] == {"name": "again.png", "distance": 0}
    assert "copy.png" not in {found["name"] for found in result["results"]}


def test_the_query_is_read_from_standard_input(run: Run) -> None:
    answer = json.loads(run("similar", "-", "pictures", "--json", sent=png(scene())).stdout)
    assert (answer["query"], answer["results"][0]["name"]) == ("standard input", "copy.png")


def test_broken_files_are_reported_and_skipped(run: Run, pictures: Path) -> None:
    fill(pictures, {"cut.png": png(scene())[:5000], "\x1b[2J.png": b"words"})
    result = run("similar", "a.png", "pictures")
    assert result.exit_code == 0
    assert result.stderr.splitlines() == [
        "\\x1b[2J.png: it is not a PNG, JPEG, WebP, AVIF, TIFF, BMP or GIF picture; skipped.",
        f"cut.png: {CUT}; skipped.",
    ]
    assert "of 4 pictures in pictures" in result.stdout


def test_limits_apply_to_each_file(run: Run, pictures: Path) -> None:
    fill(pictures, {"heavy.png": bytes(300_000), "large.png": png(np.zeros((300, 300), np.uint8))})
    result = run("similar", "a.png", "pictures", MAX_BODY="250000", MAX_PIXELS="80000")
    assert result.stderr.splitlines() == [
        "heavy.png: it has more than 0.238419 MiB, the limit; MAX_BODY sets another; skipped.",
        "large.png: it has 0.1 million pixels; the limit is 0.08 million; skipped.",
    ]


def test_links_out_of_the_folder_are_skipped(run: Run, folder: Path, pictures: Path) -> None:
    (pictures / "link.png").symlink_to(folder / "a.png")
    result = run("similar", "a.png", "pictures")
    assert result.stderr == "Skipped 1 link that leads out of the folder; see --follow-links.\n"
    assert "link.png" not in result.stdout
    assert "link.png" in run("similar", "a.png", "pictures", "--follow-links").stdout


WRONG = [
    (["missing.png", "pictures"], "missing.png: No such file or directory."),
    (["cut.png", "pictures"], f"cut.png: {CUT}."),
    (["-", "pictures"], "standard input: it is empty."),
    (["/dev/zero", "pictures"], "/dev/zero: it has more than 1 MiB, the limit; MAX_BODY sets another."),
    (["a.png", "none"], "Invalid value for 'FOLDER': Directory 'none' does not exist."),
    (["a.png", "empty"], "empty: there are no pictures in this folder."),
    (["alone/a.png", "alone"], "alone: there are no other pictures in this folder."),
    (["a.png", "broken"], "broken: none of the pictures can be read."),
    (["a.png", "pictures", "--k", "0"], "Invalid value for '--k': 0 is not in the range x>=1."),
    (["a.png", "pictures", "--html", "no/page.html"], "no/page.html: there is no folder "),
    (["a.png", "pictures", "--json", "--html", "-"], "Only one of --json and --html - can have standard output."),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG, ids=[" ".join(arguments) for arguments, _ in WRONG])
def test_an_error_is_one_line(run: Run, folder: Path, arguments: list[str], message: str) -> None:
    cut = png(scene())[:5000]
    fill(folder, {"cut.png": cut, "empty/words.txt": b"", "alone/a.png": png(scene()), "broken/cut.png": cut})
    result = run("similar", *arguments, sent=b"", MAX_BODY=str(1024**2))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[-1].startswith(f"Error: {message}")
    assert len(result.stderr.splitlines()) == 1 + (arguments[1] == "broken")


def test_without_a_network_the_command_fails(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(efficientnet_lite0, "weights_file", lambda: None)
    monkeypatch.setattr(efficientnet_lite0, "_loaded", None)
    result = run("similar", "a.png", "pictures")
    assert (result.exit_code, result.stderr) == (2, f"Error: {efficientnet_lite0.MISSING}\n")


def test_features_are_measured_once(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run("similar", "a.png", "pictures")
    written = cached(folder)
    assert len(written) == 4  # of five files, two of which have the same bytes
    monkeypatch.setattr(imagenet, "network", lambda: pytest.fail("it was measured again"))
    assert run("similar", "a.png", "pictures").stdout == first.stdout
    assert cached(folder) == written


def test_libraries_messages_are_suppressed_but_not_our_own(process: Process, pictures: Path) -> None:
    fill(pictures, {"cut.png": png(scene())[:5000]})
    result = process("$app similar - pictures < a.png")
    assert (result.returncode, result.stderr.decode()) == (0, f"cut.png: {CUT}; skipped.\n")
    assert b"copy.png" in result.stdout


def test_an_interrupted_search_keeps_its_measurements(folder: Path) -> None:
    random = np.random.default_rng(1)
    many = {f"{index}.png": png(random.integers(0, 255, (40, 40, 3), np.uint8)) for index in range(MANY)}
    fill(folder / "many", many)
    command = [sys.executable, "-m", "app", "similar", "a.png", "many"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=-1, stderr=-1, text=True) as process:
        wait_for(lambda: len(cached(folder)) > 9)
        process.send_signal(signal.SIGINT)
        printed, message = process.communicate(timeout=30)
    assert (process.returncode, printed) == (130, "")
    assert message.startswith("Interrupted with ")
    assert message.endswith(f" of {MANY} pictures done; the same command continues.\n")
    assert 9 < len(cached(folder)) < MANY
