"""Numbers that a file declares and a report repeats: each is what the file holds, or the file is refused as broken."""

import struct
from collections.abc import Iterator

import pytest

from tests.faults.corpus import chunk, drawn, saved, valid_files
from tests.faults.server import Server, started
from tests.faults.test_bombs import TIFF_ENTRIES, directory, png
from tests.pictures import changed_scene
from tests.pictures import png as encoded

FRAMES = "it declares more frames than it has"
HEADER = "its header is not that of a PNG"
SIGNATURE = 8


def animated(frames: int) -> bytes:
    """A PNG that declares so many frames and has none."""
    return png(chunk(b"acTL", struct.pack(">II", frames, 0)))


def header(depth: int) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", 60, 40, depth, 2, 0, 0, 0))


def behind(first: bytes) -> bytes:
    """An ordinary PNG behind another chunk."""
    ordinary = saved(drawn(), "PNG")
    return ordinary[:SIGNATURE] + first + ordinary[SIGNATURE:]


def tiff(depths: tuple[int, ...] = (8,), following: bytes = b"") -> bytes:
    """A gray TIFF of 8 × 8 with these bits per channel, and with bytes where its second page would be."""
    entries = {tag: (4, 1, value) for tag, value in TIFF_ENTRIES}
    entries[258] = (3, len(depths), sum(depth << 16 * i for i, depth in enumerate(depths)))
    return (b"II*\0\x08\0\0\0" + directory(entries, 400 if following else 0)).ljust(400, b"\0") + following


BROKEN: dict[str, tuple[str, bytes]] = {
    "frames": (FRAMES, animated(1 << 31)),
    "a few frames": (FRAMES, animated(2)),
    "depth in a text before the header": (
        "its header is not that of a PNG",
        behind(chunk(b"tEXt", b"C\0" + b"\xc8" * 40)),
    ),
    "depth in a first header of two": ("its header is not that of a PNG", behind(header(77))),
}
# A TIFF is read as far as it is sound.
SOUND = {
    "depths of channels that are not there": tiff((8, 65_535)),
    "a page without entries": tiff(following=struct.pack("<HI", 0, 400)),
    "pages without entries": tiff(following=b"".join(struct.pack("<HI", 0, 406 + 6 * i) for i in range(50_000))),
    "a page beyond the end": tiff(following=struct.pack("<H", 60_000)),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with started(tmp_path_factory.mktemp("declared")) as server:
        yield server


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_declares_what_it_does_not_hold_is_refused(server: Server, name: str) -> None:
    reason, data = BROKEN[name]
    files = {"a": data, "b": encoded(changed_scene())}
    answer = server.post("/api/v1/evaluate", files=files, data={"analyses": "pixel"})
    assert answer.status_code == 422
    assert reason in answer.json()["detail"]


@pytest.mark.parametrize("name", SOUND)
def test_a_report_repeats_only_what_is_there(server: Server, name: str) -> None:
    files = {"a": SOUND[name], "b": encoded(changed_scene())}
    answer = server.post("/api/v1/evaluate", files=files, data={"analyses": "pixel"})
    assert answer.status_code == 201
    described = answer.json()["a"]
    assert (described["bits"], described["frames"]) == (8, 1)


def test_valid_files_are_taken_with_their_numbers(server: Server) -> None:
    for name, data in valid_files().items():
        files = {"a": data, "b": encoded(changed_scene())}
        answer = server.post("/api/v1/evaluate", files=files, data={"analyses": "pixel"})
        assert answer.status_code == 201, name
        described = answer.json()["a"]
        assert described["frames"] == (3 if "animated" in name or "local" in name else 2 if "pages" in name else 1)
        assert described["bits"] in (1, 8, 16, 32)
