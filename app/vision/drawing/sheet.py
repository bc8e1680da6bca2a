"""A comparison as one picture, for a bug report: the verdict, both pictures, the difference and the list of changes."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from app.vision.arrays import UInt8
from app.vision.drawing.outlines import illustrate
from app.vision.region import Box

Colour = tuple[int, int, int]

WIDTH, MARGIN, GAP = 1600, 40, 24  # pixels
# Largest height of a picture by the number of columns, so that the sheet is at most about 2400 pixels high.
MAX_HEIGHTS = {1: 460, 2: 1050, 3: 1500}
MIN_SIDE = 240  # smallest longer side of a picture; smaller pictures are enlarged
MAX_LISTED, ROW, CROP = 12, 80, 64
MAX_OUTLINES = 100  # more would hide the picture
INK, SOFT_INK, LINE, BACKGROUND = (23, 24, 26), (92, 95, 99), (223, 223, 220), (240, 240, 238)
A, B = (26, 95, 208), (178, 80, 0)


@dataclass(frozen=True)
class Entry:
    """A change in the list: its box in the pictures of the sheet, its title, and two lines of facts."""

    box: Box
    title: str
    facts: tuple[str, str]


@dataclass(frozen=True)
class Panel:
    """A picture, uint8 RGB (height, width, 3), under its title: a word in `colour`, then more words in soft ink."""

    word: str
    colour: Colour
    words: str
    picture: UInt8


def sheet(
    summary: str,
    panels: Sequence[Panel],
    entries: Sequence[Entry],
    foot: str,
    frames: Sequence[tuple[Panel, Panel]] = (),
) -> UInt8:
    """The sheet, uint8 RGB (height, 1600, 3).

    panels: A, B and, if there is one, the difference, all in the same frame and of the same size. The entries are
    outlined and numbered on A and B, and the first twelve are listed with a crop of both.
    frames: A and B of further frames, each pair in a row of its own, as they are.
    """
    columns = _columns(panels, bool(entries))
    width = (WIDTH - 2 * MARGIN - (columns - 1) * GAP) // columns
    outlined = entries[:MAX_OUTLINES]
    cells = [_panel(panel, outlined if index < 2 else [], width, columns) for index, panel in enumerate(panels)]
    listed = [_list(panels, entries, width if columns == 2 else WIDTH - 2 * MARGIN)] if entries else []
    if columns == 2 and len(cells) == 3:
        cells, listed = [*cells, *listed], []
    rows = [_row(cells[start : start + columns]) for start in range(0, len(cells), columns)]
    half = (WIDTH - 2 * MARGIN - GAP) // 2
    rows += [_row([_panel(panel, [], half, 2) for panel in frame]) for frame in frames]
    return _stack([_heading(summary), *rows, *listed, _line(_shortened(foot, 18, WIDTH - 2 * MARGIN), 18, SOFT_INK)])


def _columns(panels: Sequence[Panel], listed: bool) -> int:
    """The number of columns: 1 for wide pictures, 3 for tall ones or without a list in the fourth cell, else 2."""
    height, width = panels[0].picture.shape[:2]
    if width > 2.4 * height:
        return 1
    return 3 if height > 1.4 * width or (len(panels) == 3 and not listed) else 2


def _heading(summary: str) -> UInt8:
    """The verdict, wrapped into the fewest lines, which are about equally long."""
    width = WIDTH - 2 * MARGIN
    lines = list(_wrapped(summary, 36, width, 600))
    for narrower in range(width, width // 2, -GAP):
        if len(balanced := list(_wrapped(summary, 36, narrower, 600))) == len(lines):
            lines = balanced
    return _column([_line(_shortened(line, 36, width, 600), 36, INK, 600) for line in lines])


def _panel(panel: Panel, entries: Sequence[Entry], width: int, columns: int) -> UInt8:
    """Title and picture, scaled to its column; outlines are drawn after scaling, so that their width is the same."""
    height, across = panel.picture.shape[:2]
    scale = min(width / across, MAX_HEIGHTS[columns] / height, max(8, MIN_SIDE / max(across, height)))
    size = max(1, round(across * scale)), max(1, round(height * scale))
    enlarged = cv2.INTER_NEAREST if scale > 1 else cv2.INTER_AREA
    picture = np.asarray(cv2.resize(panel.picture, size, interpolation=enlarged), np.uint8)
    picture = illustrate(picture, (across, height), [entry.box for entry in entries])
    title = _line(panel.word, 22, panel.colour, 600)
    words = _line(_shortened(panel.words, 20, width - title.shape[1] - 12), 20, SOFT_INK)
    column = np.full((1, width, 3), 255, np.uint8)  # keeps the column's width under narrow pictures
    return _column([_row([title, words], 12), _framed(picture), column])


def _list(panels: Sequence[Panel], entries: Sequence[Entry], width: int) -> UInt8:
    """The changes in two columns, each with a crop of A and of B."""
    column = (width - GAP) // 2
    rows = [_entry(panels, number, entry, column) for number, entry in enumerate(entries[:MAX_LISTED], 1)]
    half = (len(rows) + 1) // 2
    columns = _row([_column(part, 0) for part in (rows[:half], rows[half:]) if part])
    title = _line("1 place" if len(entries) == 1 else f"{len(entries):,} places", 22, INK, 600)
    left = len(entries) - MAX_LISTED
    return _column([title, columns, *([_line(f"and {left:,} more", 18, SOFT_INK)] if left > 0 else [])])


def _entry(panels: Sequence[Panel], number: int, entry: Entry, width: int) -> UInt8:
    row = np.full((ROW, width, 3), 255, np.uint8)
    row[0] = LINE
    left = 34
    _write(row, str(number), 4, 28, 18, INK, 600)
    for panel in panels[:2]:
        row[8 : 8 + CROP, left : left + CROP] = _crop(panel.picture, entry.box)
        row[8 + CROP : 8 + CROP + 3, left : left + CROP] = panel.colour
        left += CROP + 6
    _write(row, _shortened(entry.title, 18, width - left - 8, 600), left + 6, 26, 18, INK, 600)
    for baseline, fact in zip((48, 68), entry.facts, strict=True):
        _write(row, _shortened(fact, 15, width - left - 8), left + 6, baseline, 15, SOFT_INK)
    return row


def _crop(picture: UInt8, box: Box) -> UInt8:
    """The box and its surroundings as a square, CROP pixels a side; empty beyond the border of the picture."""
    height, width = picture.shape[:2]
    side = min(max(8, round(1.5 * max(box.width, box.height))), max(height, width))
    left, top = (
        min(max(start + (extent - side) // 2, 0), max(limit - side, 0))
        for start, extent, limit in ((box.x, box.width, width), (box.y, box.height, height))
    )
    part = picture[top : top + side, left : left + side]
    tall, wide = (max(1, round(length * CROP / side)) for length in part.shape[:2])
    interpolation = cv2.INTER_NEAREST if side < CROP else cv2.INTER_AREA
    square = np.full((CROP, CROP, 3), BACKGROUND, np.uint8)
    inside = Box((CROP - wide) // 2, (CROP - tall) // 2, wide, tall)
    square[inside.slices] = cv2.resize(part, (wide, tall), interpolation=interpolation)
    return square


def _framed(picture: UInt8) -> UInt8:
    """The picture with a hairline border, which shows the extent of a white picture."""
    return np.asarray(cv2.copyMakeBorder(picture, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=LINE), np.uint8)


def _row(parts: Sequence[UInt8], gap: int = GAP) -> UInt8:
    """Parts in a row, aligned at the top, on white."""
    canvas = np.full((max(p.shape[0] for p in parts), sum(p.shape[1] + gap for p in parts) - gap, 3), 255, np.uint8)
    left = 0
    for part in parts:
        canvas[: part.shape[0], left : left + part.shape[1]] = part
        left += part.shape[1] + gap
    return canvas


def _column(parts: Sequence[UInt8], gap: int = 8) -> UInt8:
    """Parts in a column, aligned at the left, on white."""
    turned = [np.ascontiguousarray(part.transpose(1, 0, 2)) for part in parts]
    return np.ascontiguousarray(_row(turned, gap).transpose(1, 0, 2))


def _stack(parts: Sequence[UInt8]) -> UInt8:
    body = _column(parts, GAP)
    canvas = np.full((body.shape[0] + 2 * MARGIN, WIDTH, 3), 255, np.uint8)
    canvas[MARGIN : MARGIN + body.shape[0], MARGIN : MARGIN + body.shape[1]] = body
    return canvas


def _line(text: str, size: int, colour: Colour, weight: int = 400) -> UInt8:
    text = _printable(text)
    line = np.full((round(size * 1.5), max(1, _text_width(text, size, weight)), 3), 255, np.uint8)
    _write(line, text, 0, round(size * 1.1), size, colour, weight)
    return line


def _write(canvas: UInt8, text: str, x: int, y: int, size: int, colour: Colour, weight: int = 400) -> None:
    """Draw text with its baseline at y, in OpenCV's built-in font: the same on every machine, with Chinese."""
    cv2.putText(canvas, _printable(text), (x, y), colour, cv2.FontFace("sans"), size, weight=weight)


def _printable(text: str) -> str:
    """The text with "?" for unprintable characters: a lone surrogate would crash OpenCV, a NUL would end the text."""
    return "".join(character if character.isprintable() else "?" for character in unicodedata.normalize("NFC", text))


def _text_width(text: str, size: int, weight: int) -> int:
    left, _, width, _ = cv2.getTextSize((0, 0), _printable(text), (0, 0), cv2.FontFace("sans"), size, weight=weight)
    return int(left + width) + 2


def _wrapped(text: str, size: int, width: int, weight: int) -> Iterator[str]:
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and _text_width(longer, size, weight) > width:
            yield line
            longer = word
        line = longer
    yield line


def _shortened(text: str, size: int, width: int, weight: int = 400) -> str:
    """The text, or its beginning and end if it is too long, since names often differ at the end."""
    kept = len(text)
    short = text
    while kept > 2 and _text_width(short, size, weight) > width:
        kept -= 1
        short = f"{text[: (kept + 1) // 2]}…{text[len(text) - kept // 2 :]}"
    return short
