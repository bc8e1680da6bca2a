from pathlib import Path
from typing import Any

from bench.screenshots import screenshots
from tests.bench.conftest import BOX


def test_what_the_service_reports(data: Path, entries: dict[str, dict[str, Any]]) -> None:
    reported = screenshots(data, entries["page"], ["combined", "pixelwise"])
    assert (reported.name, reported.sizes, reported.alignment) == ("page", "240 × 160", "not_needed")
    assert reported.regions == {"combined": 1, "pixelwise": 1}
    assert (
        0.9 * BOX[2] * BOX[3] < reported.different <= BOX[2] * BOX[3]
    )  # what passes for a smoothed edge is not counted
    assert reported.stated == "1,200 (pixelmatch)"
    assert reported.verdict.startswith("1 ")
