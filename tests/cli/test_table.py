"""The table has the report's results, in the width of the terminal."""

import re
from typing import Any

import click
import pytest

from app.batch.offline import compare_files
from app.cli.table import MAX_FRAMES, MAX_REGIONS, table
from app.evaluation.report import AlignmentInfo, AnalysisInfo, FrameInfo, RegionInfo, Report, Verdict
from app.evaluation.request import EvaluationRequest
from app.execution.deadline import StepTimer
from app.store import Upload
from app.vision.region import Box
from tests.pictures import changed_scene, png, scene


@pytest.fixture(scope="module")
def report() -> Report:
    """All analyses that need no network, on a pair with one change."""
    files = Upload("a.png", png(scene())), Upload("b.png", png(changed_scene()))
    request = EvaluationRequest(analyses=("pixel", "ssim", "regions", "orb", "hash", "methods"))
    return compare_files(*files, request, 1_000_000, StepTimer(60)).report


def unstyled(report: Report, width: int = 100) -> str:
    return click.unstyle(table(report, width))


def row(report: Report, label: str) -> str:
    """The text beside a label, joined to one line."""
    found = re.search(rf"^{label} +(.*(?:\n {{12}}.*)*)", unstyled(report), re.MULTILINE)
    assert found
    return " ".join(found[1].split())


def a_region(**fields: Any) -> RegionInfo:
    boxes = {"box": Box(100, 20, 30, 40), "box_b": Box(100, 20, 30, 40)}
    return RegionInfo(changed_pixels=9, **{"score": 0.5, "found_by": ("luma", "chroma"), **boxes, **fields})


def with_regions(report: Report, *regions: RegionInfo) -> list[str]:
    """The lines of the list of regions."""
    return unstyled(report.model_copy(update={"regions": list(regions)})).split("\n\n")[-1].splitlines()


def test_each_analysis_has_its_figures(report: Report) -> None:
    metrics = report.metrics
    assert row(report, "Pixels").startswith(f"{(metrics['pixel_match_rate'] or 0) * 100:.2f} % match, ")
    assert f"PSNR {metrics['psnr']:.1f} dB" in row(report, "Pixels")
    assert row(report, "Structure").startswith(f"SSIM {metrics['ssim']:.3f}; MS-SSIM compares at five scales")
    assert row(report, "Features").startswith(f"similarity {metrics['orb_similarity']:.3f}; ")
    assert f"perceptual {metrics['phash_distance']}, average {metrics['ahash_distance']}" in row(report, "Hashes")
    assert re.search(r"combined 1, siamese \d+, pixelwise \d+, ssim \d+", row(report, "Finders"))
    assert "Regions" not in unstyled(report)


def test_where_there_is_no_figure_the_reason_stands_alone(report: Report) -> None:
    reasons = {"ssim": "Too small.", "orb": "No corners."}
    ran = [AnalysisInfo(name=name, status="ok", reason=reason, milliseconds=1) for name, reason in reasons.items()]
    metrics = {"ssim": None, "ms_ssim": None, "orb_similarity": None}
    bare = report.model_copy(update={"analyses": ran, "metrics": metrics})
    assert (row(bare, "Structure"), row(bare, "Features")) == ("Too small.", "No corners.")


def test_what_did_not_run_says_why(report: Report) -> None:
    ran = [
        AnalysisInfo(name="ssim", status="failed", reason="It broke.", milliseconds=1),
        AnalysisInfo(name="regions", status="unavailable", reason="Not here.", milliseconds=1),
    ]
    failed = report.model_copy(update={"analyses": ran, "metrics": {}})
    assert row(failed, "Structure") == "failed: It broke."
    assert row(failed, "Regions") == "unavailable: Not here."


