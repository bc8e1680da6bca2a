"""The sizes of the frames in an AVIF file, read from the frames' own headers before any frame is decoded.

The container declares a size, too, and libavif scales the coded frames to it. So a file may declare a few pixels and
have 268 million decoded, or hold nothing and declare millions.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from app.vision.decoding.errors import BrokenPicture

MAX_STEPS = 100_000  # boxes, items, extents and units, in total
_UNREADABLE = "its AVIF data are damaged, or of a kind that cannot be read"
_SEQUENCE_HEADER = 1
_AROUND_TABLES = {b"moov", b"trak", b"mdia", b"minf", b"stbl"}


@dataclass(frozen=True)
class CodedFrames:
    """The frames that are coded in a file.

    sizes: width and height of each AV1 picture and of the first frame of each AV1 track: the maxima in its sequence
    headers, which no frame may exceed.
    grid: whether one of the pictures is composed of others.
    """

    sizes: list[tuple[int, int]]
    grid: bool


def coded_frames(data: bytes) -> CodedFrames:
    """Read the boxes (ISO/IEC 14496-12 and 23008-12) and the sequence headers (AV1, 5.5.1) of an AVIF file.

    Raises BrokenPicture if the size of the frames that a decoder would get cannot be determined.
    """
    file = _File(data)
    try:
        sizes = [_largest(file.obus(unit)) for unit in file.units()]
    except (IndexError, struct.error) as error:
        raise BrokenPicture(_UNREADABLE) from error
    return CodedFrames(sizes, file.grid)


class _File:
    """The boxes of a file, read in at most MAX_STEPS steps, since a file may consist of millions of boxes."""

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self._steps = 0
        self._joined = 0
        self.grid = False

    def units(self) -> Iterator[memoryview]:
        """The units that the AV1 decoder would get, one by one."""
        for kind, start, end in self._boxes(0, len(self._data)):
            if kind == b"meta":
                yield from self._pictures(start + 4, end)
        yield from self._first_samples(0, len(self._data))

    def obus(self, unit: memoryview) -> Iterator[tuple[int, memoryview]]:
        """Type and contents of each open bitstream unit (AV1, 5.3)."""
        at = 0
        while at < len(unit):
            self._step()
            head = unit[at]
            at += 2 if head & 4 else 1
            size = len(unit) - at
            if head & 2:
                size, at = _leb128(unit, at)
            yield head >> 3 & 15, unit[at : at + size]
            at += size

    def _step(self) -> None:
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise BrokenPicture(_UNREADABLE)

    def _boxes(self, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
        """The boxes between two offsets of the file: type, and offsets of the start and the end of the contents."""
        while start + 8 <= end:
            self._step()
            size, kind = struct.unpack_from(">I4s", self._data, start)
            contents = start + 8
            if size == 1:
                (size,) = struct.unpack_from(">Q", self._data, contents)
                contents += 8
            stop = start + size if size else end
            if not contents <= stop <= end:
                raise BrokenPicture(_UNREADABLE)
            yield kind, contents, stop
            start = stop

    def _pictures(self, start: int, end: int) -> Iterator[memoryview]:
        inside = {kind: (at, stop) for kind, at, stop in self._boxes(start, end)}
        kinds = dict(self._kinds(*inside[b"iinf"])) if b"iinf" in inside else {}
        self.grid |= b"grid" in kinds.values()
        if b"iloc" in inside:
            at, stop = inside.get(b"idat", (0, 0))
            wanted = {item for item, kind in kinds.items() if kind == b"av01"}
            yield from self._items(_Numbers(self._data, inside[b"iloc"][0]), self._data[at:stop], wanted)

    def _kinds(self, start: int, end: int) -> Iterator[tuple[int, bytes]]:
        """Id and type of each item."""
        for _, at, _ in self._boxes(start + (8 if self._data[start] else 6), end):
            item, _, kind = struct.unpack_from(">IH4s" if self._data[at] == 3 else ">HH4s", self._data, at + 4)
            yield item, kind

    def _items(self, read: "_Numbers", stored: memoryview, wanted: set[int]) -> Iterator[memoryview]:
        """The bytes of each wanted item. stored: the contents of the `idat` box."""
        version = read(4) >> 24
        sizes = read(2)
        offset, length, base, index = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
        for _ in range(read(4 if version == 2 else 2)):
            self._step()
            item = read(4 if version == 2 else 2)
            source = stored if version and read(2) & 15 else self._data
            read(2)
            begins = read(base)
            extents = []
            for _ in range(read(2)):
                self._step()
                read(index if version else 0)
                extents.append((begins + read(offset), read(length)))
            if item in wanted:
                yield self._join(source, extents)

    def _join(self, source: memoryview, extents: list[tuple[int, int]]) -> memoryview:
        parts = [source[start : start + length if length else None] for start, length in extents]
        if len(parts) == 1:
            return parts[0]
        self._joined += sum(map(len, parts))
        if self._joined > len(self._data):  # the same bytes are used repeatedly
            raise BrokenPicture(_UNREADABLE)
        return memoryview(b"".join(parts))

    def _first_samples(self, start: int, end: int) -> Iterator[memoryview]:
        """The first sample of each track."""
        tables = {}
        for kind, at, stop in self._boxes(start, end):
            if kind in _AROUND_TABLES:
                yield from self._first_samples(at, stop)
            tables[kind] = at
        if b"stsd" in tables and bytes(self._data[tables[b"stsd"] + 12 :][:4]) == b"av01":
            wide = b"co64" in tables
            (at,) = struct.unpack_from(">Q" if wide else ">I", self._data, tables[b"co64" if wide else b"stco"] + 8)
            every, _, first = struct.unpack_from(">III", self._data, tables[b"stsz"] + 4)
            yield self._data[at : at + (every or first)]


class _Numbers:
    """Reads big-endian numbers of a given size in bytes."""

    def __init__(self, data: memoryview, at: int) -> None:
        self._data, self._at = data, at

    def __call__(self, size: int) -> int:
        self._at += size
        if self._at > len(self._data):
            raise BrokenPicture(_UNREADABLE)
        return int.from_bytes(self._data[self._at - size : self._at])


class _Bits:
    """Reads numbers of a given size in bits, the highest bit first."""

    def __init__(self, data: memoryview) -> None:
        self._value, self._left = int.from_bytes(data[:1024]), 8 * len(data[:1024])  # no header is longer

    def __call__(self, bits: int) -> int:
        self._left -= bits
        if self._left < 0:
            raise BrokenPicture(_UNREADABLE)
        return self._value >> self._left & ((1 << bits) - 1)


def _leb128(unit: memoryview, at: int) -> tuple[int, int]:
    """A LEB128 number (AV1, 4.10.5) and the offset of its end."""
    value = 0
    for index in range(8):
        byte = unit[at + index]
        value |= (byte & 127) << 7 * index
        if byte < 128:
            return value, at + index + 1
    raise BrokenPicture(_UNREADABLE)


def _largest(obus: Iterator[tuple[int, memoryview]]) -> tuple[int, int]:
    sizes = [_frame_size(_Bits(contents)) for kind, contents in obus if kind == _SEQUENCE_HEADER]
    if not sizes:
        raise BrokenPicture(_UNREADABLE)
    return max(width for width, _ in sizes), max(height for _, height in sizes)


def _frame_size(read: _Bits) -> tuple[int, int]:
    """The largest width and height of a frame, from a sequence header."""
    read(4)
    if read(1):  # a still picture's short header
        read(5)
    else:
        _skip_operating_points(read)
    width, height = read(4) + 1, read(4) + 1
    return read(width) + 1, read(height) + 1


def _skip_operating_points(read: _Bits) -> None:
    delay = 0
    if read(1):  # timing
        read(64)
        if read(1):  # frames at equal distances
            zeros = 0
            while not read(1):
                zeros += 1
            read(zeros if zeros < 32 else 0)
        if read(1):  # a decoder's model
            delay = read(5) + 1
            read(42)
    displayed = read(1)
    for _ in range(read(5) + 1):
        read(12)
        read(1 if read(5) > 7 else 0)
        read(2 * delay + 1 if delay and read(1) else 0)
        read(4 if displayed and read(1) else 0)
