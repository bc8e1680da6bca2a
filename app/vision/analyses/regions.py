"""The changed regions by the chosen finder, with the kind of each change and the classes of its content."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from app.vision.alignment.row_alignment import RowGap
from app.vision.analysis import Analysis, Unavailable
from app.vision.arrays import UInt8
from app.vision.drawing import outlines as draw
from app.vision.finders import FINDERS
from app.vision.finders.detection.change_kind import classify
from app.vision.networks import imagenet
from app.vision.networks.recognition import ClassProbability, probable, recognise
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.photometric.colour_conversion import is_gray
from app.vision.photometric.noise import is_photograph
from app.vision.photometric.undone import undo
from app.vision.region import ROWS, SIZE, Box, Finding, Region
from app.vision.resize import MAX_PLOT_PIXELS, shrink_to

NAME = "regions"
TITLE = "Regions"
DESCRIPTION = "Finds the regions that changed, and the kind of each change."
STEP_LABEL = "Finding what changed"
NEEDS_NETWORK = False
DEFAULT = True

Guesses = tuple[ClassProbability | None, ClassProbability | None]

# The network classifies only the regions with most change, at 15 ms each, if both sides have enough pixels. The crop
# is larger than the region by a factor, as in the network's training.
MAX_CLASSIFIED, MIN_SIDE, CONTEXT = 3, 40, 1.25


def analyse(pair: Pair, options: Options) -> Analysis:
    """The facts `regions` and `small_regions`, those that `min_size` leaves out: two lists of Region; and
    `omitted_regions`, how many more the finder counted; `doubt` and `explanation`, see Finding.

    The lists are in the order of change, most first, after what only one picture has.
    Images: `regions_a` and `regions_b`, outlined and numbered from 1 in that order, and `regions_map`, the evidence.
    """
    undone = undo(pair)
    found = FINDERS[options.finder].find(undone.pair, options)
    regions, small = describe(found, undone.pair, options)
    boxes = [region.box for region in regions]
    return Analysis(
        metrics={},
        images={
            "regions_a": lambda: draw.illustrate(pair.plot_a, pair.size, boxes),
            "regions_b": lambda: draw.illustrate(pair.plot_b, pair.size, boxes),
            "regions_map": lambda: draw.heat(shrink_to(found.evidence, MAX_PLOT_PIXELS)),
        },
        facts={
            "regions": regions,
            "small_regions": small,
            "omitted_regions": found.omitted,
            "doubt": found.doubt,
            # The conditions say what was undone.
            "explanation": found.explanation or ("" if undone.phrases else found.explanation),
        },
    )


def describe(found: Finding, pair: Pair, options: Options) -> tuple[list[Region], list[Region]]:
    """The regions of a finding with kinds and classes, after the rows and margins that only one picture has.

    In two lists: those of at least `min_size` changed pixels, and the smaller ones.
    """
    with ThreadPoolExecutor(1) as pool:
        guesses = pool.submit(_classes, found.regions, pair)
        # By the size that the finder counted: a thing that moved becomes two regions, and each may be smaller.
        large, small = (
            classify(replace(found, regions=some), pair) for some in _by_size(found.regions, options.min_size)
        )
    one_sided = [_gap(gap, pair) for gap in pair.gaps]
    if pair.outside and all(pair.rendered):  # another framing of a photograph is no change of what it shows
        one_sided += [_margin(*boxes) for boxes in pair.outside]
    large_sided, small_sided = _by_size(one_sided, options.min_size)
    large, small = ([_with_classes(region, guesses.result()) for region in some] for some in (large, small))
    return [*large_sided, *large], [*small_sided, *small]


def _by_size(regions: list[Region], least: int) -> tuple[list[Region], list[Region]]:
    """The regions of at least so many changed pixels, and the smaller ones."""
    large = [region for region in regions if region.changed_pixels >= least]
    return large, [region for region in regions if region.changed_pixels < least]


def _gap(gap: RowGap, pair: Pair) -> Region:
    """A gap as a region. Inserted rows are one row high in A; `box_b` has their height in B."""
    first, last = gap.columns or (0, pair.size[0])
    width, height = last - first, pair.size[1]
    count = max(gap.inserted, gap.removed)
    box_a = Box(first, min(gap.a, height - 1), width, gap.removed or 1)
    box_b = Box(first, gap.b, width, gap.inserted) if gap.inserted else Box(first, max(gap.b - 1, 0), width, 1)
    return Region(box_a, count * width, 1.0, (ROWS,), "appeared" if gap.inserted else "disappeared", box_b=box_b)


def _margin(line: Box, part: Box) -> Region:
    """A part of B outside A as a region; in A it is the nearest line of pixels."""
    return Region(line, part.width * part.height, 1.0, (SIZE,), "appeared", box_b=part)


def _classes(regions: list[Region], pair: Pair) -> dict[Box, Guesses]:
    """The probable classes in A and in B at the first regions. Empty without a network."""
    boxes = [r.box for r in regions if min(r.box.width, r.box.height) >= MIN_SIDE][:MAX_CLASSIFIED]
    if not boxes:
        return {}  # before the network is asked for, since it takes seconds to load
    if not (is_photograph(pair.gray_a) and is_photograph(pair.gray_b)) or is_gray(pair.a) or is_gray(pair.b):
        return {}
    try:
        network = imagenet.network()
    except Unavailable:
        return {}
    crops = [_crop(picture, box) for box in boxes for picture in (pair.a, pair.b)]
    classes = [probable(guesses, network) for guesses in recognise(crops, network)]
    return dict(zip(boxes, zip(classes[::2], classes[1::2], strict=True), strict=True))


def _with_classes(region: Region, guesses: dict[Box, Guesses]) -> Region:
    """Add the classes. Before a thing appeared, and after it disappeared, there is only background: no class.

    The same class on both sides tells nothing about the change.
    """
    before, after = guesses.get(region.box, (None, None))
    if before and after and before.label == after.label:
        return region
    return replace(
        region,
        before=None if region.kind == "appeared" else before,
        after=None if region.kind == "disappeared" else after,
    )


def _crop(picture: UInt8, box: Box) -> UInt8:
    """A square around the region with some of its surroundings, inside the picture."""
    side = min(round(max(box.width, box.height) * CONTEXT), *picture.shape[:2])
    x = min(max(box.x + (box.width - side) // 2, 0), picture.shape[1] - side)
    y = min(max(box.y + (box.height - side) // 2, 0), picture.shape[0] - side)
    return picture[y : y + side, x : x + side]
