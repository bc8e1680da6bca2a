"""Classifies the kind of change of each region from both pictures; `changed` where no other kind is likely enough."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import permutations

import cv2
import numpy as np

from app.vision.arrays import Float32, UInt8
from app.vision.finders.detection.displacement import displaced, is_same_thing, small_shift
from app.vision.networks.kind_classifier import KINDS, predict, region_view
from app.vision.pair import Pair
from app.vision.photometric.tone_curve import match_tones
from app.vision.region import Box, Finding, Kind, Region

# Only this many regions are classified, to bound the time.
MAX_REGIONS = 100
# The probability that a kind other than `changed` needs, and that from which `moved` is likely. Kinds of 0.5 to 0.6
# were right in 58 of 100 cases.
MIN_PROBABILITY, MIN_MOVE_PROBABILITY = 0.5, 0.3
# In the network's view of a region, what is plain has a standard deviation below MAX_PLAIN levels in and around it, and
# what has one colour below MAX_EVEN, as in a drawing that was printed or compressed; it stands out by MIN_CONTRAST.
# At least MIN_GROUND pixels must be inside, without a margin, and around the region.
MAX_PLAIN, MAX_EVEN, MIN_CONTRAST, MIN_GROUND = 2.0, 8.0, 25.0, 30
DISC, RIM = np.ones((11, 11), np.uint8), np.ones((5, 5), np.uint8)
# A thing that moved by less than its size is looked for in so many regions that are not clearly of another kind. The
# shift may leave this share of the difference unexplained if the network is for `moved`, and if it is not.
MAX_SEARCHED, CLEAR, LIKELY_MISFIT, UNLIKELY_MISFIT = 12, 0.7, 0.3, 0.1
# A thing may have gone from one of the first MAX_SEARCHED regions to another, unless it is likeliest that something
# came to the first or left the second, or one of them was recoloured with this probability.
SURE = 0.85
# Kinds of things that did not move within their region.
STILL: tuple[Kind, ...] = ("appeared", "disappeared", "recoloured")


@dataclass(frozen=True)
class Classified:
    """A region with the probability of each of KINDS."""

    region: Region
    probabilities: dict[Kind, float]

    @property
    def likeliest(self) -> Kind:
        """The kind with the highest probability."""
        return max(KINDS, key=lambda kind: self.probabilities[kind])

    @property
    def kind(self) -> Kind:
        """The likeliest kind, or `changed` if it is not likely enough."""
        return self.likeliest if self.probabilities[self.likeliest] >= MIN_PROBABILITY else "changed"


def classify(finding: Finding, pair: Pair) -> list[Region]:
    """The regions with their kinds, in the same order. A thing that moved has a region in its old and its new place."""
    open_regions = [region for region in finding.regions[:MAX_REGIONS] if region.kind == "changed"]
    chosen = [region for region in open_regions if finding.mask[region.box.slices].any()]
    if not chosen:
        return finding.regions
    pair = _in_tones_of_a(pair)
    views = [region_view(pair.a, pair.b, finding.mask, region.box) for region in chosen]
    rows = [_by_colour(view, row) for view, row in zip(views, predict(views), strict=True)]
    classified = [
        Classified(r, dict(zip(KINDS, row.tolist(), strict=True))) for r, row in zip(chosen, rows, strict=True)
    ]
    found = {id(each.region): _with_kind(each, pair) for each in classified}
    found |= _moved_within(classified, finding, pair) | _moved_between(classified, finding, pair)
    return [kept for region in finding.regions for kept in found.get(id(region), [region])]


def _in_tones_of_a(pair: Pair) -> Pair:
    """The pair with B in other light as it would be in A's, since a dark B has less contrast than A everywhere."""
    opaque = pair.alpha_a is None and pair.alpha_b is None
    if not opaque or all(pair.rendered) or np.count_nonzero(pair.unequal) < pair.pixels / 2:
        return pair
    return replace(pair, rgb_b=match_tones(pair.b, pair.a, pair.valid))


