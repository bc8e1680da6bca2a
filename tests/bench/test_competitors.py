import shutil
import sys
from pathlib import Path

import pytest
from PIL import Image

from bench.competitors import Competitor, CompetitorMissing, as_png, install
from bench.pairs import Pair, photo
from bench.peak_memory import CommandFailed

PATHS = Path("a.png"), Path("b.png")


def test_without_node_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CompetitorMissing, match="node and npm are not installed"):
        install(tmp_path)


def test_what_npm_says_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("node", "npm"):
        (tmp_path / name).write_text("#!/bin/sh\necho no network >&2\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which("npm") == str(tmp_path / "npm")
    with pytest.raises(CompetitorMissing, match="no network"):
        install(tmp_path / "cache")


def test_a_peer_says_by_its_exit_code_whether_it_compared() -> None:
    peer = Competitor(
        "odiff", (sys.executable, "-c", "import sys; sys.exit(22 if sys.argv[1] == 'a.png' else 1)"), (22,), False
    )
    assert peer.compare(Pair("", *PATHS)).seconds > 0
    with pytest.raises(CommandFailed, match="exit code 1"):
        peer.compare(Pair("", *PATHS[::-1]))


def test_jpeg_is_converted_for_who_reads_png_alone(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"another's")
    pair = Pair("photo", tmp_path / "a.jpg", tmp_path / "b.jpg")
    for path, data in zip((pair.a, pair.b), photo(64, 48), strict=True):
        path.write_bytes(data)
    converted = as_png(pair, tmp_path)
    assert as_png(converted, tmp_path) is converted
    with Image.open(converted.b) as picture, Image.open(pair.b) as source:
        assert picture.format == "PNG"
        assert picture.tobytes() == source.tobytes()
    assert (tmp_path / "a.png").read_bytes() == b"another's"
