"""Find files that were renamed or moved to another folder, and possibly edited as well.

Files with equal bytes are paired first. For the others, the network's features and a perceptual hash select a few
candidates among thousands, and `likeness` compares each candidate with the removed file block by block. Only certain
pairs are called renamed: a wrong "renamed" is worse than one "removed" and one "added".
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import file_digest
from pathlib import Path
from typing import Protocol

import numpy as np

from app.batch.folders.features import Features
from app.batch.folders.likeness import Likeness
from app.batch.folders.measure import Candidate, cached_likeness, compare_candidates, measure_files
from app.batch.folders.pairing import Files, by_name
from app.batch.folders.run import Item, Result, Work, Workers, run_all
from app.batch.folders.work import Job
from app.vision.arrays import Float32
from app.vision.networks import efficientnet_lite0, mobilenet

# The largest distances of candidates. They are wide, so that no renamed file is missed; `likeness` decides.
# Measured with MobileNet V2 / EfficientNet-Lite0.
# Same picture: 60 photographs with ten changes each, at most 0.088 / 0.054 and 12 bits; 99 in 100 of 2,694 photographs
# cropped by 2 %, at most 0.099 / 0.111 and 10 bits.
# Different pictures: circuit boards of different numbers (19,800 pairs), at least 0.040 / 0.036 and 16 bits;
# photographs of different subjects (7,080 pairs), at least 0.225 / 0.259 and 16 bits; screenshots of one application,
# at least 0.0005 / 0.001 and 0 bits: these two measures cannot distinguish them.
MAX_COSINE_DISTANCE = {mobilenet.NAME: 0.12, efficientnet_lite0.INFO.name: 0.11}
MAX_HASH_DISTANCE = 14  # of 64 bits
NEAREST = 5  # candidates for each file
# The share of the best candidate must exceed that of every other candidate by this.
MIN_SHARE_MARGIN = 0.05
ROWS = 256  # of the distance matrix at a time

Pair = tuple[int, int]


class Counter(Protocol):
    """Shows the progress of a run."""

    def begin(self, total: int, items: str, task: str = "") -> None:
        """Start counting `total` items, named in the plural, for a task."""

    def step(self, worked: bool, note: str = "") -> None:
        """Count one item. worked: it took time."""


def find_renames(pairs: Sequence[Files], job: Job, workers: Workers, counter: Counter) -> list[Files]:
    """Replace each removed and added file that are one picture by a renamed pair. The result is sorted by name.

    Files that cannot be read or decoded, or that kill their worker, are only paired if their bytes are equal.
    """
    removed, added = (
        [files for files in pairs if files.after is None],
        [files for files in pairs if files.before is None],
    )
    if not removed or not added:
        return list(pairs)
    counter.begin(len(removed) + len(added), "files", "looking for renamed files")
    renamed = _pair_equal_bytes(removed, added, job)
    for _ in range(2 * len(renamed)):
        counter.step(False)
    renamed += _pair_pictures(_without(removed, renamed), _without(added, renamed), job, workers, counter)
    return sorted([*_without(pairs, renamed), *renamed], key=by_name)


def candidates(removed: Sequence[Features], added: Sequence[Features]) -> list[Pair]:
    """Index pairs of removed and added pictures that are within the limits and among each other's nearest.

    Blank pictures are left out, because all of them are alike.
    """
    forward = _nearest(removed, added)
    backward = _nearest(added, removed)
    return sorted(forward & {(i, j) for j, i in backward})


def choose(found: Mapping[Pair, Likeness]) -> list[Pair]:
    """The candidates that are certainly one picture. A file with a second candidate of a similar share is left out."""
    shares: dict[tuple[str, int], list[float]] = defaultdict(list)
    for (before, after), result in found.items():
        shares["before", before].append(result.share)
        shares["after", after].append(result.share)
    return [
        (before, after)
        for (before, after), result in found.items()
        if result.is_same
        and all(_is_unique_best(result.share, shares[side]) for side in (("before", before), ("after", after)))
    ]


def _is_unique_best(share: float, shares: list[float]) -> bool:
    """Whether `share`, itself one of `shares`, exceeds all others by MIN_SHARE_MARGIN."""
    return sum(share - other < MIN_SHARE_MARGIN for other in shares) == 1


def _nearest(ones: Sequence[Features], others: Sequence[Features]) -> set[Pair]:
    """For each of `ones` the NEAREST of `others` within the limits, as pairs of indices."""
    found: set[Pair] = set()
    for network, limit in MAX_COSINE_DISTANCE.items():
        rows, columns = _comparable(ones, network), _comparable(others, network)
        if not rows or not columns:
            continue
        vectors, hashes = _arrays([others[column] for column in columns])
        for start in range(0, len(rows), ROWS):
            part = rows[start : start + ROWS]
            part_vectors, part_hashes = _arrays([ones[row] for row in part])
            distances = 1 - part_vectors @ vectors.T
            bits = np.bitwise_count(part_hashes[:, None] ^ hashes[None])
            distances[(bits > MAX_HASH_DISTANCE) | (distances > limit)] = np.inf
            order = np.argsort(distances, axis=1, kind="stable")[:, :NEAREST]
            for row, near in enumerate(order):
                found |= {(part[row], columns[column]) for column in near if np.isfinite(distances[row, column])}
    return found


def _comparable(pictures: Sequence[Features], network: str) -> list[int]:
    return [index for index, picture in enumerate(pictures) if picture.network == network and not picture.is_blank]


def _arrays(pictures: Sequence[Features]) -> "tuple[Float32, np.typing.NDArray[np.uint64]]":
    """The vectors, float32 (n, 1280), and the hashes, uint64 (n,)."""
    return np.stack([picture.vector for picture in pictures]), np.array([p.phash for p in pictures], np.uint64)


def _pair_equal_bytes(removed: Sequence[Files], added: Sequence[Files], job: Job) -> list[Files]:
    """Pair files with equal bytes, several equal ones in the order of their names.

    Only files whose size occurs on both sides are read.
    """
    before = _group(_size, [(job.before / (files.before or ""), files) for files in removed])
    after = _group(_size, [(job.after / (files.after or ""), files) for files in added])
    renamed = []
    for size in before.keys() & after.keys():
        ones, others = _group(_digest, before[size]), _group(_digest, after[size])
        for digest in ones.keys() & others.keys():
            for (_, one), (_, other) in zip(ones[digest], others[digest], strict=False):
                renamed.append(Files(one.before, other.after, renamed=True))
    return renamed


Located = tuple[Path, Files]


def _group(key: Callable[[Path], object], files: Iterable[Located]) -> dict[object, list[Located]]:
    """Group files by a key, in the given order; files that cannot be read are left out."""
    groups: dict[object, list[Located]] = defaultdict(list)
    for path, each in files:
        try:
            groups[key(path)].append((path, each))
        except OSError:
            continue
    return groups


def _size(path: Path) -> int:
    return path.stat().st_size


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return file_digest(file, "sha256").digest()


Measured = tuple[Files, Features]


def _pair_pictures(
    removed: Sequence[Files], added: Sequence[Files], job: Job, workers: Workers, counter: Counter
) -> list[Files]:
    if not removed or not added:
        return []
    measured = _run([*removed, *added], job, workers, measure_files, counter)
    # Results arrive in any order, and ties go by name.
    in_order = sorted(measured.items(), key=lambda item: by_name(item[0]))
    old = [(files, features) for files, features in in_order if files.after is None]
    new = [(files, features) for files, features in in_order if files.before is None]
    indices = {
        _candidate(old[i], new[j]): (i, j)
        for i, j in candidates([features for _, features in old], [features for _, features in new])
    }
    found = {candidate: cached for candidate in indices if (cached := cached_likeness(candidate, job))}
    if missing := [candidate for candidate in indices if candidate not in found]:
        counter.begin(len(missing), "candidates", "comparing possible renames")
        found |= _run(missing, job, workers, compare_candidates, counter)
    chosen = choose({pair: found[candidate] for candidate, pair in indices.items() if candidate in found})
    return [Files(old[i][0].before, new[j][0].after, renamed=True) for i, j in chosen]


def _run(
    items: Sequence[Item], job: Job, workers: Workers, work: Work[Item, tuple[Item, Result | None]], counter: Counter
) -> dict[Item, Result]:
    """The results of `work`, without items that have none or that kill their worker."""
    found: dict[Item, Result] = {}
    for item, result in run_all(items, job, workers, work, lambda item: (item, None)):
        counter.step(True)
        if result:
            found[item] = result
    return found


def _candidate(one: Measured, other: Measured) -> Candidate:
    return Candidate(one[0].before or "", other[0].after or "", one[1].digest, other[1].digest)


def _without(files: Iterable[Files], renamed: Sequence[Files]) -> list[Files]:
    """The files that are no side of a renamed pair."""
    paired = {Files(pair.before, None) for pair in renamed} | {Files(None, pair.after) for pair in renamed}
    return [each for each in files if each not in paired]