def _by_colour(view: UInt8, probabilities: Float32) -> Float32:
    """The probabilities, or certainty where what is in and around the region has one colour, as in drawings.

    A thing appeared where only A is plain in and around it, and disappeared where only B is. A thing of one colour that
    stands out in both pictures is recoloured. Where all that is in view changed, nothing tells what did.
    """
    marked = view[..., 6] > 127
    if marked.all():
        return _certain("changed")
    inside, near = (f(marked.view(np.uint8), DISC).view(np.bool_) for f in (cv2.erode, cv2.dilate))
    around = near & ~cv2.dilate(marked.view(np.uint8), RIM).view(np.bool_)
    if min(np.count_nonzero(inside), np.count_nonzero(around)) < MIN_GROUND:
        return probabilities
    pictures = view[..., :3], view[..., 3:6]
    plain = [_spread(picture[near]) < MAX_PLAIN for picture in pictures]
    if plain[0] != plain[1]:
        return _certain("appeared" if plain[0] else "disappeared")
    if all(_spread(p[inside]) < MAX_EVEN and _contrast(p[inside], p[around]) > MIN_CONTRAST for p in pictures):
        return _certain("recoloured")
    return probabilities


def _spread(pixels: UInt8) -> float:
    """The standard deviation of the channel that varies most."""
    return float(pixels.std(axis=0).max())


def _contrast(inside: UInt8, around: UInt8) -> float:
    """The difference of the means in the channel that differs most."""
    return float(np.abs(inside.mean(axis=0) - around.mean(axis=0)).max())


def _certain(kind: Kind) -> Float32:
    return np.array([float(kind == each) for each in KINDS], np.float32)


def _with_kind(classified: Classified, pair: Pair) -> list[Region]:
    """The region with its likeliest kind, or as content that moved by a few pixels."""
    region, kind = classified.region, classified.kind
    if kind == "changed" and (box := small_shift(region.box, pair)):
        return [replace(region, kind="moved", moved_to=box)]
    return [replace(region, kind="changed" if kind == "moved" else kind)]


def _moved_within(classified: Sequence[Classified], finding: Finding, pair: Pair) -> dict[int, list[Region]]:
    """The old and the new place of each thing that moved by less than its size, by the identity of its region."""
    moved: dict[int, list[Region]] = {}
    for each in classified[:MAX_SEARCHED]:
        region, likely = each.region, each.probabilities["moved"] > MIN_MOVE_PROBABILITY
        if any(each.probabilities[kind] > CLEAR for kind in STILL):
            continue
        places = displaced(region.box, finding.mask, pair, LIKELY_MISFIT if likely else UNLIKELY_MISFIT)
        if places:
            moved[id(region)] = _places(region, *places, finding)
    return moved


def _places(region: Region, source: Box, target: Box, finding: Finding) -> list[Region]:
    """A region in the old and one in the new place; one around both if they overlap by more than a half."""
    dx, dy = target.x - source.x, target.y - source.y
    if (source.width - abs(dx)) * (source.height - abs(dy)) > source.width * source.height / 2 and (
        max(abs(dx), abs(dy)) < min(source.width, source.height)
    ):
        return [replace(region, kind="moved", moved_to=_shifted(region.box, dx, dy, finding.mask.shape))]
    changed = [int(np.count_nonzero(finding.mask[box.slices])) for box in (source, target)]
    return [
        replace(region, box=source, changed_pixels=changed[0], kind="moved", moved_to=target),
        replace(region, box=target, changed_pixels=changed[1], kind="moved", moved_from=source),
    ]


def _shifted(box: Box, dx: int, dy: int, shape: tuple[int, ...]) -> Box:
    """The box moved by (dx, dy), as far as it stays in a picture of this shape, (height, width)."""
    x, y = max(0, box.x + dx), max(0, box.y + dy)
    return Box(x, y, min(box.width, shape[1] - x), min(box.height, shape[0] - y))


def _moved_between(classified: Sequence[Classified], finding: Finding, pair: Pair) -> dict[int, list[Region]]:
    """The regions that a thing left for another region, and those that it came to, by the identity of each."""
    moved: dict[int, list[Region]] = {}
    candidates = [each for each in classified[:MAX_SEARCHED] if each.probabilities["recoloured"] < SURE]
    for source, target in permutations(candidates, 2):
        left, arrived = source.region, target.region
        opposite = source.likeliest == "appeared" or target.likeliest == "disappeared"
        if id(left) in moved or id(arrived) in moved or opposite:
            continue
        if is_same_thing(left.box, arrived.box, finding.mask, pair):
            moved[id(left)] = [replace(left, kind="moved", moved_to=arrived.box)]
            moved[id(arrived)] = [replace(arrived, kind="moved", moved_from=left.box)]
    return moved
