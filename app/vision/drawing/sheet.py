"""One picture that tells a whole comparison, for a bug report: the verdict, both pictures, the difference, the list."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from app.vision.arrays import UInt8
from app.vision.drawing.outlines import outline
from app.vision.region import Box, map_box

Colour = tuple[int, int, int]

WIDTH, MARGIN, GAP = 1600, 40, 24  # pixels
TALLEST = {1: 460, 2: 1050, 3: 1500}  # of a picture, by the number of columns: the sheet has some 2400 at most
SMALLEST = 240  # of the longer side, however small the picture is
LISTED, ROW, CROP = 12, 80, 64
MARKED = 100  # outlines; more hide the picture
INK, SOFT, LINE, WELL = (23, 24, 26), (92, 95, 99), (223, 223, 220), (240, 240, 238)
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
    columns = _columns(panels, bool(entries))
    width = (WIDTH - 2 * MARGIN - (columns - 1) * GAP) // columns
    cells = [_panel(panel, entries[:MARKED] if index < 2 else [], width, columns) for index, panel in enumerate(panels)]
    listed = [_list(panels, entries, width if columns == 2 else WIDTH - 2 * MARGIN)] if entries else []
    if columns == 2 and len(cells) == 3:
        cells, listed = [*cells, *listed], []
    rows = [_beside(cells[start : start + columns]) for start in range(0, len(cells), columns)]
    return _stack([_heading(summary), *rows, *listed, _line(_shortened(foot, 18, WIDTH - 2 * MARGIN), 18, SOFT)])


def _columns(panels: Sequence[Panel], listed: bool) -> int:
    """One below the other where they are wide; in a row where they are tall, or no list fills the fourth place."""
    height, width = panels[0].picture.shape[:2]
    if width > 2.4 * height:
        return 1
    return 3 if height > 1.4 * width or (len(panels) == 3 and not listed) else 2


def _heading(summary: str) -> UInt8:
    """The verdict in as many lines as it takes, about equally long."""
    width = WIDTH - 2 * MARGIN
    lines = list(_wrapped(summary, 36, width, 600))
    for narrower in range(width, width // 2, -GAP):
        if len(balanced := list(_wrapped(summary, 36, narrower, 600))) == len(lines):
            lines = balanced
    return _above([_line(_shortened(line, 36, width, 600), 36, INK, 600) for line in lines])


def _panel(panel: Panel, entries: Sequence[Entry], width: int, columns: int) -> UInt8:
    """Title and picture, scaled into its column; outlines are drawn after that, so that they look alike on all."""
    height, across = panel.picture.shape[:2]
    scale = min(width / across, TALLEST[columns] / height, max(8, SMALLEST / max(across, height)))
    size = max(1, round(across * scale)), max(1, round(height * scale))
    enlarged = cv2.INTER_NEAREST if scale > 1 else cv2.INTER_AREA
    picture = np.asarray(cv2.resize(panel.picture, size, interpolation=enlarged), np.uint8)
    picture = outline(picture, [map_box(entry.box, np.diag([scale, scale, 1.0]), size) for entry in entries])
    title = _line(panel.word, 22, panel.colour, 600)
    words = _line(_shortened(panel.words, 20, width - title.shape[1] - 12), 20, SOFT)
    column = np.full((1, width, 3), 255, np.uint8)  # so that columns stay in line under narrow pictures, too
    return _above([_beside([title, words], 12), _framed(picture), column])


def _list(panels: Sequence[Panel], entries: Sequence[Entry], width: int) -> UInt8:
    """The changes in two columns, each with a cut-out of A and of B."""
    column = (width - GAP) // 2
    rows = [_entry(panels, number, entry, column) for number, entry in enumerate(entries[:LISTED], 1)]
    half = (len(rows) + 1) // 2
    columns = _beside([_above(part, 0) for part in (rows[:half], rows[half:]) if part])
    title = _line("1 place" if len(entries) == 1 else f"{len(entries):,} places", 22, INK, 600)
    left = len(entries) - LISTED
    return _above([title, columns, *([_line(f"and {left:,} more", 18, SOFT)] if left > 0 else [])])


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
    """The box and some of what is around it, as a square; what of it lies beyond the picture is left empty."""
    height, width = picture.shape[:2]
    side = min(max(8, round(1.5 * max(box.width, box.height))), max(height, width))
    left, top = (
        min(max(start + (extent - side) // 2, 0), max(limit - side, 0))
        for start, extent, limit in ((box.x, box.width, width), (box.y, box.height, height))
    )
    part = picture[top : top + side, left : left + side]
    tall, wide = (max(1, round(length * CROP / side)) for length in part.shape[:2])
    interpolation = cv2.INTER_NEAREST if side < CROP else cv2.INTER_AREA
    square = np.full((CROP, CROP, 3), WELL, np.uint8)
    place = Box((CROP - wide) // 2, (CROP - tall) // 2, wide, tall)
    square[place.slices] = cv2.resize(part, (wide, tall), interpolation=interpolation)
    return square


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
    text = _drawable(text)
    line = np.full((round(size * 1.5), max(1, _extent(text, size, weight)), 3), 255, np.uint8)
    _write(line, text, 0, round(size * 1.1), size, colour, weight)
    return line


def _write(canvas: UInt8, text: str, x: int, y: int, size: int, colour: Colour, weight: int = 400) -> None:
    """Text with its baseline at y. OpenCV's own fonts: the same on every machine, Chinese included."""
    cv2.putText(canvas, _drawable(text), (x, y), colour, cv2.FontFace("sans"), size, weight=weight)


def _drawable(text: str) -> str:
    """The text with a question mark for what has no shape: half a character would crash OpenCV, a zero end the text."""
    return "".join(sign if sign.isprintable() else "?" for sign in unicodedata.normalize("NFC", text))


def _extent(text: str, size: int, weight: int) -> int:
    left, _, width, _ = cv2.getTextSize((0, 0), _drawable(text), (0, 0), cv2.FontFace("sans"), size, weight=weight)
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
