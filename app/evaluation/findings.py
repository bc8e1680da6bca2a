"""Converts a comparison to the findings of a report."""

from dataclasses import asdict, replace

from app.evaluation.compare import Comparison
from app.evaluation.evidence import Evidence
from app.evaluation.frames import DifferentFrame
from app.evaluation.report import (
    AlignmentInfo,
    FileDescription,
    Findings,
    FrameInfo,
    RegionInfo,
    ScoredBox,
    Verdict,
)
from app.evaluation.verdict import decide
from app.execution.deadline import StepTimer
from app.vision.alignment.align import Alignment
from app.vision.alignment.wording import describe_motion
from app.vision.decoding.metadata import Description, compare_descriptions
from app.vision.region import Region

MAX_FRAME_REGIONS = 20
MAX_REGIONS = 1000  # a report of 10,000 has 2.4 MB, and holds up the service whenever it is read


def build_findings(comparison: Comparison, ignored: bool, same_bytes: bool, clock: StepTimer) -> Findings:
    """Decide the verdict of a comparison and convert its results to the report's model.

    ignored: the request had boxes to ignore. same_bytes: the two files are equal byte for byte.
    """
    frames = comparison.frames
    verdict = first_verdict(comparison, ignored, same_bytes)
    regions = comparison.regions or []
    listed = _listed(regions)
    omitted = len(regions) - len(listed) + comparison.facts.get("omitted_regions", 0)
    # The analyses ran in parallel; their timings are listed in the order of the analyses.
    names = ["load", "decode", "frames", "align", *(info.name for info in comparison.infos), "draw", "total"]
    return Findings(
        a=_file_description(comparison.a.description),
        b=_file_description(comparison.b.description),
        verdict=frames.verdict(verdict) if frames else verdict,
        notes=[*_notes(comparison), *_omission(len(listed), omitted)],
        alignment=_alignment(comparison.alignment),
        analyses=comparison.infos,
        metrics=dict(comparison.metrics),
        classification=comparison.facts.get("classification"),
        hashes=comparison.facts.get("hashes"),
        recognised=comparison.facts.get("recognised"),
        network=comparison.facts.get("network"),
        device=comparison.facts.get("device"),
        regions=[_region(region, comparison.alignment) for region in listed],
        regions_omitted=omitted,
        frames=[_frame(frame) for frame in frames.different] if frames else [],
        frames_compared=frames.compared if frames else None,
        methods=comparison.facts.get("methods"),
        correspondences=comparison.facts.get("correspondences"),
        timings={name: clock.milliseconds[name] for name in names if name in clock.milliseconds},
    )


def first_verdict(comparison: Comparison, ignored: bool, same_bytes: bool) -> Verdict:
    """The verdict of a comparison without its further frames. Parameters as of build_findings()."""
    return decide(
        Evidence(
            equal=comparison.equal,
            ignored=ignored,
            same_bytes=same_bytes,
            alignment=comparison.alignment,
            compared=comparison.pair.pixels,
            metrics=comparison.metrics,
            network=comparison.facts.get("network", {}).get("name"),
            regions=comparison.regions,
            omitted=comparison.facts.get("omitted_regions", 0),
            doubt=comparison.facts.get("doubt", 0),
            allowed=comparison.allowed,
            explanation=comparison.facts.get("explanation"),
            rendered=all(comparison.pair.rendered),
            conditions=comparison.conditions,
            notes=_notes(comparison),
        )
    )


def _notes(comparison: Comparison) -> list[str]:
    notes = compare_descriptions(comparison.a.description, comparison.b.description)
    return [*notes, *(comparison.frames.notes if comparison.frames else ())]


def _listed(regions: list[Region]) -> list[Region]:
    """The regions that a report lists: if they are too many, first those that no tolerance lets pass."""
    if len(regions) <= MAX_REGIONS:
        return regions
    return sorted(regions, key=lambda region: region.allowed is not None)[:MAX_REGIONS]


def _omission(listed: int, omitted: int) -> list[str]:
    return [f"Of {listed + omitted:,} regions, the {listed:,} with most change are listed."] if omitted else []


def _frame(frame: DifferentFrame) -> FrameInfo:
    boxes = [ScoredBox(box=region.box, score=region.score) for region in frame.regions[:MAX_FRAME_REGIONS]]
    return FrameInfo(number=frame.number, kind=frame.verdict.kind, summary=frame.verdict.summary, regions=boxes)


def _file_description(description: Description) -> FileDescription:
    return FileDescription(**{name: getattr(description, name) for name in FileDescription.model_fields})


def _alignment(alignment: Alignment) -> AlignmentInfo:
    return AlignmentInfo(
        status=alignment.status,
        kind=alignment.kind,
        matrix=alignment.matrix.tolist(),
        overlap=alignment.overlap,
        inliers=alignment.inliers,
        error=alignment.error,
        radial=alignment.radial,
        points=alignment.points,
        summary=describe_motion(alignment),
    )


def _region(region: Region, alignment: Alignment) -> RegionInfo:
    return RegionInfo.model_validate(asdict(replace(region, box_b=region.box_b or alignment.in_b(region.box))))
