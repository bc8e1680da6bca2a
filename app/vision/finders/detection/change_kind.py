"""Classifies the kind of change of each region from both pictures; `changed` where no other kind is likely enough."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from app.vision.finders.detection.displacement import displaced, is_same_thing, small_shift
from app.vision.networks.kind_classifier import KINDS, crop, predict
from app.vision.pair import Pair
from app.vision.photometric.tone_curve import match_tones
from app.vision.region import Finding, Kind, Region

# Only this many regions are classified, to bound the time.
MAX_REGIONS = 100
# The probability that a kind other than `changed` needs.
MIN_PROBABILITY = 0.5
# A thing may have gone from one region to another if each kind has this probability; so many pairs are compared.
MIN_MOVE_PROBABILITY, MAX_PAIRS = 0.15, 60


@dataclass(frozen=True)
class Classified:
    """A region with the probability of each of KINDS."""

    region: Region
    probabilities: dict[str, float]


def classify(finding: Finding, pair: Pair) -> list[Region]:
    """The regions with their kinds, in the same order. A thing that moved has a region in its old and its new place."""
    open_regions = [region for region in finding.regions[:MAX_REGIONS] if region.kind == "changed"]
    chosen = [region for region in open_regions if finding.mask[region.box.slices].any()]
    if not chosen:
        return finding.regions
    pair = _in_tones_of_a(pair)
    boxes = [(r.box.x, r.box.y, r.box.width, r.box.height) for r in chosen]
    rows = predict([crop(pair.a, pair.b, finding.mask, box) for box in boxes])
    classified = [
        Classified(r, dict(zip(KINDS, row.tolist(), strict=True))) for r, row in zip(chosen, rows, strict=True)
    ]
    found = {id(each.region): _with_kind(each, finding, pair) for each in classified}
    found.update(_moved(classified, finding, pair))
    return [kept for region in finding.regions for kept in found.get(id(region), [region])]


def _in_tones_of_a(pair: Pair) -> Pair:
    """The pair with B in other light as it would be in A's, since a dark B has less contrast than A everywhere."""
    opaque = pair.alpha_a is None and pair.alpha_b is None
    if not opaque or all(pair.rendered) or np.count_nonzero(pair.unequal) < pair.pixels / 2:
        return pair
    return replace(pair, rgb_b=match_tones(pair.b, pair.a, pair.valid))


def _with_kind(classified: Classified, finding: Finding, pair: Pair) -> list[Region]:
    """The region with its kind; two regions for a thing that moved by less than its size."""
    region = classified.region
    kind = _likeliest(classified.probabilities)
    if kind == "changed" and (box := small_shift(region.box, pair)):
        return [replace(region, kind="moved", moved_to=box)]
    if kind != "moved":
        return [replace(region, kind=kind)]
    places = displaced(region.box, finding.mask, pair)
    if places is None:
        return [region]
    source, target = places
    changed_a, changed_b = (int(np.count_nonzero(finding.mask[box.slices])) for box in places)
    return [
        replace(region, box=source, changed_pixels=changed_a, kind="moved", moved_to=target),
        replace(region, box=target, changed_pixels=changed_b, kind="moved", moved_from=source),
    ]


def _likeliest(probabilities: dict[str, float]) -> Kind:
    best = max(KINDS, key=lambda kind: probabilities[kind])
    return best if probabilities[best] >= MIN_PROBABILITY else "changed"


def _moved(classified: Sequence[Classified], finding: Finding, pair: Pair) -> dict[int, list[Region]]:
    """The regions that a thing left for another region, and those that it came to, by the identity of each."""
    sources = [c.region for c in classified if c.probabilities["disappeared"] > MIN_MOVE_PROBABILITY]
    targets = [c.region for c in classified if c.probabilities["appeared"] > MIN_MOVE_PROBABILITY]
    moved: dict[int, list[Region]] = {}
    for source, target in list(product(sources, targets))[:MAX_PAIRS]:
        free = source is not target and id(source) not in moved and id(target) not in moved
        if free and is_same_thing(source.box, target.box, finding.mask, pair):
            moved[id(source)] = [replace(source, kind="moved", moved_to=target.box)]
            moved[id(target)] = [replace(target, kind="moved", moved_from=source.box)]
    return moved
