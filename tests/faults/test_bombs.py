"""Small files that would take minutes or gigabytes: each is refused, or opened, within two seconds and 300 MiB.

Seconds are a processor's: how busy the machine is says nothing about a file.
"""

import struct
import zlib
from collections.abc import Callable, Iterator

import pytest
from PIL import Image

from app.execution.deadline import StepTimer
from app.execution.memory import BYTES_PER_PIXEL
from app.execution.process_pool import ProcessPool
from app.vision.decoding.decode import declared_pixels
from tests.faults.corpus import XMP, chunk, drawn, saved
from tests.faults.opening import open_it

PIXELS = 50_000_000
SECONDS, MEBIBYTES = 2, 300
MEBIBYTE = 1 << 20
PNG_HEAD = 33  # signature and IHDR


@pytest.fixture(scope="module")
def workers() -> Iterator[ProcessPool]:
    workers = ProcessPool(1)
    workers.start()
    yield workers
    workers.close()


def patched(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


def zeros(mebibytes: int) -> bytes:
    return zlib.compress(bytes(mebibytes * MEBIBYTE), 1)


def png(*chunks: bytes) -> bytes:
    """An ordinary PNG with these chunks before its pixels."""
    ordinary = saved(drawn(), "PNG")
    return ordinary[:PNG_HEAD] + b"".join(chunks) + ordinary[PNG_HEAD:]


def endless_pixels() -> bytes:
    """A PNG of 60 × 40 whose stream goes on for 100 MB."""
    header = struct.pack(">IIBBBBB", 60, 40, 8, 0, 0, 0, 0)
    return saved(drawn(), "PNG")[:8] + chunk(b"IHDR", header) + chunk(b"IDAT", zeros(100)) + chunk(b"IEND", b"")


TIFF_ENTRIES = ((256, 8), (257, 8), (258, 8), (259, 1), (262, 1), (273, 200), (277, 1), (278, 8), (279, 64))


def directory(entries: dict[int, tuple[int, int, int]], following: int = 0) -> bytes:
    """A TIFF directory: type, count and value by tag."""
    rows = b"".join(struct.pack("<HHII", tag, *entry) for tag, entry in sorted(entries.items()))
    return struct.pack("<H", len(entries)) + rows + struct.pack("<I", following)


def tiff(changes: dict[int, tuple[int, int, int]], body: bytes = b"") -> bytes:
    """A gray TIFF of 8 × 8 with some tags changed, and bytes from 400 on."""
    entries = {tag: (4, 1, value) for tag, value in TIFF_ENTRIES} | changes
    return (b"II*\0\x08\0\0\0" + directory(entries)).ljust(400, b"\0") + body


def long_tag(tag: int, kind: int, size: int) -> Callable[[], bytes]:
    return lambda: tiff({tag: (kind, 60 * MEBIBYTE // size, 400)}, bytes([1, 0, 0, 0]) * 15 * MEBIBYTE)


def huge_tile() -> bytes:
    """One tile of 4,096 × 4,096 for a picture of 8 × 8, and a stream that fills it."""
    side = 4_096
    body = zeros(side * side // MEBIBYTE)
    tags = {322: side, 323: side, 324: 400, 325: len(body), 259: 8}
    return tiff({tag: (4, 1, value) for tag, value in tags.items()}, body)


def pages(count: int) -> bytes:
    entries = {tag: (4, 1, value) for tag, value in TIFF_ENTRIES}
    size = len(directory(entries))
    chained = (directory(entries, 8 + (i + 1) * size if i + 1 < count else 0) for i in range(count))
    return b"II*\0\x08\0\0\0" + b"".join(chained) + bytes(200)


def looped_exif() -> bytes:
    """Directories that point to themselves, as their own children and as what follows."""
    return b"Exif\0\0II*\0\x08\0\0\0" + directory(dict.fromkeys((0x8769, 0x8825, 0xA005), (4, 1, 8)), 8)


def shared_exif(kilobytes: int, tags: int) -> bytes:
    """Many tags that each are nearly all of it."""
    start = 14 + 12 * tags
    entries = {1000 + i: (7, kilobytes * 1024 - start, start) for i in range(tags)}
    return (b"Exif\0\0II*\0\x08\0\0\0" + directory(entries)).ljust(kilobytes * 1024 + 6, b"\0")


def gif(frames: int, width: int = 1, height: int = 1) -> bytes:
    frame = b"!\xf9\4\0\1\0\0\0," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\2\2\x4c\1\0"
    return b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0, 0, 0) + frame * frames + b";"


def jpeg(segment: bytes, count: int) -> bytes:
    """An ordinary JPEG with so many segments before its own."""
    ordinary = saved(drawn(), "JPEG")
    return ordinary[:2] + segment * count + ordinary[2:]


def scans(count: int, width: int = 60, height: int = 40) -> bytes:
    """A progressive JPEG whose last scan comes again and again."""
    ordinary = saved(drawn("L"), "JPEG", progressive=True)
    declared = patched(ordinary, ordinary.index(b"\xff\xc2") + 5, struct.pack(">HH", height, width))
    last = ordinary.rindex(b"\xff\xda")
    return declared[:-2] + declared[last:-2] * count + declared[-2:]


def bmp_runs(runs: bytes) -> bytes:
    """A run-length coded BMP that declares 60,000 × 800."""
    palette = saved(drawn("P"), "BMP")
    header = bytearray(palette[: int.from_bytes(palette[10:14], "little")])
    header[18:26], header[30], header[34:38] = struct.pack("<ii", 60_000, 800), 1, struct.pack("<I", len(runs))
    return bytes(header) + runs


def webp_of_canvas(side: int) -> bytes:
    ordinary = saved(drawn(), "WEBP", xmp=XMP)
    return patched(ordinary, ordinary.index(b"VP8X") + 12, (side - 1).to_bytes(3, "little") * 2)


def webp_frames(count: int) -> bytes:
    ordinary = saved(drawn(), "WEBP", save_all=True, append_images=[drawn("L")])
    first = ordinary.index(b"ANMF")
    end = first + 8 + int.from_bytes(ordinary[first + 4 : first + 8], "little")
    body = ordinary[8:first] + ordinary[first:end] * count
    return b"RIFF" + struct.pack("<I", len(body)) + body


def avif_of(side: int, coded: tuple[int, int] = (60, 40)) -> bytes:
    ordinary = saved(drawn().resize(coded), "AVIF")
    return patched(ordinary, ordinary.index(b"ispe") + 8, struct.pack(">II", side, side))


def avif_units() -> bytes:
    """A picture behind 30 million delimiters."""
    ordinary, more = saved(drawn(), "AVIF"), 60 * MEBIBYTE
    at = ordinary.index(b"iloc") + 22  # where the length of the one item stands
    length = int.from_bytes(ordinary[at : at + 4])
    assert ordinary[-length:][:2] == b"\x12\0"
    return (
        patched(ordinary, at, struct.pack(">I", length + more))[:-length] + b"\x12\0" * (more // 2) + ordinary[-length:]
    )


def animation(frames: int) -> bytes:
    controls = (struct.pack(">IIIIIHHBB", i, 60, 40, 0, 0, 1, 1, 0, 0) for i in range(frames))
    return png(chunk(b"acTL", struct.pack(">II", frames, 0)), *(chunk(b"fcTL", control) for control in controls))


PARTS, DAMAGED, PIXELS_TOLD = "far more parts", "damaged", "million pixels"
BOMBS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "PNG declared": (
        PIXELS_TOLD,
        lambda: png()[:8] + chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)) + png()[33:],
    ),
    "PNG endless pixels": ("opened", endless_pixels),
    "PNG tiny chunks": (PARTS, lambda: png(chunk(b"IDAT", b"") * 300_000)),
    "PNG zTXt": (DAMAGED, lambda: png(chunk(b"zTXt", b"C\0\0" + zeros(100)))),
    "PNG iTXt": (DAMAGED, lambda: png(chunk(b"iTXt", b"C\0\1\0\0\0" + zeros(100)))),
    "PNG iCCP": (DAMAGED, lambda: png(chunk(b"iCCP", b"C\0\0" + zeros(100)))),
    "PNG many zTXt": (DAMAGED, lambda: png(chunk(b"zTXt", b"C\0\0" + zlib.compress(bytes(1_000_000))) * 100)),
    "PNG many tEXt": (PARTS, lambda: png(chunk(b"tEXt", b"C\0x") * 200_000)),
    "PNG long tEXt": ("opened", lambda: png(chunk(b"tEXt", b"C\0" + bytes(60 * MEBIBYTE)))),
    "PNG EXIF loop": ("opened", lambda: png(chunk(b"eXIf", looped_exif()[6:]))),
    "PNG EXIF shared": ("opened", lambda: png(chunk(b"eXIf", shared_exif(1000, 30_000)[6:]))),
    "PNG animation": (PARTS, lambda: animation(100_000)),
    "JPEG scans": (PARTS, lambda: scans(5_000)),
    "JPEG scans of much": (PARTS, lambda: scans(50, 7_000, 7_000)),
    "JPEG tables": (PARTS, lambda: jpeg(b"\xff\xdb\0\x43\0" + b"\1" * 64, 100_000)),
    "JPEG comments": (PARTS, lambda: jpeg(b"\xff\xfe\0\2", 300_000)),
    "JPEG profile of 60 MB": ("opened", lambda: jpeg(b"\xff\xe2\xff\xffICC_PROFILE\0\1\1" + bytes(65_519), 900)),
    "JPEG EXIF of 60 MB": (PARTS, lambda: jpeg(b"\xff\xe1\xff\xffExif\0\0" + bytes(65_527), 900)),
    "JPEG EXIF loop": ("opened", lambda: saved(drawn(), "JPEG", exif=looped_exif())),
    "GIF declared": (PIXELS_TOLD, lambda: gif(1, 65_535, 65_535)),
    "GIF left behind": (PIXELS_TOLD, lambda: gif(1, 65_535, 65_535).replace(b"!\xf9\4\0", b"!\xf9\4\x08")),
    "GIF frames": ("opened", lambda: gif(100_000)),
    "GIF more frames": (PARTS, lambda: gif(1_000_000)),
    "WebP canvas": (PIXELS_TOLD, lambda: webp_of_canvas(16_384)),
    "WebP frames": ("opened", lambda: webp_frames(20_000)),
    "WebP profile of 60 MB": ("opened", lambda: saved(drawn(), "WEBP", icc_profile=bytes(60 * MEBIBYTE))),
    "WebP EXIF of 30 MB": ("opened", lambda: saved(drawn(), "WEBP", exif=shared_exif(30_000, 60_000))),
    "WebP deep XMP": ("opened", lambda: saved(drawn(), "WEBP", xmp=b"<a>" * 10_000_000)),
    "AVIF declared": (DAMAGED, lambda: avif_of(60_000)),
    "AVIF of nothing": ("not of the size that it declares", lambda: avif_of(7_000)),
    "AVIF of a stamp": ("not of the size that it declares", lambda: avif_of(60, (3_000, 2_000))),
    "AVIF units": (DAMAGED, avif_units),
    "AVIF boxes": (DAMAGED, lambda: saved(drawn(), "AVIF") + struct.pack(">I4s", 8, b"free") * 7_000_000),
    "AVIF profile of 60 MB": ("opened", lambda: saved(drawn(), "AVIF", icc_profile=bytes(60 * MEBIBYTE))),
    "TIFF declared": (PIXELS_TOLD, lambda: tiff({256: (4, 1, 60_000), 257: (4, 1, 60_000)})),
    "TIFF tile": ("tiles that are far larger", huge_tile),
    "TIFF pages": ("opened", lambda: pages(60_000)),
    "TIFF more pages": (PARTS, lambda: pages(150_000)),
    "TIFF EXIF loop": ("opened", lambda: saved(drawn(), "TIFF", exif=looped_exif())),
    "TIFF depths": (PARTS, long_tag(258, 5, 8)),
    "TIFF strips": (PARTS, long_tag(273, 4, 4)),
    "TIFF orientations": (PARTS, long_tag(274, 5, 8)),
    "TIFF resolutions": (PARTS, long_tag(282, 5, 8)),
    "TIFF EXIF pointers": (PARTS, long_tag(34665, 4, 4)),
    "BMP ends of line": ("opened", lambda: bmp_runs(bytes([1, 1, 0, 0]) * 800 + b"\0\1")),
    "BMP jumps": ("opened", lambda: bmp_runs(bytes([0, 2, 255, 255]) * 1000 + b"\0\1")),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_costs_little(workers: ProcessPool, name: str) -> None:
    expected, make = BOMBS[name]
    cost = workers.run(StepTimer(30), open_it, make(), PIXELS)
    assert expected in cost.outcome
    assert cost.said == ""
    assert cost.seconds < SECONDS
    assert cost.mebibytes < MEBIBYTES


@pytest.mark.parametrize("kind", ["AVIF", "PNG", "WEBP", "JPEG"])
def test_much_in_a_small_file_costs_no_more_than_it_weighs(workers: ProcessPool, kind: str) -> None:
    """A picture of one colour is small as a file and large in memory: its estimated memory goes by its size."""
    side = 4_000
    options = {"speed": 10} if kind == "AVIF" else {}
    data = saved(Image.new("RGB", (side, side)), kind, **options)
    assert len(data) < 300_000
    assert declared_pixels(data, PIXELS) == side * side
    cost = workers.run(StepTimer(30), open_it, data, PIXELS)
    assert cost.outcome == "opened"
    assert cost.mebibytes * MEBIBYTE < side * side * BYTES_PER_PIXEL
