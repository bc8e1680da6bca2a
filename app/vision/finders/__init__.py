"""The finders of changed regions, in the order in which they are offered.

To add one, write a module with the attributes of FinderModule and put it in the list MODULES. Options, pages, the
analysis `methods`, the command line and the API's description read that list.
"""

from typing import Protocol

from app.vision.finders import combined, difference, gradient, pixelwise, siamese, spotter, ssim
from app.vision.options import Options
from app.vision.pair import Pair
from app.vision.region import Finding


class FinderModule(Protocol):
    """A module that is a finder.

    NAME: its name in options and reports.
    TITLE: its name on pages.
    DESCRIPTION: one sentence.
    DETAILS: how it works, its strengths and weaknesses, for the comparison of all finders.
    """

    NAME: str
    TITLE: str
    DESCRIPTION: str
    DETAILS: str

    def find(self, pair: Pair, options: Options, /) -> Finding:
        """Find the changed regions of a pair. Raises Unavailable if it cannot run here."""


MODULES: tuple[FinderModule, ...] = (combined, siamese, pixelwise, ssim, spotter, gradient, difference)
FINDERS = {module.NAME: module for module in MODULES}
