"""The command `compare`."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.vision.networks import efficientnet_lite0
from app.vision.networks.weights import Weights
from tests.cli.conftest import QUICK, Process, Run
from tests.conftest import ROOT
from tests.pictures import blurred, png, read, textured
from tests.web.links import Links


def test_the_table_has_the_verdict_and_the_regions(run: Run) -> None:
    result = run("compare", "a.png", "b.png", *QUICK)
    assert result.exit_code == 0, result.stderr
    assert result.stderr == ""
    lines = result.stdout.splitlines()
    assert lines[0] == "1 thing appeared."
    assert "Verdict     changed" in lines
    assert any(line.startswith("B           b.png, 240 × 160 px, PNG") for line in lines)
    assert "Appeared" in lines[-1]


def test_a_box_of_the_table_can_be_ignored(run: Run) -> None:
    box = run("compare", "a.png", "b.png", *QUICK).stdout.splitlines()[-1].split()[2]
    result = run("compare", "a.png", "b.png", *QUICK, "--ignore", box, "--fail-on", "changed")
    assert result.exit_code == 0
    assert "Verdict     same" in result.stdout


def test_points_line_the_pictures_up(run: Run) -> None:
    points = ("--points", "20,20,22,20", "--points", "200,130,202,130", "--align", "off")
    result = run("compare", "a.png", "b.png", *QUICK, *points)
    assert result.exit_code == 0, result.stderr
    assert "by 2 pairs of points that were given" in " ".join(result.stdout.split())
    outside = run("compare", "a.png", "b.png", *QUICK, *points, "--points", "20,130,500,130")
    assert (outside.exit_code, "points: must be inside the pictures" in outside.stderr) == (2, True)


def test_what_a_tolerance_permits_passes_and_is_named(run: Run) -> None:
    allowed = run("compare", "a.png", "b.png", *QUICK, "--allow-share", "0.5", "--fail-on", "changed")
    assert allowed.exit_code == 0
    assert "Verdict     same" in allowed.stdout
    assert ", which allow_share 0.5 permits." in " ".join(allowed.stdout.split())
    assert "Appeared, allow_share" in allowed.stdout.splitlines()[-1]
    refused = run("compare", "a.png", "b.png", *QUICK, "--allow-pixels", "3", "--fail-on", "changed")
    assert refused.exit_code == 1
    wrong = run("compare", "a.png", "b.png", *QUICK, "--allow-tone", "300")
    assert (wrong.exit_code, wrong.stderr) == (2, "Error: allow_tone: must be less than or equal to 255.\n")


def test_json_is_the_report(run: Run) -> None:
    report = json.loads(run("compare", "a.png", "b.png", *QUICK, "--json").stdout)
    assert report["verdict"]["kind"] == "changed"
    assert [report["a"]["name"], report["b"]["name"]] == ["a.png", "b.png"]
    assert report["options"]["analyses"] == ["pixel", "regions"]


def test_files_are_written_beside_the_table(run: Run, folder: Path) -> None:
    before = set(folder.iterdir())
    result = run("compare", "a.png", "b.png", *QUICK, "--html", "report.html", "--png", "sheet.png")
    assert "Verdict" in result.stdout
    assert set(folder.iterdir()) - before == {folder / "report.html", folder / "sheet.png"}
    page = (folder / "report.html").read_text()
    assert "1 thing appeared." in page
    assert [link for link in Links(page).found if not link.startswith(("data:", "#"))] == []
    assert read((folder / "sheet.png").read_bytes()).shape[1] == 1600


@pytest.mark.parametrize(
    ("pair", "limit", "code"),
    [
        ("ab", "same", 1),
        ("ab", "changed", 1),
        ("ab", "different", 0),
        ("aa", "same", 0),
    ],
)
def test_the_exit_code_depends_on_the_verdict(run: Run, pair: str, limit: str, code: int) -> None:
    result = run("compare", *(f"{name}.png" for name in pair), *QUICK, "--quiet", "--fail-on", limit)
    assert (result.exit_code, result.output) == (code, "")


def test_one_picture_is_read_from_standard_input(run: Run, folder: Path) -> None:
    sent = (folder / "b.png").read_bytes()
    assert run("compare", "a.png", "-", *QUICK, "-q", "--fail-on", "changed", sent=sent).exit_code == 1
    report = json.loads(run("compare", "-", "b.png", *QUICK, "--json", sent=sent).stdout)
    assert report["verdict"]["kind"] == "identical"
    assert report["a"]["name"] == "standard input"


WRONG = [
    (["missing.png", "b.png"], "missing.png: No such file or directory."),
    (["a.png", "."], ".: Is a directory."),
    (["empty.png", "b.png"], "a (empty.png): it is empty."),
    (["a.png", "words.png"], "b (words.png): it is not a PNG, JPEG, WebP, AVIF, TIFF, BMP or GIF picture."),
    (["cut.png", "b.png"], "a (cut.png): it is cut short: a part of it is missing."),
    (["a.png", "-"], "b (standard input): it is empty."),
    (["a.png", "/dev/zero"], "/dev/zero: it has more than 1 MiB, the limit; MAX_BODY sets another."),
    (["-", "-"], "Only one of A and B can be -, standard input. See `python -m app compare --help`."),
    (["a.png"], "Missing argument 'B'. See `python -m app compare --help`."),
    (
        ["a.png", "b.png", "--threshold", "much"],
        "threshold: must be a valid number, unable to parse string as a number.",
    ),
    (["a.png", "b.png", "--html", "no/report.html"], "no/report.html: there is no folder "),
    (["a.png", "b.png", "--png", "."], ".: this is a folder."),
    (["a.png", "b.png", "--json", "--png", "-"], "Only one of --json, --html - and --png - can have standard output."),
    (["a.png", "b.png", "--html", "/dev/full"], "/dev/full: No space left on device."),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG, ids=[" ".join(arguments) for arguments, _ in WRONG])
def test_an_error_is_one_line_and_writes_no_file(run: Run, folder: Path, arguments: list[str], message: str) -> None:
    (folder / "empty.png").touch()
    (folder / "words.png").write_text("words")
    (folder / "cut.png").write_bytes((folder / "a.png").read_bytes()[:5000])
    before = sorted(folder.iterdir())
    result = run("compare", *arguments, *QUICK, sent=b"", MAX_BODY=str(1024**2))
    assert result.exit_code == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"Error: {message}")
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("MAX_PIXELS", "1000", "a (a.png): it has 0.1 million pixels; the limit is 0.001 million."),
        ("MAX_PIXELS", "many", "A setting in the environment is wrong. MAX_PIXELS: Input should be a valid integer"),
        ("DEADLINE", "0.001", "The evaluation took longer than 0.001 seconds, the limit here. DEADLINE sets another."),
        ("FEATURE_HANDLES", "here", "A setting in the environment is wrong: "),
    ],
)
def test_settings_apply_as_for_the_service(run: Run, setting: str, value: str, message: str) -> None:
    result = run("compare", "a.png", "b.png", *QUICK, **{setting: value})
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"Error: {message}")


def test_the_embedded_network_is_used(run: Run) -> None:
    result = run("compare", "a.png", "b.png", "--analyses", "mobilenet,lpips")
    assert result.exit_code == 0
    assert re.search(r"^Meaning +cosine distance 0\.\d+ by EfficientNet-Lite0$", result.stdout, re.MULTILINE)
    assert re.search(r"^Perception +LPIPS 0\.\d+$", result.stdout, re.MULTILINE)


def test_without_weights_there_is_no_network(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(efficientnet_lite0, "PACKAGE", "no_such_package")
    monkeypatch.setattr(efficientnet_lite0, "_loaded", None)
    result = run("compare", "a.png", "b.png", "--analyses", "mobilenet,pixel")
    assert result.exit_code == 0
    assert "Meaning     unavailable: The weights of EfficientNet-Lite0 are not here." in result.stdout


def test_tensorflows_messages_are_suppressed(process: Process, small_weights: Weights) -> None:
    handles = {
        "CLASSIFICATION_HANDLES": json.dumps(small_weights.classification_handles),
        "FEATURE_HANDLES": json.dumps(small_weights.feature_handles),
        "CLASSIFICATION_SHA256": small_weights.classification_sha256,
        "FEATURE_SHA256": small_weights.feature_sha256,
        "TFHUB_CACHE_DIR": str(small_weights.cache_dir),
    }
    result = process("$app compare a.png b.png --analyses mobilenet", **handles)
    assert result.returncode == 0
    assert result.stderr == b""
    assert b"Meaning     cosine distance 0." in result.stdout
    assert b" by MobileNet V2\n" in result.stdout


def test_streams_as_in_a_shell(process: Process) -> None:
    quick = " ".join(QUICK)
    result = process(f"$app compare - b.png {quick} --html - < a.png")
    assert result.returncode == 0, result.stderr
    assert result.stdout.lower().startswith(b"<!doctype html>")
    assert result.stdout.rstrip().endswith(b"</html>")
    assert process(f"$app compare a.png <(cat b.png) {quick} --png - --fail-on changed").returncode == 1


@pytest.mark.parametrize(
    ("target", "code", "message"),
    [
        ("| true", 141, ""),  # which reads nothing, of more than a pipe holds
        ("> /dev/full", 2, "Error: standard output: No space left on device.\n"),
    ],
)
def test_output_that_cannot_be_written(process: Process, target: str, code: int, message: str) -> None:
    result = process(f"$app compare a.png b.png --analyses pixel --html - {target}")
    assert (result.returncode, result.stderr.decode()) == (code, message)


def test_a_terminal_without_the_characters_shows_the_table(process: Process) -> None:
    result = process("$app compare a.png b.png --analyses pixel", PYTHONIOENCODING="koi8-r")
    assert (result.returncode, result.stderr) == (0, b"")
    assert b"a.png, 240 ? 160 px" in result.stdout


@pytest.fixture
def interrupted(folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A comparison that has just opened the pipe for A; it gets SIGINT when the test continues."""
    os.mkfifo(folder / "pipe")
    (folder / "report.html").write_text("older")
    command = [
        sys.executable,
        "-m",
        "app",
        "compare",
        "pipe",
        "b.png",
        "--analyses",
        "methods",
        "--html",
        "report.html",
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        yield process
    assert (folder / "report.html").read_text() == "older"
    assert not list(folder.glob(".draft-*"))


def test_interrupted_while_reading(interrupted: "subprocess.Popen[bytes]", folder: Path) -> None:
    with (folder / "pipe").open("wb"):
        interrupted.send_signal(signal.SIGINT)
        printed, message = interrupted.communicate(timeout=20)
    assert (interrupted.returncode, printed, message.strip()) == (130, b"", b"Interrupted.")


def test_interrupted_while_comparing(interrupted: "subprocess.Popen[bytes]", folder: Path) -> None:
    (folder / "b.png").write_bytes(png(textured(1600, 1200)))
    with (folder / "pipe").open("wb") as pipe:
        pipe.write(png(blurred(textured(1600, 1200), 2)))
    time.sleep(0.5)  # the comparison takes several seconds
    interrupted.send_signal(signal.SIGINT)
    printed, message = interrupted.communicate(timeout=20)
    assert (interrupted.returncode, printed, message) == (130, b"", b"")
