"""The analyses, in the order in which they run and are shown.

To add one, write a module with the attributes of AnalysisModule and put it in the list MODULES. Options, reports,
pages, progress events, the command line and the API's description read that list.
"""

from collections.abc import Iterable
from typing import Protocol, cast

from app.vision.analyses import hash, lpips, methods, mobilenet, orb, pixel, regions, ssim
from app.vision.analysis import Analysis
from app.vision.options import Options
from app.vision.pair import Pair


class AnalysisModule(Protocol):
    """A module that is an analysis.

    NAME: its name in options and reports, and the name of its template in templates/analyses. Without a template, the
        report page shows the metrics and images that are called NAME or NAME_something.
    TITLE: the heading of its card. The command line leaves out what is in parentheses.
    DESCRIPTION: one sentence.
    STEP_LABEL: what the progress checklist shows while it runs.
    NEEDS_NETWORK: it cannot run before a neural network is loaded; the module is a NetworkModule.
    DEFAULT: it runs unless the caller chooses other analyses.
    """

    NAME: str
    TITLE: str
    DESCRIPTION: str
    STEP_LABEL: str
    NEEDS_NETWORK: bool
    DEFAULT: bool

    def analyse(self, pair: Pair, options: Options, /) -> Analysis:
        """Analyse a pair. Raises Unavailable if it cannot run here."""


class NetworkModule(AnalysisModule, Protocol):
    """A module that is an analysis with NEEDS_NETWORK."""

    def needs_loading(self) -> bool:
        """Whether the network is available but not loaded, so that the first analysis takes seconds longer."""

    def load(self) -> None:
        """Load the network. Raises Unavailable without its weights."""


MODULES: tuple[AnalysisModule, ...] = (pixel, ssim, regions, orb, hash, mobilenet, lpips, methods)
ANALYSES = {module.NAME: module for module in MODULES}


def default_analyses() -> tuple[str, ...]:
    """The names of the analyses that run unless the caller chooses others."""
    return tuple(name for name, module in ANALYSES.items() if module.DEFAULT)


def network_analyses(names: Iterable[str]) -> list[NetworkModule]:
    """Those of the named analyses that need a network."""
    return [cast(NetworkModule, ANALYSES[name]) for name in names if ANALYSES[name].NEEDS_NETWORK]
