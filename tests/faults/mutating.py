"""Damage to files, drawn by hypothesis: blind, or at the places that say how long, how large and how many."""

import re
import struct
import zlib
from collections.abc import Sequence

from hypothesis import strategies as st

from tests.faults.corpus import chunk, valid_files

# What begins a part of a file, by how the file begins.
_PARTS = {
    b"\x89PNG": rb".{4}(IHDR|PLTE|tRNS|iCCP|eXIf|tEXt|iTXt|acTL|fcTL|IDAT|fdAT|IEND)",
    b"\xff\xd8": rb"\xff[\xc0-\xfe]",
    b"RIFF": rb"VP8[ LX]|ALPH|ANIM|ANMF|ICCP|EXIF|XMP ",
    b"GIF8": rb"[!,][\x00-\xff]",
    b"\0\0\0": rb".{4}(meta|iloc|iinf|infe|iprp|ispe|pixi|av1C|colr|ipma|mdat|moov|trak|mdia|stbl|st[a-z]{2}|stsz)",
}
_NUMBERS = st.sampled_from(
    [0, 1, 2, 3, 7, 8, 16, 41, 61, 255, 256, 1000, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 2**32 - 1]
)


@st.composite
def mutations(draw: st.DrawFn) -> bytes:
    """A valid file with one to four damages. Half of the PNGs get checksums that fit: else they end at the first."""
    data = draw(st.sampled_from(list(valid_files().values())))
    is_png = data.startswith(b"\x89PNG")
    for _ in range(draw(st.integers(1, 4))):
        data = draw(st.sampled_from(_DAMAGES))(draw, data) or b"\0"
    return _with_checksums(data) if is_png and draw(st.booleans()) else data


def _with_checksums(png: bytes) -> bytes:
    fitting, at = png[:8], 8
    while at + 12 <= len(png):
        length = int.from_bytes(png[at : at + 4])
        fitting += chunk(png[at + 4 : at + 8], png[at + 8 : at + 8 + length])
        at += 12 + length
    return fitting + png[at:]


def _starts(data: bytes) -> Sequence[int]:
    """Where the parts begin: chunks, segments, boxes, blocks, a TIFF's entries; the file itself where there is none."""
    if data[:2] in (b"II", b"MM"):
        order = "<" if data[:2] == b"II" else ">"
        (directory,) = struct.unpack_from(f"{order}I", data.ljust(8, b"\0"), 4)
        count = int.from_bytes(data[directory : directory + 2], "little" if order == "<" else "big")
        return range(directory + 2, directory + 3 + 12 * min(count, 40), 12)
    pattern = next((p for begin, p in _PARTS.items() if data.startswith(begin)), rb"^")
    return [found.start() for found in re.finditer(pattern, data, re.DOTALL)] or [0]


def _place(draw: st.DrawFn, data: bytes) -> int:
    """Anywhere, or in the first bytes of a part."""
    if draw(st.booleans()):
        return draw(st.integers(0, len(data) - 1))
    return min(draw(st.sampled_from(_starts(data))) + draw(st.integers(0, 24)), len(data) - 1)


def _part(draw: st.DrawFn, data: bytes) -> slice:
    starts = [*_starts(data), len(data)]
    first = draw(st.integers(0, len(starts) - 2))
    return slice(starts[first], starts[first + 1])


def _flipped(draw: st.DrawFn, data: bytes) -> bytes:
    at = _place(draw, data)
    return data[:at] + bytes([data[at] ^ draw(st.integers(1, 255))]) + data[at + 1 :]


def _inserted(draw: st.DrawFn, data: bytes) -> bytes:
    at = _place(draw, data)
    return data[:at] + draw(st.binary(min_size=1, max_size=32)) + data[at:]


def _deleted(draw: st.DrawFn, data: bytes) -> bytes:
    at = _place(draw, data)
    return data[:at] + data[at + draw(st.integers(1, 64)) :]


def _truncated(draw: st.DrawFn, data: bytes) -> bytes:
    return data[: _place(draw, data)]


def _renumbered(draw: st.DrawFn, data: bytes) -> bytes:
    """Another length, size or count."""
    at, form = _place(draw, data), draw(st.sampled_from(["<H", ">H", "<I", ">I"]))
    mask = 2 ** (8 * struct.calcsize(form)) - 1
    number = struct.pack(form, draw(_NUMBERS) & mask)
    return data[:at] + number + data[at + len(number) :]


def _repeated(draw: st.DrawFn, data: bytes) -> bytes:
    part = _part(draw, data)
    return data[: part.stop] + data[part] * draw(st.sampled_from([1, 2, 5, 50])) + data[part.stop :]


def _swapped(draw: st.DrawFn, data: bytes) -> bytes:
    one, other = sorted((_part(draw, data), _part(draw, data)), key=lambda part: part.start)
    between = data[one.stop : other.start]
    return data[: one.start] + data[other] + between + data[one] + data[other.stop :]


def _spliced(draw: st.DrawFn, data: bytes) -> bytes:
    """The head of this file and the tail of another."""
    other = draw(st.sampled_from(list(valid_files().values())))
    return data[: _place(draw, data)] + other[_place(draw, other) :]


def _recompressed(draw: st.DrawFn, data: bytes) -> bytes:
    """Other bytes in a deflated stream, which would else fail at its own checksum."""
    at = max(data.find(b"IDAT") + 4, 8)
    try:
        rows = bytearray(zlib.decompress(data[at:]))
    except zlib.error:
        return _flipped(draw, data)
    rows[draw(st.integers(0, len(rows) - 1))] ^= draw(st.integers(1, 255))
    return data[: at - 8] + chunk(b"IDAT", zlib.compress(bytes(rows))) + chunk(b"IEND", b"")


_DAMAGES = [
    _flipped, _inserted, _deleted, _truncated, _renumbered, _repeated, _swapped, _spliced, _recompressed,
]  # fmt: skip
