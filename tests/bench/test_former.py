"""The present code against itself, with real servers, and the ratios on made-up measurements."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from bench import former, pairs
from bench.former import Taken, row
from bench.peak_memory import ROOT


@contextmanager
def present_code(_commit: str) -> Iterator[Path]:
    yield ROOT


def test_the_ratio_is_the_median_of_those_of_requests_one_after_the_other() -> None:
    before = [Taken(1.0, 2.0, 10_000_000), Taken(4.0, 2.0, 30_000_000), Taken(2.0, 2.0, 20_000_000)]
    now = [Taken(0.5, 1.0, 5_000_000), Taken(3.0, 1.0, 6_000_000), Taken(0.5, 1.0, 7_000_000)]
    expected = ["page", "2,000", "500", "0.50", "2,000", "1,000", "0.50", "20", "6"]
    assert row("page", before, now) == expected


def test_an_unknown_commit_is_refused() -> None:
    with pytest.raises(subprocess.CalledProcessError), former.checkout("nowhere"):
        pass


def test_both_are_asked_and_a_table_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(former, "checkout", present_code)
    monkeypatch.setattr(pairs, "DRAWN", {"photo": partial(pairs.photo, 160, 120)})
    monkeypatch.setattr(pairs, "PAGE", {})
    former.main(["HEAD", "--repeat", "1"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].startswith("|  | ms before | ms now | ratio |")
    assert [line.split(" | ")[0] for line in lines[4:]] == ["| photo, all analyses", "| photo, pixel alone"]
