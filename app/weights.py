"""Where the MobileNet weights lie: a folder laid out as TensorFlow Hub's cache, so that `hub.load` finds them."""

from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path

CLASSES = 1001
LABELS_NAME = "ImageNetLabels.txt"


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
    def labels(self) -> tuple[str, ...] | None:
        """The names of the 1001 classes (0 is background), from the cache folder or beside it; None if not there."""
        for folder in (self.cache_dir, self.cache_dir.parent):
            if labels := read_labels(folder / LABELS_NAME):
                return labels
        return None


def find(handles: tuple[str, ...], cache_dir: Path) -> str | None:
    """The first of the handles whose model is in the cache."""
    return next((handle for handle in handles if is_model(model_dir(handle, cache_dir))), None)


def model_dir(handle: str, cache_dir: Path) -> Path:
    """Where TensorFlow Hub caches a model: a folder named by the SHA-1 of its handle."""
    return cache_dir / sha1(handle.encode(), usedforsecurity=False).hexdigest()


def is_model(folder: Path) -> bool:
    """Whether a folder holds a SavedModel. An empty folder does not: for one, `hub.load` would start a download."""
    return (folder / "saved_model.pb").is_file()


def read_labels(file: Path) -> tuple[str, ...] | None:
    """The class names in a file of one per line; None where there is no such file or it has not 1001 of them."""
    try:
        labels = tuple(file.read_text(encoding="utf-8").splitlines())
    except (OSError, UnicodeDecodeError):
        return None
    return labels if len(labels) == CLASSES else None
