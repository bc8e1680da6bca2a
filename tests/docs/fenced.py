"""The fenced blocks of a Markdown page."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (?P<title>.+)$", re.MULTILINE)
ADDRESS = "http://127.0.0.1:8000"


@dataclass(frozen=True)
class Block:
    """A block: its page, relative to the project; its first line there, from 1; the heading above; what it holds."""

    page: str
    line: int
    heading: str
    info: str
    text: str


def blocks(page: str, *infos: str) -> list[Block]:
    """A page's blocks whose fence says one of `infos`, such as "sh"; all where none is given."""
    source = (ROOT / page).read_text()
    found = []
    for match in FENCE.finditer(source):
        before = source[: match.start("text")]
        headings = HEADING.findall(FENCE.sub("", before))
        found.append(
            Block(page, before.count("\n") + 1, headings[-1] if headings else "", match["info"], match["text"])
        )
    return [block for block in found if not infos or block.info in infos]


def script(found: Sequence[Block], server: str) -> str:
    """The blocks as one program that speaks to `server`, each on the lines it has in its page: errors point there."""
    lines: list[str] = []
    for block in found:
        lines += [""] * (block.line - 1 - len(lines)) + block.text.splitlines()
    return "\n".join(lines).replace(ADDRESS, server) + "\n"
