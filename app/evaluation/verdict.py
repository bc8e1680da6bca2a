"""Decides the verdict of a comparison from its measurements: a kind for programs and a summary for people.

`decide` has the order of the rules. The first that applies decides:

1. All compared pixels are equal: `identical`, or `same` if boxes were ignored.
2. Every sign says that the pictures have nothing in common: `different`.
3. Regions were searched: `changed` if there are any that no tolerance lets pass, if B is larger or smaller than A, if
   its lines are spaced differently, or if nearly all pixels are equal and the others differ by more than the threshold;
   else `same`.
4. Only pixels were compared: `changed` if any differs by more than the threshold and no tolerance lets them pass, or if
   only one picture has some of the rows; else `same`.
"""

from collections import Counter
from collections.abc import Sequence

from app.evaluation.confidence import confidence
from app.evaluation.evidence import Evidence
from app.evaluation.report import Verdict, VerdictKind
from app.evaluation.tolerance_wording import describe_allowed
from app.vision.alignment.align import Alignment
from app.vision.alignment.wording import OTHER_VIEWPOINT, join_phrases, motion_phrases
from app.vision.finders.detection.tolerant import is_unsure
from app.vision.networks import efficientnet_lite0, mobilenet
from app.vision.photometric.conditions import OTHER_LIGHT
from app.vision.region import ROWS, SIZE, Kind, Region
from app.vision.tolerances import TOGETHER, Allowed

# Signs that two pictures have nothing in common. 60 unrelated pairs of photographs had 5 to 10 inliers and an SSIM of
# 0.02 to 0.22. 84 pairs of one scene with ten changes, shifted, turned, out of focus or in other light, had 314 inliers
# or more; their SSIM was as low as 0.09, so it is no sign by itself.
FEW_INLIERS = 20
LOW_SSIM = 0.5
# The cosine distance of embeddings, whose scale depends on the network. 300 pairs of one scene with ten changes under
# the fifteen conditions of docs/accuracy.md and 600 pairs of unrelated photographs had distances of 0.007 to 0.355
# (99 % under 0.282) and 0.359 to 0.822 by MobileNet V2, and of 0.009 to 0.487 (99 % under 0.332) and 0.339 to 0.901
# (99 % over 0.41) by EfficientNet-Lite0. See docs/imagenet.md.
FAR_EMBEDDING = {mobilenet.NAME: 0.3, efficientnet_lite0.INFO.name: 0.35}

# Share of equal pixels above which a pair counts as free of noise. Recompressed photographs have 0.00 to 0.54.
NOISE_FREE_SHARE = 0.9

# Cracks of 20 and 60 levels drawn into photographs that were darkened, tinted, turned and compressed: 0 and 1 of 5 that
# are 1 px wide were found, 0 and 5 of 5 of 2 px, 3 and 5 of 5 of 3 px.
THIN_LINES = "Lines 1 or 2 px wide can be missed in other light."

UNSURE = "Their scores are low: another season, viewpoint or light may cause some of them."

RESPACED = "lines are spaced differently"

PAST_TENSE: dict[Kind, str] = {
    "appeared": "appeared",
    "disappeared": "disappeared",
    "recoloured": "changed colour",
    "replaced": "{was} replaced",
    "moved": "moved",
    "changed": "changed",
}


def decide(evidence: Evidence) -> Verdict:
    """The verdict of a comparison, see the rules above."""
    verdict = _decide(evidence)
    return verdict.model_copy(update={"confidence": confidence(verdict.kind, evidence)})


def _decide(evidence: Evidence) -> Verdict:
    if evidence.equal:
        return _equal_verdict(evidence)
    if _is_unrelated(evidence):
        return Verdict(kind="different", summary="These do not look like two pictures of the same thing.")
    if evidence.regions is not None:
        return _region_verdict(evidence, evidence.regions)
    return _pixel_verdict(evidence)


def _is_unrelated(evidence: Evidence) -> bool:
    """Whether the pictures have nothing in common: all measured signs say so, and at least two were measured."""
    inliers, ssim = evidence.metrics.get("orb_inliers"), evidence.metrics.get("ssim")
    distance = evidence.metrics.get("embedding_cosine_distance")
    signs = [
        None if inliers is None else inliers < FEW_INLIERS,
        None if ssim is None else ssim < LOW_SSIM,
        None if distance is None or not evidence.network else distance > FAR_EMBEDDING[evidence.network],
    ]
    measured = [sign for sign in signs if sign is not None]
    return evidence.alignment.status in ("failed", "off") and len(measured) >= 2 and all(measured)


