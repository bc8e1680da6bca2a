"""What workers measure of files without a partner, kept in `Job.cache` by content: features, and likeness of two."""

import json
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from app.batch.folders.features import Features, features
from app.batch.folders.files import write_whole
from app.batch.folders.likeness import Likeness, likeness
from app.batch.folders.pairing import Files
from app.batch.folders.work import Job, Unusable, read_file
from app.vision.analysis import Unavailable
from app.vision.arrays import UInt8
from app.vision.decoding.decode import decode
from app.vision.decoding.errors import PictureError
from app.vision.networks import imagenet
from app.vision.pair import on_white

log = logging.getLogger(__name__)

# To be raised when the same pictures get another likeness, so that the old ones are not read from the cache.
FORMAT = 1

# What makes one file unusable, and is no fault of the program.
EXPECTED = (PictureError, Unusable, Unavailable, MemoryError)


@dataclass(frozen=True)
class Candidate:
    """A removed and an added file that may be one: their relative names, and SHA-256 of their contents, hexadecimal."""

    before: str
    after: str
    digest_before: str
    digest_after: str


def measure_files(files: Sequence[Files], job: Job) -> list[tuple[Files, Features | None]]:
    """The features of files that only one folder has; None of what is no usable picture."""
    imagenet.configure(job.weights)
    return [(each, _features(each, job)) for each in files]


def compare_candidates(candidates: Sequence[Candidate], job: Job) -> list[tuple[Candidate, Likeness | None]]:
    """How alike the two of each candidate are; None where one of them cannot be read any more."""
    return [(candidate, _likeness(candidate, job)) for candidate in candidates]


def kept_likeness(candidate: Candidate, job: Job) -> Likeness | None:
    """What an earlier run measured of the same contents."""
    try:
        return Likeness(**json.loads(_kept(candidate, job).read_bytes()))
    except (OSError, ValueError, TypeError):  # missing, or damaged
        return None


def _features(files: Files, job: Job) -> Features | None:
    try:
        data = read_file(files.before, job, "BEFORE") if files.before else read_file(files.after or "", job, "AFTER")
        return features(data, job.max_pixels, job.cache)
    except EXPECTED:
        return None
    except Exception:
        log.exception("%s has no features.", files.name)
        return None


def _likeness(candidate: Candidate, job: Job) -> Likeness | None:
    try:
        before = _picture(read_file(candidate.before, job, "BEFORE"), job)
        found = likeness(before, _picture(read_file(candidate.after, job, "AFTER"), job))
    except EXPECTED:
        return None
    except Exception:
        log.exception("%s and %s were not compared.", candidate.before, candidate.after)
        return None
    file = _kept(candidate, job)
    with suppress(OSError):  # where nothing can be written, it is measured anew each time
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, json.dumps(asdict(found)).encode())
    return found


def _picture(data: bytes, job: Job) -> UInt8:
    picture = decode(data, job.max_pixels)
    return on_white(picture.rgb, picture.alpha)


def _kept(candidate: Candidate, job: Job) -> Path:
    name = f"{candidate.digest_before}-{candidate.digest_after}.json"
    return job.cache / f"likeness-{FORMAT}" / name[:2] / name
