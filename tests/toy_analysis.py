"""An analysis for tests/test_registry.py."""

from app.vision.analysis import Analysis
from app.vision.options import Options
from app.vision.pair import Pair

NAME = "toy"
TITLE = "Toy (brightness)"
DESCRIPTION = "Measures how bright B is."
STEP_LABEL = "Playing"
NEEDS_NETWORK = False
DEFAULT = True


def analyse(pair: Pair, _options: Options) -> Analysis:
    """The metric `toy_brightness` and the image `toy_blue`."""
    return Analysis(
        {"toy_brightness": float(pair.b.mean())}, {"toy_blue": lambda: pair.b[..., 2]}, reason="It is a toy."
    )
