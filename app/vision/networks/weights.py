"""The folder of the MobileNet weights, laid out as TensorFlow Hub's cache so that `hub.load` finds them.

Other weights than the published ones cause wrong results rather than an error. So a model is used only if its files
have the pinned SHA-256.
"""

from dataclasses import dataclass
from hashlib import sha1, sha256
from pathlib import Path

from app.vision.networks.digest import file_digest

# model_digest() of MobileNet V2, depth multiplier 1.00, 224 × 224 pixels, as published at tfhub.dev (version 5).
CLASSIFICATION_SHA256 = "b6e03572fa2c0119a7c14f8a5491b6017a390ca55134e23ec0980205f3fcab05"
FEATURE_SHA256 = "9c2e2c4bc5257a44bc6af0caa01b6a0c02e78d35c9a903d0e4577a983765309b"

FORMER_CHECKSUMS = "SHA256SUMS"  # earlier versions wrote this file into the folder of a model


@dataclass(frozen=True)
class Weights:
    """The MobileNet models to use.

    classification_handles, feature_handles: TensorFlow Hub handles in order of preference; one of each is needed.
    cache_dir: the folder that TensorFlow Hub calls TFHUB_CACHE_DIR.
    classification_sha256, feature_sha256: the model_digest() that the models must have.
    """

    classification_handles: tuple[str, ...]
    feature_handles: tuple[str, ...]
    cache_dir: Path
    classification_sha256: str = CLASSIFICATION_SHA256
    feature_sha256: str = FEATURE_SHA256

    @property
    def classifier(self) -> str | None:
        """The handle of the classifier in the cache, if any."""
        return find(self.classification_handles, self.classification_sha256, self.cache_dir)

    @property
    def embedding(self) -> str | None:
        """The handle of the feature model in the cache, if any."""
        return find(self.feature_handles, self.feature_sha256, self.cache_dir)

    @property
    def complete(self) -> bool:
        """Whether both models are in the cache and intact."""
        return bool(self.classifier and self.embedding)

    @property
    def damaged(self) -> list[str]:
        """The handles of models in the cache that do not have the pinned SHA-256."""
        pinned = dict.fromkeys(self.classification_handles, self.classification_sha256)
        pinned |= dict.fromkeys(self.feature_handles, self.feature_sha256)
        folders = {handle: model_dir(handle, self.cache_dir) for handle in pinned}
        return [
            handle for handle, path in folders.items() if any(path.glob("*")) and not is_model(path, pinned[handle])
        ]


def find(handles: tuple[str, ...], sha256: str, cache_dir: Path) -> str | None:
    """The first of the handles whose model is in the cache and has this SHA-256."""
    return next((handle for handle in handles if is_model(model_dir(handle, cache_dir), sha256)), None)


def model_dir(handle: str, cache_dir: Path) -> Path:
    """The folder in which TensorFlow Hub caches a model, named by the SHA-1 of its handle."""
    return cache_dir / sha1(handle.encode(), usedforsecurity=False).hexdigest()


def is_model(folder: Path, sha256: str) -> bool:
    """Whether a folder holds the model with this SHA-256, and nothing else."""
    try:
        return model_digest(folder) == sha256
    except OSError:
        return False


def model_digest(folder: Path) -> str:
    """The SHA-256 of what `sha256sum` prints for all files below a folder, sorted by name. Raises OSError."""
    files = sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())
    lines = [f"{file_digest(folder / name)}  {name}\n" for name in files if name != FORMER_CHECKSUMS]
    return sha256("".join(lines).encode()).hexdigest()