@pytest.mark.parametrize(
    ("status", "summary", "text"),
    [
        ("not_needed", None, "The pictures are aligned as they are."),
        ("applied", "B is turned by 3.0°", "B is turned by 3.0°. B was aligned with A before the comparison."),
        ("failed", None, "No transformation aligns B with A; it was compared as it is."),
        ("off", None, "Switched off; B was compared as it is."),
    ],
)
def test_the_alignment_is_a_sentence(report: Report, status: str, summary: str | None, text: str) -> None:
    plainest = {"kind": "identity", "matrix": None, "overlap": 1, "inliers": 0, "error": None}
    alignment = AlignmentInfo.model_validate({**plainest, "status": status, "summary": summary})
    assert row(report.model_copy(update={"alignment": alignment}), "Alignment") == text
    by_points = report.model_copy(update={"alignment": alignment.model_copy(update={"points": 3})})
    assert ("by 3 pairs of points that were given" in row(by_points, "Alignment")) == (status == "applied")


def test_notes_and_unusual_depths_are_shown(report: Report) -> None:
    deep = report.a.model_copy(update={"bits": 16})
    noted = report.model_copy(update={"a": deep, "notes": ["One differs.", "Two differ."]})
    assert "PNG, 16 bit, " in row(noted, "A")
    assert "Note        One differs.\nNote        Two differ." in unstyled(noted)


def test_regions_are_listed_in_their_order(report: Report) -> None:
    lines = with_regions(
        report,
        a_region(kind="recoloured", score=0.25),
        a_region(kind="moved", moved_to=Box(5, 6, 30, 40)),
        a_region(kind="moved", moved_from=Box(7, 8, 30, 40), found_by=("pixels",)),
        a_region(kind="appeared", found_by=("rows",)),
    )
    assert lines[0].split() == ["#", "what", "x,y,width,height", "score", "found", "by"]
    assert lines[1].split() == ["1", "Changed", "colour", "100,20,30,40", "0.25", "luma,", "chroma"]
    assert "Moved to 5,6 " in lines[2]
    assert "Moved from 7,8 " in lines[3]
    assert "40 rows inserted" in lines[4]
    assert len({line.index("100,20,30,40") for line in lines[1:]}) == 1


@pytest.mark.parametrize("count", [MAX_REGIONS, MAX_REGIONS + 1, MAX_REGIONS + 1500])
def test_long_lists_are_cut_and_say_so(report: Report, count: int) -> None:
    lines = with_regions(report, *[a_region()] * count)
    more = [f"and {count - MAX_REGIONS:,} more; --json and --html have them all"] if count > MAX_REGIONS else []
    assert lines[MAX_REGIONS + 1 :] == more


def test_of_two_different_things_no_changes_are_listed(report: Report) -> None:
    verdict = Verdict(kind="different", summary="These do not look like two pictures of the same thing.")
    assert "x,y,width,height" not in unstyled(report.model_copy(update={"verdict": verdict}))


@pytest.mark.parametrize("width", [40, 56, 80, 120])
def test_nothing_is_wider_than_the_terminal(report: Report, width: int) -> None:
    long = report.a.model_copy(update={"name": "a-very-long-name-" * 12 + ".png"})
    lines = unstyled(report.model_copy(update={"a": long}), width).splitlines()
    assert max(map(len, lines)) <= width
    assert "x,y,width,height" in "".join(lines)
    assert ("found by" in "".join(lines)) == (width > 50)


def test_the_verdict_has_its_colour(report: Report) -> None:
    assert click.style("changed", fg="yellow", bold=True) in table(report, 80)


def test_changed_frames_have_a_line_each(report: Report) -> None:
    frames = [
        FrameInfo(number=number, kind="changed" if number > 2 else "same", summary=f"Change {number}.", regions=[])
        for number in range(2, MAX_FRAMES + 6)
    ]
    moving = report.model_copy(update={"frames": frames})
    assert row(moving, "Frame 3") == "Change 3."
    assert "Frame 2 " not in unstyled(moving)
    assert row(moving, "Frames") == "and 3 more that changed; --json has them all"
