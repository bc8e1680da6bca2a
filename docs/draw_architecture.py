"""Draw docs/architecture.svg: the packages of app/ in layers, with arrows for the imports found in their code.

python -m docs.draw_architecture [FILE]
"""

import ast
import sys
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "docs/architecture.svg"

# From the top: a package may import packages of lower layers only. The columns are those of the drawing.
LAYERS = (
    ("cli", "", "app"),
    ("", "", "web"),
    ("batch", "", "jobs"),
    ("rendering", "config", ""),
    ("", "", "evaluation"),
    ("execution", "vision", "store"),
    ("logs", "", ""),
)
NOTES = {  # packages and modules directly below app/; `app` is its __init__.py
    "cli": "commands: python -m app",
    "app": "create_app() assembles the service",
    "web": "HTTP: pages and REST API",
    "batch": "folders of pictures, no server",
    "jobs": "what worker processes run",
    "rendering": "a report as HTML, one file, PNG",
    "config": "settings from the environment",
    "evaluation": "one comparison, step by step",
    "execution": "processes, queue, deadline, memory",
    "vision": "decode, align, measure, find, draw",
    "store": "files and database rows",
    "logs": "log lines with a request id",
}

WIDTH, HEIGHT = 250, 52  # of a box, in pixels
COLUMN, ROW, MARGIN = WIDTH + 50, HEIGHT + 58, 24  # from one box to the next; around the drawing
PORTS = 190  # pixels of a box's edge over which the ends of its arrows are spread
TIP = 9  # height of an arrow's head
STYLE = """
    svg { --paper: #ffffff; --box: #eef3fb; --line: #3b5b8c; --ink: #14202e; --soft: #4d5d70 }
    @media (prefers-color-scheme: dark) {
      svg { --paper: #11161d; --box: #1d2836; --line: #8fb4ea; --ink: #e8eef6; --soft: #a9b7c8 }
    }
    .paper { fill: var(--paper) }
    .box { fill: var(--box); stroke: var(--line) }
    .arrow { fill: none; stroke: var(--line); stroke-width: 1.5 }
    .head { fill: var(--line) }
    text { font-family: system-ui, sans-serif; text-anchor: middle }
    .name { fill: var(--ink); font-size: 15px; font-weight: 600 }
    .note { fill: var(--soft); font-size: 12px }
"""

Edges = Mapping[str, set[str]]
Arrow = tuple[str, str]


def imports(file: Path) -> Iterator[str]:
    """Names of the modules that a file imports, at its top or in a function: "app.vision.pair", "flask"."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "app":
            yield from (f"app.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)


def package(module: str) -> str:
    """The package or module directly below app/: "vision" for "app.vision.pair", "app" for "app.create_app"."""
    name = f"{module}.".split(".")[1].replace("__main__", "cli")
    return name if name in NOTES else "app"


def edges() -> Edges:
    """The other packages that each package imports."""
    found: dict[str, set[str]] = {name: set() for name in NOTES}
    for file in (ROOT / "app").rglob("*.py"):
        importer = package(".".join(file.relative_to(ROOT).with_suffix("").parts))
        imported = {package(module) for module in imports(file) if module.split(".")[0] == "app"}
        found[importer] |= imported - {importer}
    return found


def reachable(found: Edges, start: str) -> set[str]:
    """The packages that `start` imports, directly or through others. Raises RecursionError if imports form a cycle."""
    return found[start].union(*(reachable(found, name) for name in found[start]))


def arrows(found: Edges) -> list[Arrow]:
    """The imports that no chain of other imports implies: the transitive reduction of the graph."""
    return [
        (start, end)
        for start in NOTES
        for end in sorted(found[start])
        if not any(end in reachable(found, name) for name in found[start])
    ]


def positions() -> dict[str, tuple[int, int]]:
    """The middle of the upper edge of each box as (x, y)."""
    return {
        name: (MARGIN + WIDTH // 2 + column * COLUMN, MARGIN + row * ROW)
        for row, names in enumerate(LAYERS)
        for column, name in enumerate(names)
        if name
    }


def port(drawn: list[Arrow], arrow: Arrow, side: int) -> int:
    """Where an arrow meets the edge of its box, in pixels from the middle: in the order of the boxes at the other ends.

    side: 0 for the edge that it leaves, 1 for the edge that it reaches.
    """
    placed = positions()
    here = sorted((a for a in drawn if a[side] == arrow[side]), key=lambda a: (placed[a[1 - side]][0], a))
    return (2 * here.index(arrow) + 1 - len(here)) * PORTS // (2 * len(here))


def curve(drawn: list[Arrow], arrow: Arrow) -> str:
    """An arrow from the lower edge of one box to the upper edge of the other."""
    placed = positions()
    (x0, y0), (x1, y1) = (placed[name] for name in arrow)
    x0, x1 = x0 + port(drawn, arrow, 0), x1 + port(drawn, arrow, 1)
    y0, y1 = y0 + HEIGHT, y1 - TIP
    bend = (y1 - y0) // 2
    return (
        f'  <path class="arrow" d="M {x0} {y0} C {x0} {y0 + bend} {x1} {y1 - bend} {x1} {y1}"/>'
        f'<path class="head" d="M {x1} {y1 + TIP} l -5 -{TIP} h 10 z"/>'
    )


def box(name: str, imported: set[str]) -> str:
    """A package. Its tooltip lists everything that it imports."""
    x, y = positions()[name]
    tooltip = f"{name} imports {', '.join(sorted(imported)) or 'no other package'}"
    return (
        f"  <g><title>{tooltip}</title>"
        f'<rect class="box" x="{x - WIDTH // 2}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="8"/>'
        f'<text class="name" x="{x}" y="{y + 22}">{name}</text>'
        f'<text class="note" x="{x}" y="{y + 40}">{escape(NOTES[name])}</text></g>'
    )


def draw(found: Edges) -> str:
    """The drawing as SVG."""
    width, height = 2 * (COLUMN + MARGIN) + WIDTH, (len(LAYERS) - 1) * ROW + HEIGHT + 2 * MARGIN
    drawn = arrows(found)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        f"  <title>The packages of app/ and what they import</title>\n  <style>{STYLE}  </style>",
        f'  <rect class="paper" width="{width}" height="{height}" rx="12"/>',
        *(curve(drawn, arrow) for arrow in drawn),
        *(box(name, found[name]) for name in NOTES),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1] if len(sys.argv) > 1 else FILE).write_text(draw(edges()))
