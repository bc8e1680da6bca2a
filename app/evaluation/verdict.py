"""From measurements to an answer: one kind for programs, one sentence for people."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.evaluation.report import Verdict
from app.vision.alignment.align import Alignment
from app.vision.alignment.wording import ANGLE, listed
from app.vision.networks import embedded, mobilenet
from app.vision.region import Kind, Region

# Signs that two pictures have nothing in common. Measured on 60 unrelated pairs of photographs: 5 to 10 inliers, SSIM
# 0.02 to 0.22. On 84 pairs of one scene with ten changes, shifted, turned, out of focus or in other light: 314 inliers
# or more; their SSIM, at its worst 0.09, tells little alone.
FEW_INLIERS = 20
LOW_SSIM = 0.5
# The cosine distance of embeddings, which each network measures on its own scale. On 300 pairs of one scene with ten
# changes under the fifteen conditions of docs/accuracy.md, and 600 pairs of unrelated photographs, MobileNet V2 found
# 0.007 to 0.355 (99 % under 0.282) and 0.359 to 0.822; EfficientNet-Lite0 0.009 to 0.487 (99 % under 0.332) and 0.339
# to 0.901 (99 % over 0.41). See docs/imagenet.md.
FAR_EMBEDDING = {mobilenet.NAME: 0.3, embedded.INFO.name: 0.35}

# Share of equal pixels above which a pair counts as free of noise. Photographs compressed anew have 0.00 to 0.54.
MOSTLY = 0.9

PAST: dict[Kind, str] = {
    "appeared": "appeared",
    "disappeared": "disappeared",
    "recoloured": "changed colour",
    "moved": "moved",
    "changed": "changed",
}


@dataclass(frozen=True)
class Evidence:
    """What a verdict rests on.

    equal: every compared pixel is the same, at the same size.
    ignored: the caller left boxes out.
    same_bytes: the two files are the same file.
    compared: how many pixels of A were compared: those that B shows too, less what is ignored.
    network: the name of the network that measured the embeddings; None where none did.
    regions: the changed regions; None when nobody looked.
    conditions: how B was taken or stored otherwise, in words. notes: how the files differ, in sentences.
    """

    equal: bool
    ignored: bool
    same_bytes: bool
    alignment: Alignment
    compared: int
    metrics: Mapping[str, int | float | None]
    network: str | None
    regions: Sequence[Region] | None
    conditions: Sequence[str] = ()
    notes: Sequence[str] = ()


def decide(evidence: Evidence) -> Verdict:
    """The verdict that the evidence supports. Without a search for regions it says only what was measured."""
    if evidence.equal:
        return _equal(evidence)
    if unrelated(evidence):
        return Verdict(kind="different", summary="These do not look like two pictures of the same thing.")
    if evidence.regions is not None:
        return _regions(evidence, evidence.regions)
    return _pixels(evidence)


def unrelated(evidence: Evidence) -> bool:
    """Whether every sign that was measured, and two at the least, says that the pictures have nothing in common."""
    inliers, ssim = evidence.metrics.get("orb_inliers"), evidence.metrics.get("ssim")
    distance = evidence.metrics.get("embedding_cosine_distance")
    signs = [
        None if inliers is None else inliers < FEW_INLIERS,
        None if ssim is None else ssim < LOW_SSIM,
        None if distance is None or not evidence.network else distance > FAR_EMBEDDING[evidence.network],
    ]
    found = [sign for sign in signs if sign is not None]
    return evidence.alignment.status in ("failed", "off") and len(found) >= 2 and all(found)


def _equal(evidence: Evidence) -> Verdict:
    if evidence.ignored:
        return Verdict(kind="same", summary="Nothing differs outside the boxes that were left out.")
    if evidence.same_bytes:
        return Verdict(kind="identical", summary="The two files are the same, byte for byte.")
    differs = " ".join(evidence.notes) or "Only the files differ."
    return Verdict(kind="identical", summary=f"The pixels are identical. {differs}")


def _regions(evidence: Evidence, regions: Sequence[Region]) -> Verdict:
    grown = _size_change(evidence.alignment)
    if not regions and not grown and _mostly_equal(evidence):
        return _pixels(evidence)
    words = evidence.alignment.words
    otherwise = listed([*([ANGLE] if ANGLE in words else words), *_conditions(evidence, regions)])
    same = f"Same picture, {otherwise}; " if otherwise else ""
    if grown:
        shared = f"{same}{_changes(regions)}" if regions else "nothing changed in the part that both have"
        return Verdict(kind="changed", summary=f"{_sentence(shared)} {grown}.")
    if regions:
        return Verdict(kind="changed", summary=_sentence(f"{same}{_changes(regions)}"))
    nothing = "nothing changed." if same else "Nothing meaningful changed."
    return Verdict(kind="same", summary=f"{same}{nothing} {'' if same else _psnr_note(evidence)}".strip())


def _conditions(evidence: Evidence, regions: Sequence[Region]) -> Sequence[str]:
    """How B was taken; nothing where most of what was compared changed, for then it is the change that is lighter."""
    changed = sum(region.changed_pixels for region in regions if "rows" not in region.found_by)
    return [] if changed > evidence.compared / 2 else evidence.conditions


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def _changes(regions: Sequence[Region]) -> str:
    """Such as "4 things changed: 2 appeared, 1 moved, 1 changed". What moved is in two places, and counts once."""
    rows: Counter[str] = Counter()
    for region in regions:
        if "rows" in region.found_by:
            what, box = ("inserted", region.box_b) if region.kind == "appeared" else ("removed", region.box)
            rows[what] += box.height if box else 0
    kinds = Counter(region.kind for region in regions if "rows" not in region.found_by and not region.moved_from)
    said = [f"{count:,} {'row was' if count == 1 else 'rows were'} {what}" for what, count in rows.items()]
    if total := kinds.total():
        one = next(iter(kinds)) if len(kinds) == 1 else "changed"
        detail = "" if len(kinds) == 1 else ": " + ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
        said.append(f"{total:,} {'thing' if total == 1 else 'things'} {PAST[one]}{detail}")
    return "; ".join(said)


def _mostly_equal(evidence: Evidence) -> bool:
    """Whether most pixels are equal to the bit, so that neither noise nor compression explains those that are not."""
    equal, different = evidence.metrics.get("exact_match_rate"), evidence.metrics.get("different_pixels")
    return (equal or 0) > MOSTLY and bool(different)


def _size_change(alignment: Alignment) -> str | None:
    """How much more or less B shows than A, where both are at one scale, as a page that grew is: a change in itself."""
    if alignment.kind not in ("identity", "rows"):
        return None
    wider, taller = (b - a for a, b in zip(alignment.size_a, alignment.size_b, strict=True))
    words = [
        f"{abs(by)} px {more if by > 0 else less}"
        for by, more, less in ((wider, "wider", "narrower"), (taller, "taller", "shorter"))
        if by
    ]
    return f"B is {' and '.join(words)}" if words else None


def _psnr_note(evidence: Evidence) -> str:
    """What does differ though nothing changed."""
    if "psnr" not in evidence.metrics:
        return ""
    psnr = evidence.metrics["psnr"]
    if psnr is None:  # infinite, and yet not equal
        return "Only colours that transparency hides differ."
    return f"The pixels differ only slightly (PSNR {psnr:.1f} dB)."


def _pixels(evidence: Evidence) -> Verdict:
    """No regions to tell of: say what the pixel count says, or that it was not asked."""
    different, rate = evidence.metrics.get("different_pixels"), evidence.metrics.get("pixel_match_rate")
    if different is None or rate is None:
        summary = "The pixels differ. The pixel and regions analyses, which tell how much and where, were not run."
        return Verdict(kind="changed", summary=summary)
    if not different:
        return Verdict(kind="same", summary="No pixel differs by more than the threshold.")
    plural = "pixel differs" if different == 1 else "pixels differ"
    return Verdict(kind="changed", summary=f"{different:,} {plural} ({(1 - rate) * 100:.2f} %).")
