"""Other programs that count the pixels in which two pictures differ: odiff and pixelmatch, from npm."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from PIL import Image

from app.config import VAR
from bench.outcome import ODIFF
from bench.pairs import Pair
from bench.peak_memory import Ended, run

CACHE = VAR / "bench"
PACKAGES = {"odiff-bin": "4.5.0", "pixelmatch": "7.2.0"}


class CompetitorMissing(Exception):
    """It cannot be run here; the text says why."""


@dataclass(frozen=True)
class Competitor:
    """A program, the exit codes by which it says that it has compared, and whether it reads nothing but PNG."""

    name: str
    command: tuple[str, ...]
    good: tuple[int, ...]
    png: bool

    def compare(self, pair: Pair) -> Ended:
        """Compare the pair in a process of its own, with the program's defaults. Raises CommandFailed."""
        return run([*self.command, str(pair.a), str(pair.b)], self.good)


def install(cache: Path = CACHE) -> list[Competitor]:
    """Install the programs into the folder, once. Raises PeerMissing."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        raise CompetitorMissing("node and npm are not installed")
    cache.mkdir(parents=True, exist_ok=True)
    wanted = [f"{name}@{version}" for name, version in PACKAGES.items()]
    # Without --prefix npm would look for a project in the folders above.
    done = subprocess.run(
        [npm, "install", "--prefix", str(cache), "--prefer-offline", "--no-audit", "--no-fund", *wanted],
        capture_output=True,
        text=True,
    )
    modules = cache / "node_modules"
    # odiff's own binary: the script in its package starts node first.
    binary = next(modules.glob("@odiff/*/odiff"), None)
    if done.returncode or not binary:
        raise CompetitorMissing(
            f"npm could not install them: {(done.stderr.strip().splitlines() or ['no binary'])[-1]}"
        )
    return [
        Competitor(ODIFF, (str(binary),), (0, 22), png=False),
        Competitor("pixelmatch", (node, str(modules / "pixelmatch/bin/pixelmatch")), (0, 66), png=True),
    ]


def as_png(pair: Pair, folder: Path) -> Pair:
    """The pair as PNG files, in a new folder in this one; a pair of such as it is."""
    if pair.a.suffix == pair.b.suffix == ".png":
        return pair
    place = Path(mkdtemp(dir=folder))
    paths = [place / f"{path.stem}.png" for path in (pair.a, pair.b)]
    for path, source in zip(paths, (pair.a, pair.b), strict=True):
        with Image.open(source) as picture:
            picture.convert("RGB").save(path)
    return Pair(pair.name, *paths)
