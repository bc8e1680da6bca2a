"""A finder for tests/test_registry.py."""

import numpy as np

from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.region import Box, Finding, Region

NAME = "everything"
TITLE = "Everything"
DESCRIPTION = "Marks the whole picture."
DETAILS = "Ignores the pixels. Quick; has `false` alarms."


def find(pair: Pair, _options: Options) -> Finding:
    """One region."""
    everywhere = np.ones_like(pair.valid)
    region = Region(Box(0, 0, *pair.size), everywhere.size, 1.0, (NAME,))
    return Finding([region], everywhere, everywhere.view(np.uint8))