def _equal_verdict(evidence: Evidence) -> Verdict:
    if evidence.ignored:
        return Verdict(kind="same", summary="Nothing differs outside the boxes that were left out.")
    if evidence.same_bytes:
        return Verdict(kind="identical", summary="The two files are the same, byte for byte.")
    differs = " ".join(evidence.notes) or "Only the files differ."
    return Verdict(kind="identical", summary=f"The pixels are identical. {differs}")


def _region_verdict(evidence: Evidence, regions: Sequence[Region]) -> Verdict:
    size_change = _size_change(evidence.alignment)
    allowed = [one for one in evidence.allowed if one.regions]
    regions = [region for region in regions if not region.allowed and SIZE not in region.found_by]
    changes = _changes(regions, evidence.alignment, _omitted(evidence, allowed))
    if not (changes or size_change or allowed) and evidence.explanation is None and _differs_without_noise(evidence):
        return _pixel_verdict(evidence)
    phrases = motion_phrases(evidence.alignment)
    motion = [OTHER_VIEWPOINT] if OTHER_VIEWPOINT in phrases else phrases
    otherwise = join_phrases([*motion, *_conditions(evidence, regions)])
    same = f"Same picture, {otherwise}; " if otherwise else ""
    permitted = [_sentence(describe_allowed(one)) for one in allowed]
    if size_change:
        nothing = "nothing else changed" if allowed else "nothing changed"
        shared = changes or f"{nothing} in the part that both have"
        return _verdict("changed", allowed, _sentence(f"{same}{shared}"), *permitted, f"{size_change}.")
    if changes:
        summary = _sentence(f"{same}{changes}")
        if evidence.alignment.status == "failed" and not evidence.rendered:
            summary = _not_lined_up(evidence, regions, changes)
        return _verdict("changed", allowed, summary, *permitted, *([UNSURE] if _unsure(evidence, regions) else []))
    if allowed:
        return _verdict("same", allowed, *([f"{same}nothing else changed."] if same else []), *permitted)
    if not evidence.rendered and OTHER_LIGHT.intersection(evidence.conditions):
        return Verdict(kind="same", summary=f"{same}no change was found. {THIN_LINES}")
    nothing = "nothing changed." if same else "Nothing meaningful changed."
    note = evidence.explanation or ("" if same else _psnr_note(evidence))
    return Verdict(kind="same", summary=f"{same}{nothing} {note}".strip())


def _unsure(evidence: Evidence, regions: Sequence[Region]) -> bool:
    """Whether many regions of photographs are likely to be something else than changes."""
    other_view = evidence.alignment.resampled or bool(OTHER_LIGHT.intersection(evidence.conditions))
    return other_view and not evidence.rendered and is_unsure([region.score for region in regions])


def _not_lined_up(evidence: Evidence, regions: Sequence[Region], changes: str) -> str:
    """What is known of photographs that do not match: a region over everything is no thing that changed."""
    if sum(region.changed_pixels for region in regions) > evidence.compared / 2:
        return "B could not be lined up with A, and most of it differs."
    return f"B could not be lined up with A. Compared as it is, {changes}."


def _conditions(evidence: Evidence, regions: Sequence[Region]) -> Sequence[str]:
    """The conditions of B; none if most of the compared pixels changed, since then the change causes the difference."""
    changed = sum(region.changed_pixels for region in regions if ROWS not in region.found_by)
    return [] if changed > evidence.compared / 2 else evidence.conditions


def _verdict(kind: VerdictKind, allowed: Sequence[Allowed], *sentences: str) -> Verdict:
    return Verdict(kind=kind, summary=" ".join(sentences), allowed=list(allowed))


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _omitted(evidence: Evidence, allowed: Sequence[Allowed]) -> int:
    """How many regions the finder counted beside those that it kept; 0 if a tolerance lets all pass together."""
    return 0 if any(one.tolerance in TOGETHER for one in allowed) else evidence.omitted


def _changes(regions: Sequence[Region], alignment: Alignment, omitted: int) -> str:
    """What changed, such as "4 things changed: 2 appeared, 1 moved, 1 changed"; empty if nothing did.

    omitted: regions without a known kind beside the others.
    """
    clauses = [*_row_clauses(regions, alignment.size_a[0]), *_thing_clauses(regions, omitted)]
    if alignment.rows and alignment.rows.respaced:
        clauses += [RESPACED] if clauses else [RESPACED, "nothing else changed"]
    return "; ".join(clauses)


