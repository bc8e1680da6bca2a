"""Every example of the documentation is run, or there is a reason; every link leads somewhere."""

import re

import pytest

from tests.docs.fenced import HEADING, ROOT, Block, blocks

PAGES = ["README.md", *sorted(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md"))]

# Of each page, the languages whose blocks all run in the test of that page.
RUN = {
    "README.md": {"sh"},
    "docs/api.md": {"sh", "python", "js", "js browser"},
    "docs/testing.md": {"sh", "python", "js"},
    "docs/ci.md": {"sh"},
    "docs/service.md": {"ini"},
}

# The first words of each other block, and why it is not run.
NOT_RUN = {
    "make run": "this test is run by make, and installs nothing anew",
    "docker compose": "needs Docker",
    ".venv/bin/python -m bench.accuracy": "needs measured pictures, which are not part of the project",
    ".venv/bin/python -m bench.networks": "needs measured pictures, which are not part of the project",
    ".venv/bin/python -m bench.performance": "takes minutes, and programs from npm",
    ".venv/bin/python -m training": "takes an hour, and photographs, which are not part of the project",
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
