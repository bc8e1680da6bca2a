"""The places where B differs from A, by the finder asked for."""

from app.vision import draw
from app.vision.analysis import Analysis
from app.vision.finders import FINDERS
from app.vision.options import Options
from app.vision.pair import Pair


def analyse(pair: Pair, options: Options) -> Analysis:
    """The changed regions as the fact `regions` (a list of Region, most change first) and drawn on both pictures.

    Images: `regions_a` and `regions_b`, numbered from 1 in the order of the list.
    """
    found = FINDERS[options.finder](pair, options)
    boxes = [region.box for region in found.regions]
    return Analysis(
        metrics={},
        images={"regions_a": draw.illustrate(pair.a, boxes), "regions_b": draw.illustrate(pair.b, boxes)},
        facts={"regions": found.regions},
    )
