"""The command line that both trainings share."""

import argparse
import logging
import os
from pathlib import Path

from training.scenes import photographs


def parse(prog: str, description: str | None, steps: int, of: str, run: Path) -> argparse.Namespace:
    """Set up logging, read the options, and create the folder of the run.

    steps: the default; of: what a step learns from, such as "16 pairs"; run: the default folder.
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(prog=prog, description=description)
    parser.add_argument("--photos", type=_photos, required=True, help="a folder of photographs; thousands are best")
    parser.add_argument("--steps", type=int, default=steps, help=f"of {of} each; {steps} by default")
    parser.add_argument("--run", type=Path, default=run, help="where checkpoints and curve are kept")
    parser.add_argument("--processes", type=int, default=max(1, (os.cpu_count() or 2) // 2), help="that make examples")
    options = parser.parse_args()
    options.run.mkdir(parents=True, exist_ok=True)
    return options


def _photos(folder: str) -> tuple[list[Path], list[Path]]:
    """The photographs to train on, and those held out."""
    try:
        return photographs(Path(folder))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
