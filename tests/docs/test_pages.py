"""Every example of the documentation is run by a test or excluded with a reason; every link leads somewhere."""

import re

import pytest

from app.config import Settings
from tests.docs.fenced import HEADING, ROOT, Block, blocks

COMMAND_PAGES = ("README.md", "docs/command-line.md", "docs/folders.md")
PAGES = ["README.md", "CONTRIBUTING.md", *sorted(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md"))]

# For each page, the languages whose blocks are all run by the test of that page.
RUN = {
    **{page: {"sh"} for page in COMMAND_PAGES},
    "docs/api.md": {"sh", "python", "js", "js browser"},
    "docs/testing.md": {"sh", "python", "js"},
    "docs/ci.md": {"sh"},
    "docs/service.md": {"ini"},
}

# The first words of every other block, and the reason why it is not run.
NOT_RUN = {
    "make ": "make runs this test, and nothing is installed again",
    "docker compose": "needs Docker",
    "docker buildx": "needs Docker",
    "export DOMAIN": "needs Docker, and a name that leads to this machine",
    ".venv/bin/python -m bench.accuracy": "needs measured pictures, which are not part of the project",
    ".venv/bin/python -m bench.networks": "needs measured pictures, which are not part of the project",
    ".venv/bin/python -m bench.performance": "takes minutes, and programs from npm",
    ".venv/bin/python -m training": "takes an hour, and photographs, which are not part of the project",
    "from alembic import command": "adds a file to app/store/migrations",
}

EXAMPLES = [block for page in PAGES for block in blocks(page) if block.info not in ("json", "text")]


@pytest.mark.parametrize("block", EXAMPLES, ids=lambda block: f"{block.page}:{block.line}")
def test_each_block_is_run_or_there_is_a_reason(block: Block) -> None:
    assert block.info in RUN.get(block.page, ()) or block.text.startswith(tuple(NOT_RUN)), block.text


@pytest.mark.parametrize("page", PAGES)
def test_each_link_leads_somewhere(page: str) -> None:
    source = (ROOT / page).read_text()
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", source):
        path, _, anchor = target.partition("#")
        file = (ROOT / page).parent / path if path else ROOT / page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file.read_text()), target


def anchors(source: str) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in HEADING.findall(source)}


@pytest.mark.parametrize("name", Settings.model_fields)
def test_each_setting_has_a_row(name: str) -> None:
    rows = [line for line in (ROOT / "docs/settings.md").read_text().splitlines() if line.startswith("| `")]
    assert any(f"`{name.upper()}`" in row.split("|")[1] for row in rows)


@pytest.mark.parametrize("page", sorted(path.name for path in (ROOT / "docs").glob("*.md") if path.name != "README.md"))
def test_the_index_lists_every_page(page: str) -> None:
    assert f"({page})" in (ROOT / "docs/README.md").read_text()


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 110
