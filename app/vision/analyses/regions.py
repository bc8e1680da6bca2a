"""The places where B differs from A, by the finder asked for, and what happened there."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from app.vision.alignment.row_diff import RowGap
from app.vision.analysis import Analysis, Drawings, Unavailable
from app.vision.arrays import UInt8
from app.vision.drawing import outlines as draw
from app.vision.finders import FINDERS
from app.vision.finders.change_kind import classify
from app.vision.networks import imagenet
from app.vision.networks.recognition import ClassProbability, probable, recognise
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.photometric.photograph import is_photograph
from app.vision.region import Box, Finding, Region

Guesses = tuple[ClassProbability | None, ClassProbability | None]

# The network looks at the regions with most change only, as each costs some 15 ms; at those that are large enough to
# recognise a thing, in pixels, with as much around as it saw in training.
NAMED, SMALLEST, AROUND = 3, 40, 1.25


def analyse(pair: Pair, options: Options) -> Analysis:
    """The changed regions as the fact `regions` (a list of Region, most change first) and drawn on both pictures.

    Images: `regions_a` and `regions_b`, numbered from 1 in the order of the list, and `regions_map`, the evidence.
    """
    found = FINDERS[options.finder](pair, options)
    regions = describe(found, pair)
    boxes = [region.box for region in regions]
    return Analysis(
        metrics={},
        images=Drawings(
            {
                "regions_a": lambda: draw.illustrate(pair.plot_a, pair.size, boxes),
                "regions_b": lambda: draw.illustrate(pair.plot_b, pair.size, boxes),
                "regions_map": lambda: draw.heat(draw.shrink_to(found.evidence, draw.CANVAS)),
            }
        ),
        facts={"regions": regions},
    )


def describe(found: Finding, pair: Pair) -> list[Region]:
    """What a finder found, with kinds and classes; before that the rows that only one picture has."""
    with ThreadPoolExecutor(1) as pool:
        guesses = pool.submit(_recognised, found.regions, pair)
        regions = classify(found, pair)
    return [*(_gap(gap, pair) for gap in pair.gaps), *(_named(region, guesses.result()) for region in regions)]


def _gap(gap: RowGap, pair: Pair) -> Region:
    """Rows that were inserted are a line in A; the height of B's rows is told by `box_b`."""
    width, height = pair.size
    count = max(gap.inserted, gap.removed)
    place = Box(0, min(gap.a, height - 1), width, gap.removed or 1)
    there = Box(0, gap.b, width, gap.inserted) if gap.inserted else Box(0, max(gap.b - 1, 0), width, 1)
    return Region(place, count * width, 1.0, ("rows",), "appeared" if gap.inserted else "disappeared", box_b=there)


def _recognised(regions: list[Region], pair: Pair) -> dict[Box, Guesses]:
    """What the network sees in A and in B at the first regions, where it is sure; nothing without the network."""
    boxes = [r.box for r in regions if min(r.box.width, r.box.height) >= SMALLEST][:NAMED]
    if not boxes:
        return {}  # before the network: the first request waits for seconds until it is loaded
    if not (is_photograph(pair.a) and is_photograph(pair.b)):
        return {}
    try:
        network = imagenet.network()
    except Unavailable:
        return {}
    crops = [_crop(picture, box) for box in boxes for picture in (pair.a, pair.b)]
    named = [probable(guesses, network) for guesses in recognise(crops, network)]
    return dict(zip(boxes, zip(named[::2], named[1::2], strict=True), strict=True))


def _named(region: Region, guesses: dict[Box, Guesses]) -> Region:
    """Where a thing is not, the network names what happens to be behind it: that is left out."""
    before, after = guesses.get(region.box, (None, None))
    return replace(
        region,
        before=None if region.kind == "appeared" else before,
        after=None if region.kind == "disappeared" else after,
    )


def _crop(picture: UInt8, box: Box) -> UInt8:
    """The region in a square with some of its surroundings, cut where the picture ends."""
    side = min(round(max(box.width, box.height) * AROUND), *picture.shape[:2])
    x = min(max(box.x + (box.width - side) // 2, 0), picture.shape[1] - side)
    y = min(max(box.y + (box.height - side) // 2, 0), picture.shape[0] - side)
    return picture[y : y + side, x : x + side]
