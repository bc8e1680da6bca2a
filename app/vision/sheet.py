"""One picture that tells a whole comparison, for a bug report: the verdict, both pictures, the difference, the list."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from app.vision.arrays import UInt8
from app.vision.draw import outline
from app.vision.region import Box

Colour = tuple[int, int, int]

WIDTH, MARGIN, GAP = 1600, 40, 24  # pixels
TALLEST = 1200  # of a picture on the sheet
LISTED, ROW, CROP = 12, 80, 64
WHITE, INK, SOFT, LINE = (255, 255, 255), (23, 24, 26), (92, 95, 99), (223, 223, 220)
A, B = (26, 95, 208), (178, 80, 0)


@dataclass(frozen=True)
class Entry:
    """A change in the list: where it is in the pictures of the sheet, what it is, and two lines of what is known."""

    box: Box
    title: str
    facts: tuple[str, str]


@dataclass(frozen=True)
class Panel:
    """A picture, uint8 RGB, under its title: a word in a colour, and more in plain ink."""

    word: str
    colour: Colour
    words: str
    picture: UInt8


def sheet(summary: str, panels: Sequence[Panel], entries: Sequence[Entry], foot: str) -> UInt8:
    """The sheet, uint8 RGB (height, 1600, 3).

    panels: A, B and, where there is one, the difference, all in one frame and of one size. The entries are outlined
    and numbered on A and B and listed with a cut-out of both, the first twelve of them.
    """
    shape = panels[0].picture.shape
    columns = 3 if shape[0] > 1.4 * shape[1] else 1 if shape[1] > 2.4 * shape[0] else 2
    width = (WIDTH - 2 * MARGIN - (columns - 1) * GAP) // columns
    cells = [_panel(panel, entries, width, outlined=index < 2) for index, panel in enumerate(panels)]
    listed = _list(panels, entries, width if columns == 2 else WIDTH - 2 * MARGIN)
    if columns == 2:
        cells.append(listed)
    rows = [_beside(cells[start : start + columns]) for start in range(0, len(cells), columns)]
    below = [] if columns == 2 else [listed]
    parts = [_heading(summary), *rows, *below, _line(_shortened(foot, 18, WIDTH - 2 * MARGIN), 18, SOFT)]
    return _stack([part for part in parts if part.size])


def _heading(summary: str) -> UInt8:
    """The verdict in as many lines as it takes."""
    width = WIDTH - 2 * MARGIN
    lines = [_shortened(line, 36, width, 600) for line in _wrapped(summary, 36, width, 600)]
    return _above([_line(line, 36, INK, 600) for line in lines])


def _panel(panel: Panel, entries: Sequence[Entry], width: int, outlined: bool) -> UInt8:
    """Title and picture, scaled into its column; outlines are drawn after that, so that they look alike on all."""
    height, across = panel.picture.shape[:2]
    scale = min(width / across, TALLEST / height, 8.0)
    size = max(1, round(across * scale)), max(1, round(height * scale))
    enlarged = cv2.INTER_NEAREST if scale > 1 else cv2.INTER_AREA
    picture = np.asarray(cv2.resize(panel.picture, size, interpolation=enlarged), np.uint8)
    if outlined:
        picture = outline(picture, [_scaled(entry.box, scale) for entry in entries])
    title = _line(panel.word, 22, panel.colour, 600)
    words = _line(_shortened(panel.words, 20, width - title.shape[1] - 12), 20, SOFT)
    return _above([_beside([title, words], 12), _framed(picture)])


def _list(panels: Sequence[Panel], entries: Sequence[Entry], width: int) -> UInt8:
    """The changes in two columns, each with a cut-out of A and of B."""
    if not entries:
        return np.empty((0, width, 3), np.uint8)
    column = (width - GAP) // 2
    rows = [_entry(panels, number, entry, column) for number, entry in enumerate(entries[:LISTED], 1)]
    half = (len(rows) + 1) // 2
    columns = _beside([_above(part, 0) for part in (rows[:half], rows[half:]) if part])
    left = len(entries) - LISTED
    return _above([columns, _line(f"and {left} more", 18, SOFT)]) if left > 0 else columns


def _entry(panels: Sequence[Panel], number: int, entry: Entry, width: int) -> UInt8:
    row = np.full((ROW, width, 3), 255, np.uint8)
    row[0] = LINE
    place = 34
    _write(row, str(number), 4, 28, 18, INK, 600)
    for panel in panels[:2]:
        row[8 : 8 + CROP, place : place + CROP] = _crop(panel.picture, entry.box)
        row[8 + CROP : 8 + CROP + 3, place : place + CROP] = panel.colour
        place += CROP + 6
    _write(row, _shortened(entry.title, 18, width - place - 8, 600), place + 6, 26, 18, INK, 600)
    for baseline, fact in zip((48, 68), entry.facts, strict=True):
        _write(row, _shortened(fact, 15, width - place - 8), place + 6, baseline, 15, SOFT)
    return row


def _crop(picture: UInt8, box: Box) -> UInt8:
    """The box and some of what is around it, as a square; beyond the picture its border is repeated."""
    side = max(8, round(1.5 * max(box.width, box.height)))
    left, top = box.x + (box.width - side) // 2, box.y + (box.height - side) // 2
    height, width = picture.shape[:2]
    rows = np.clip(np.linspace(top, top + side - 1, CROP).round().astype(int), 0, height - 1)
    columns = np.clip(np.linspace(left, left + side - 1, CROP).round().astype(int), 0, width - 1)
    # As many pixels as are shown are taken: a cut-out of a large region needs no more.
    return np.ascontiguousarray(picture[np.ix_(rows, columns)])


def _scaled(box: Box, scale: float) -> Box:
    size = [max(1, round(side * scale)) for side in (box.width, box.height)]
    return Box(round(box.x * scale), round(box.y * scale), *size)


def _framed(picture: UInt8) -> UInt8:
    """A hairline round it, so that a white picture ends somewhere."""
    return np.asarray(cv2.copyMakeBorder(picture, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=LINE), np.uint8)


def _beside(parts: Sequence[UInt8], gap: int = GAP) -> UInt8:
    """Parts in a row, their tops level, on white."""
    canvas = np.full((max(p.shape[0] for p in parts), sum(p.shape[1] + gap for p in parts) - gap, 3), 255, np.uint8)
    place = 0
    for part in parts:
        canvas[: part.shape[0], place : place + part.shape[1]] = part
        place += part.shape[1] + gap
    return canvas


def _above(parts: Sequence[UInt8], gap: int = 8) -> UInt8:
    """Parts one above the other, their left edges level, on white."""
    turned = [np.ascontiguousarray(part.transpose(1, 0, 2)) for part in parts]
    return np.ascontiguousarray(_beside(turned, gap).transpose(1, 0, 2))


def _stack(parts: Sequence[UInt8]) -> UInt8:
    body = _above(parts, GAP)
    canvas = np.full((body.shape[0] + 2 * MARGIN, WIDTH, 3), 255, np.uint8)
    canvas[MARGIN : MARGIN + body.shape[0], MARGIN : MARGIN + body.shape[1]] = body
    return canvas


def _line(text: str, size: int, colour: Colour, weight: int = 400) -> UInt8:
    line = np.full((round(size * 1.5), max(1, _extent(text, size, weight)), 3), 255, np.uint8)
    _write(line, text, 0, round(size * 1.1), size, colour, weight)
    return line


def _write(canvas: UInt8, text: str, x: int, y: int, size: int, colour: Colour, weight: int = 400) -> None:
    """Text with its baseline at y. OpenCV's own fonts: the same on every machine, Chinese included."""
    cv2.putText(canvas, text, (x, y), colour, cv2.FontFace("sans"), size, weight=weight)


def _extent(text: str, size: int, weight: int) -> int:
    left, _, width, _ = cv2.getTextSize((0, 0), text, (0, 0), cv2.FontFace("sans"), size, weight=weight)
    return int(left + width) + 2


def _wrapped(text: str, size: int, width: int, weight: int) -> Iterator[str]:
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and _extent(longer, size, weight) > width:
            yield line
            longer = word
        line = longer
    yield line


def _shortened(text: str, size: int, width: int, weight: int = 400) -> str:
    """The text, or its beginning and end where it is too long: names differ at the end."""
    kept = len(text)
    short = text
    while kept > 2 and _extent(short, size, weight) > width:
        kept -= 1
        short = f"{text[: (kept + 1) // 2]}…{text[len(text) - kept // 2 :]}"
    return short
