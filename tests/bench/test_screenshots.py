from pathlib import Path
from typing import Any

from bench.screenshots import screenshots
from tests.bench.conftest import BOX


def test_what_the_service_tells(data: Path, entries: dict[str, dict[str, Any]]) -> None:
    told = screenshots(data, entries["page"], ["combined", "pixelwise"])
    assert (told.name, told.sizes, told.alignment) == ("page", "240 × 160", "not_needed")
    assert told.regions == {"combined": 1, "pixelwise": 1}
    assert 0.9 * BOX[2] * BOX[3] < told.different <= BOX[2] * BOX[3]  # what passes for a smoothed edge is not counted
    assert told.stated == "1,200 (pixelmatch)"
    assert told.verdict.startswith("1 ")
