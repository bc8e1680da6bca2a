"""Where the MobileNet weights lie: a folder laid out as TensorFlow Hub's cache, so that `hub.load` finds them.

A network does not notice a damaged weight: it answers, wrongly. So what was pulled is checked against its digests.
"""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha1, sha256
from pathlib import Path

CLASSES = 1001
LABELS_NAME = "ImageNetLabels.txt"
SUMS_NAME = "SHA256SUMS"


@dataclass(frozen=True)
class Weights:
    """What to use, from where.

    classification_handles, feature_handles: TensorFlow Hub handles, the most wanted first; any one of each will do.
    cache_dir: the folder that TensorFlow Hub calls TFHUB_CACHE_DIR.
    """

    classification_handles: tuple[str, ...]
    feature_handles: tuple[str, ...]
    cache_dir: Path

    @property
    def classifier(self) -> str | None:
        """The handle of the classifier that is here, if any."""
        return find(self.classification_handles, self.cache_dir)

    @property
    def embedding(self) -> str | None:
        """The handle of the feature vector that is here, if any."""
        return find(self.feature_handles, self.cache_dir)

    @property
    def damaged(self) -> list[str]:
        """What is here but no longer what was pulled: the models' handles, and the file of class names."""
        handles = (*self.classification_handles, *self.feature_handles)
        models = [handle for handle in handles if is_damaged(model_dir(handle, self.cache_dir))]
        named = any((folder / LABELS_NAME).exists() and is_damaged(folder, LABELS_NAME) for folder in self._beside)
        return [*models, LABELS_NAME] if named else models

    @property
    def labels(self) -> tuple[str, ...] | None:
        """The names of the 1001 classes (0 is background), from the cache folder or beside it.

        None where they are not there, or not what was pulled.
        """
        sound = (folder for folder in self._beside if not is_damaged(folder, LABELS_NAME))
        return next(filter(None, (read_labels(folder / LABELS_NAME) for folder in sound)), None)

    @property
    def _beside(self) -> tuple[Path, Path]:
        return self.cache_dir, self.cache_dir.parent


def find(handles: tuple[str, ...], cache_dir: Path) -> str | None:
    """The first of the handles whose model is in the cache, undamaged."""
    return next((handle for handle in handles if is_model(model_dir(handle, cache_dir))), None)


def model_dir(handle: str, cache_dir: Path) -> Path:
    """Where TensorFlow Hub caches a model: a folder named by the SHA-1 of its handle."""
    return cache_dir / sha1(handle.encode(), usedforsecurity=False).hexdigest()


def is_model(folder: Path) -> bool:
    """Whether a folder holds a SavedModel. An empty folder does not: for one, `hub.load` would start a download."""
    return (folder / "saved_model.pb").is_file() and not is_damaged(folder)


def note_sums(folder: Path, only: str = "") -> None:
    """Note the SHA-256 of all files in a folder, or of one, as `sha256sum -c` reads them, unless that was done."""
    if (folder / SUMS_NAME).exists():
        return
    files = sorted(file for file in folder.rglob("*") if file.is_file()) if not only else [folder / only]
    lines = [f"{sha256(file.read_bytes()).hexdigest()}  {file.relative_to(folder)}\n" for file in files]
    (folder / SUMS_NAME).write_text("".join(lines), encoding="utf-8")


def is_damaged(folder: Path, only: str = "") -> bool:
    """Whether a file, any or this one, is not as noted, or gone. Nothing is noted of what was never pulled."""
    try:
        sums = (folder / SUMS_NAME).read_text(encoding="utf-8").splitlines()
        noted = [(line[:64], folder / line[66:]) for line in sums if only in ("", line[66:])]
        return any(_digest(file, *_version(file)) != digest for digest, file in noted)
    except UnicodeDecodeError:
        return True
    except OSError:
        return (folder / SUMS_NAME).exists()


def _version(file: Path) -> tuple[int, int]:
    stat = file.stat()
    return stat.st_mtime_ns, stat.st_size


@lru_cache(maxsize=64)
def _digest(file: Path, _modified: int, _size: int) -> str:
    """Read again only when the file changes: /readyz is asked all the time. Who loads a model is a new process."""
    return sha256(file.read_bytes()).hexdigest()


def read_labels(file: Path) -> tuple[str, ...] | None:
    """The class names in a file of one per line; None where there is no such file or it has not 1001 of them."""
    try:
        labels = tuple(file.read_text(encoding="utf-8").splitlines())
    except (OSError, UnicodeDecodeError):
        return None
    return labels if len(labels) == CLASSES else None