def _row_clauses(regions: Sequence[Region], width: int) -> list[str]:
    """What was inserted and removed in a picture of this width."""
    rows: Counter[str] = Counter()
    blocks: list[str] = []
    for region in regions:
        if ROWS in region.found_by:
            verb, box = ("inserted", region.box_b) if region.kind == "appeared" else ("removed", region.box)
            if box and box.width < width:
                blocks.append(f"a block {box.height} px high was {verb}")
            else:
                rows[verb] += box.height if box else 0
    return [*(_row_clause(count, verb) for verb, count in rows.items()), *blocks]


def _row_clause(count: int, verb: str) -> str:
    return f"{count:,} {'row was' if count == 1 else 'rows were'} {verb}"


def _thing_clauses(regions: Sequence[Region], omitted: int) -> list[str]:
    """How many things changed. A moved thing has two regions and counts once."""
    kinds = Counter(region.kind for region in regions if ROWS not in region.found_by and not region.moved_from)
    kinds.update({"changed": omitted} if omitted else {})
    total = kinds.total()
    if not total:
        return []
    common = next(iter(kinds)) if len(kinds) == 1 else "changed"
    detail = "" if len(kinds) == 1 else ": " + ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common())
    things, was = ("thing", "was") if total == 1 else ("things", "were")
    return [f"{total:,} {things} {PAST_TENSE[common].format(was=was)}{detail}"]


def _differs_without_noise(evidence: Evidence) -> bool:
    """Whether pixels differ visibly although most are exactly equal, so that no noise or compression explains them."""
    if evidence.alignment.resampled:
        return False
    equal, different = evidence.metrics.get("exact_match_rate"), evidence.metrics.get("different_pixels")
    return (equal or 0) > NOISE_FREE_SHARE and bool(different)


def _size_change(alignment: Alignment) -> str | None:
    """The difference in size, such as of a page that grew; None if B was resampled, so that its size means nothing."""
    if alignment.resampled:
        return None
    wider, taller = (b - a for a, b in zip(alignment.size_a, alignment.size_b, strict=True))
    differences = [
        f"{abs(by)} px {more if by > 0 else less}"
        for by, more, less in ((wider, "wider", "narrower"), (taller, "taller", "shorter"))
        if by
    ]
    return f"B is {' and '.join(differences)}" if differences else None


def _psnr_note(evidence: Evidence) -> str:
    """A sentence on the pixels that differ although nothing changed."""
    if "psnr" not in evidence.metrics:
        return ""
    psnr = evidence.metrics["psnr"]
    if psnr is None:  # infinite although not equal
        return "Only colours that transparency hides differ."
    return f"The pixels differ only slightly (PSNR {psnr:.1f} dB)."


def _pixel_verdict(evidence: Evidence) -> Verdict:
    """The verdict by the number of different pixels; `changed` if they were not counted, since the pixels differ."""
    different, rate = evidence.metrics.get("different_pixels"), evidence.metrics.get("pixel_match_rate")
    if different is None or rate is None:
        summary = "The pixels differ. The pixel and regions analyses, which tell how much and where, were not run."
        return Verdict(kind="changed", summary=summary)
    if not different:
        one_sided = _one_sided(evidence.alignment)
        summary = " ".join(["No pixel differs by more than the threshold.", *one_sided])
        return Verdict(kind="changed" if one_sided else "same", summary=summary)
    if evidence.allowed and not _one_sided(evidence.alignment):
        permitted = [_sentence(describe_allowed(one)) for one in evidence.allowed]
        return _verdict("same", evidence.allowed, *permitted)
    plural = "pixel differs" if different == 1 else "pixels differ"
    return Verdict(kind="changed", summary=f"{different:,} {plural} ({(1 - rate) * 100:.2f} %).")


def _one_sided(alignment: Alignment) -> list[str]:
    """What has no counterpart in the other picture, as sentences: a larger size, inserted and removed rows, spacing."""
    clauses = []
    if alignment.rows:
        gaps = alignment.rows.gaps
        counts = {"inserted": sum(gap.inserted for gap in gaps), "removed": sum(gap.removed for gap in gaps)}
        clauses = [_row_clause(count, verb) for verb, count in counts.items() if count]
        clauses += [RESPACED] if alignment.rows.respaced else []
    size_change = _size_change(alignment)
    return [*([_sentence("; ".join(clauses))] if clauses else []), *([f"{size_change}."] if size_change else [])]
