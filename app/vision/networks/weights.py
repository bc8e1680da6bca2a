"""The folder of the MobileNet weights, laid out as TensorFlow Hub's cache so that `hub.load` finds them.

Damaged weights cause wrong results rather than an error. So pulled weights are verified by their SHA-256.
"""

from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path

from app.vision.networks.digest import file_digest

SUMS_NAME = "SHA256SUMS"


@dataclass(frozen=True)
class Weights:
    """The MobileNet models to use.

    classification_handles, feature_handles: TensorFlow Hub handles in order of preference; one of each is needed.
    cache_dir: the folder that TensorFlow Hub calls TFHUB_CACHE_DIR.
    """

    classification_handles: tuple[str, ...]
    feature_handles: tuple[str, ...]
    cache_dir: Path

    @property
    def classifier(self) -> str | None:
        """The handle of the classifier in the cache, if any."""
        return find(self.classification_handles, self.cache_dir)

    @property
    def embedding(self) -> str | None:
        """The handle of the feature model in the cache, if any."""
        return find(self.feature_handles, self.cache_dir)

    @property
    def complete(self) -> bool:
        """Whether both models are in the cache and intact."""
        return bool(self.classifier and self.embedding)

    @property
    def damaged(self) -> list[str]:
        """The handles of models in the cache that do not match their checksums."""
        handles = (*self.classification_handles, *self.feature_handles)
        return [handle for handle in handles if is_damaged(model_dir(handle, self.cache_dir))]


def find(handles: tuple[str, ...], cache_dir: Path) -> str | None:
    """The first of the handles whose model is in the cache and intact."""
    return next((handle for handle in handles if is_model(model_dir(handle, cache_dir))), None)


def model_dir(handle: str, cache_dir: Path) -> Path:
    """The folder in which TensorFlow Hub caches a model, named by the SHA-1 of its handle."""
    return cache_dir / sha1(handle.encode(), usedforsecurity=False).hexdigest()


def is_model(folder: Path) -> bool:
    """Whether a folder holds an intact SavedModel. For an empty folder, `hub.load` would start a download."""
    return (folder / "saved_model.pb").is_file() and not is_damaged(folder)


def write_checksums(folder: Path) -> None:
    """Write the SHA-256 of all files in a folder, in the format of `sha256sum -c`, unless there is such a file."""
    if (folder / SUMS_NAME).exists():
        return
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    lines = [f"{file_digest(file)}  {file.relative_to(folder)}\n" for file in files]
    (folder / SUMS_NAME).write_text("".join(lines), encoding="utf-8")


def is_damaged(folder: Path) -> bool:
    """Whether a file is missing or does not match its checksum. False without checksums, as before a pull."""
    try:
        sums = (folder / SUMS_NAME).read_text(encoding="utf-8").splitlines()
        return any(file_digest(folder / line[66:]) != line[:64] for line in sums)
    except UnicodeDecodeError:
        return True
    except OSError:
        return (folder / SUMS_NAME).exists()
