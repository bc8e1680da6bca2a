"""Screenshots and drawings: what the service says of pairs of which only counts of pixels are known."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from app.evaluation.pipeline import evaluate
from app.evaluation.request import EvaluationRequest
from app.execution.deadline import StepTimer
from app.store import Store, Upload
from app.vision.options import Options
from bench.trials import MAX_PIXELS, Entry, Way, search


@dataclass(frozen=True)
class Screenshots:
    """One pair of `ui`.

    sizes: of A and B, in words. alignment: its status. regions: how many, by finder.
    different: pixels that differ; stated: what the tool says that the pair comes from. verdict: the sentence.
    """

    name: str
    sizes: str
    alignment: str
    regions: dict[str, int]
    different: int
    stated: str
    verdict: str


def screenshots(folder: Path, entry: Entry, finders: list[str]) -> Screenshots:
    """Evaluate the pair as the service does, but without MobileNet; and count the regions of each finder."""
    a, b = (Upload(Path(entry[side]).name, (folder / entry[side]).read_bytes()) for side in "ab")
    threshold = entry.get("threshold", Options().threshold)
    with tempfile.TemporaryDirectory() as scratch:
        store = Store(Path(scratch), f"sqlite:///{scratch}/bench.sqlite")
        request = EvaluationRequest(threshold=threshold, analyses=("pixel", "ssim", "regions", "orb"))
        report = evaluate(store.save_pair(a, b, None), request, store, MAX_PIXELS, StepTimer(3600)).body
    sizes = dict.fromkeys(f"{report[side]['width']} × {report[side]['height']}" for side in "ab")
    return Screenshots(
        name=entry["name"],
        sizes=", ".join(sizes),
        alignment=report["alignment"]["status"],
        regions={found.way.finder: len(found.regions) for found in search(a.data, b.data, list(map(Way, finders)))},
        different=report["metrics"]["different_pixels"],
        stated=_stated(entry),
        verdict=report["verdict"]["summary"],
    )


def _stated(entry: Entry) -> str:
    if (count := entry.get("pixelmatch_8_0_0_count")) is not None:
        return f"{count:,} (pixelmatch)"
    if (count := entry.get("odiff_pixels")) is not None:
        return f"{count:,} (odiff)"
    return f"{entry['resemble_percent']} % (Resemble.js)" if "resemble_percent" in entry else "–"
