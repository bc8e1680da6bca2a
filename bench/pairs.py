"""Pairs to measure with: drawn, so that anybody has the same ones, or found in a folder."""

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import mkdtemp

import cv2
import numpy as np
from PIL import Image

from app.vision.arrays import UInt8

PAPER, INK, LINE = (255, 255, 255, 255), (60, 50, 45, 255), (226, 221, 219, 255)  # blue, green, red, alpha
BEFORE, AFTER = (160, 90, 30, 255), (60, 130, 40, 255)
LETTERS = list("abcdefghijklmnoprstuvw  ")
SECTION = 536  # rows of a drawn page from one heading to the next


@dataclass(frozen=True)
class Pair:
    """Two files that lie on the disk, as other programs want them."""

    name: str
    a: Path
    b: Path


def photo(width: int, height: int) -> tuple[bytes, bytes]:
    """A pair of JPEG files: layered noise with discs on it, as rich in detail as a photograph; B has one disc more."""
    random = np.random.default_rng(3)
    picture = np.zeros((height, width, 3), np.float32)
    for cells in (8, 32, 128, 512):
        coarse = random.normal(0, 40, (cells, cells, 3)).astype(np.float32)
        picture += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    a = np.clip(picture + 128, 0, 255).astype(np.uint8)
    for x, y, radius in random.integers(0, (width, height, width // 20), (40, 3)):
        cv2.circle(a, (int(x), int(y)), int(radius) + 5, random.integers(0, 256, 3).tolist(), -1, cv2.LINE_AA)
    b = a.copy()
    cv2.circle(b, (width // 2, height // 2), width // 40, (0, 0, 255), -1, cv2.LINE_AA)
    return _encode(".jpg", a), _encode(".jpg", b)


def page(width: int, height: int) -> tuple[bytes, bytes]:
    """A pair of PNG files with alpha, as browsers save a whole page: headings, lines of text, buttons, a few pictures.

    In every fourth section of B the button has another colour, and a line another text.
    """
    a = np.full((-(-height // SECTION) * SECTION, width, 4), PAPER, np.uint8)
    b = a.copy()
    texts, changes = np.random.default_rng(3), np.random.default_rng(4)
    for place, top in enumerate(range(0, len(a), SECTION)):
        _section(a[top : top + SECTION], texts)
        if place % 4 == 0:
            _picture(a[top + 60 : top + 440, width * 3 // 5 : width * 3 // 5 + width // 3], texts)
        b[top : top + SECTION] = a[top : top + SECTION]
        if place % 4 == 1:
            _button(b[top : top + SECTION], AFTER)
            b[top + 300 : top + 350, 60 : width // 2] = PAPER
            _write(b, _words(changes, width // 36), 60, top + 336, 0.9)
    return _encode(".png", a[:height]), _encode(".png", b[:height])


def _section(part: UInt8, random: np.random.Generator) -> None:
    """A heading, lines of text, a button below, a hairline under it all."""
    _write(part, _words(random, 30), 60, 90, 2)
    for baseline in range(156, 420, 45):
        _write(part, _words(random, part.shape[1] // 36), 60, baseline, 0.9)
    _button(part, BEFORE)
    part[-2:] = LINE


def _picture(part: UInt8, random: np.random.Generator) -> None:
    """Soft colours over the whole part."""
    coarse = random.integers(0, 256, (6, 12, 3), np.uint8)
    part[..., :3] = cv2.resize(coarse, part.shape[1::-1], interpolation=cv2.INTER_CUBIC)


def _button(part: UInt8, colour: tuple[int, ...]) -> None:
    cv2.rectangle(part, (60, 440), (320, 500), colour, -1, cv2.LINE_AA)
    _write(part, "Read on", 120, 482, 1, PAPER)


def _write(picture: UInt8, text: str, x: int, y: int, scale: float, colour: tuple[int, ...] = INK) -> None:
    cv2.putText(picture, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, scale, colour, 2, cv2.LINE_AA)


def _words(random: np.random.Generator, letters: int) -> str:
    return "".join(random.choice(LETTERS, letters))


def _encode(extension: str, picture: UInt8) -> bytes:
    how = [cv2.IMWRITE_JPEG_QUALITY, 92] if extension == ".jpg" else [cv2.IMWRITE_PNG_COMPRESSION, 6]
    return cv2.imencode(extension, picture, how)[1].tobytes()


PHOTO = "photo, 1 MP JPEG"
DRAWN: dict[str, Callable[[], tuple[bytes, bytes]]] = {
    PHOTO: partial(photo, 1152, 864),
    "photo, 12 MP JPEG": partial(photo, 4000, 3000),
}
PAGE: dict[str, Callable[[], tuple[bytes, bytes]]] = {"page, 37 MP PNG": partial(page, 3446, 10728)}


def lay_out(drawn: dict[str, Callable[[], tuple[bytes, bytes]]], folder: Path) -> list[Pair]:
    """Draw each pair and write it into a folder of its own in this one."""
    pairs = []
    for name, draw in drawn.items():
        files, place = draw(), Path(mkdtemp(dir=folder))
        paths = [place / f"{side}.{'png' if is_png(files[0]) else 'jpg'}" for side in "ab"]
        for path, data in zip(paths, files, strict=True):
            path.write_bytes(data)
        pairs.append(Pair(name, *paths))
    return pairs


def find(folder: Path) -> Iterator[Pair]:
    """The pairs NAME_a.png and NAME_b.png of a folder, or .jpg, in the order of their names."""
    for a in sorted(folder.glob("*_a.*")):
        b = a.with_stem(a.stem[:-1] + "b")
        if a.suffix in (".png", ".jpg", ".jpeg") and b.exists():
            yield Pair(f"{a.stem[:-2]}, {_megapixels(a):.3g} MP {'JPEG' if a.suffix != '.png' else 'PNG'}", a, b)


def _megapixels(path: Path) -> float:
    with Image.open(path) as picture:
        return picture.width * picture.height / 1e6


def commented(data: bytes, comment: str) -> bytes:
    """The same picture in another file: a PNG gets a tEXt chunk, a JPEG a comment, each after its first part."""
    text = comment.encode()
    if is_png(data):
        chunk = b"tEXt" + b"Comment\0" + text
        return data[:33] + struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) + data[33:]
    at = 4 + int.from_bytes(data[4:6], "big")
    return data[:at] + b"\xff\xfe" + struct.pack(">H", len(text) + 2) + text + data[at:]


def is_png(data: bytes) -> bool:
    """By its signature."""
    return data.startswith(b"\x89PNG\r\n\x1a\n")
