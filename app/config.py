"""The settings with their defaults, descriptions and checks, read from the environment when the service starts."""

import json
import os
import re
import secrets
from pathlib import Path
from typing import Annotated, Any, Literal

from limits import parse_many
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.execution.memory import WORKER_BYTES, available
from app.vision.networks.weights import CLASSIFICATION_SHA256, FEATURE_SHA256, Weights

MEBIBYTE = 1024 * 1024
MIN_SECRET_KEY = 32  # characters

# By default the service writes into the checkout, independent of the working directory.
VAR = Path(__file__).resolve().parent.parent / "var"
AbsolutePath = Annotated[Path, AfterValidator(Path.absolute)]


def _key(key: SecretStr) -> SecretStr:
    """Check that a key is a valid Bearer token (RFC 6750) and too long to guess. Raises ValueError."""
    if not re.fullmatch("[A-Za-z0-9._~+/-]{16,}=*", key.get_secret_value()):
        raise ValueError("a key has 16 characters or more, all of them letters, digits or . _ ~ + / -")
    return key


def _listed(value: Any, about: ValidationInfo) -> Any:
    """Parse a list: JSON or comma-separated. Raises ValueError for an empty list, which would remove a restriction."""
    if not isinstance(value, str):
        return value
    parts = json.loads(value) if value.startswith("[") else [part.strip() for part in value.split(",") if part.strip()]
    if not parts:
        raise ValueError(f"{str(about.field_name).upper()} is an empty list; unset it instead")
    return parts


def _secret(key: str) -> str:
    """Check that a key for cookies is too long to guess. Raises ValueError."""
    if 0 < len(key) < MIN_SECRET_KEY:
        raise ValueError(f"this key has {MIN_SECRET_KEY} characters or more; without the setting, one is generated")
    return key


Listed = (NoDecode, BeforeValidator(_listed))
Keys = Annotated[tuple[Annotated[SecretStr, AfterValidator(_key)], ...], *Listed]
Names = Annotated[tuple[str, ...], *Listed]


def _rate(value: str) -> str:
    if value:
        parse_many(value)
    return value


Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Rate = Annotated[str, AfterValidator(_rate)]


class Settings(BaseSettings):
    """The service's settings. Each is set by the environment variable of the same name in capitals."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, hide_input_in_errors=True)

    data_dir: AbsolutePath = Field(
        VAR / "data", description="Folder of the stored pictures, the database and the secret."
    )
    database_url: str = Field("", description="SQLAlchemy URL of the database. Default: SQLite in DATA_DIR.")
    secret_key: Annotated[str, AfterValidator(_secret)] = Field(
        "", description="Key that signs cookies, 32 characters or more. Default: generated once and kept in DATA_DIR."
    )
    secure_cookies: bool = Field(
        False, description="Send cookies over HTTPS only, and tell browsers to use HTTPS. Set it if HTTPS is used."
    )
    trusted_proxies: int = Field(
        0, ge=0, le=5, description="Number of reverse proxies whose X-Forwarded-* headers are trusted."
    )
    trusted_hosts: Names = Field(
        (),
        description="Accepted host names besides this machine's own; `.example.org` includes its subdomains. "
        "A comma-separated or a JSON list. Default: any.",
    )
    api_keys: Keys = Field(
        (),
        description="Keys of the API, a comma-separated or a JSON list. Default: none, the API is open to anybody.",
    )
    share_reports: bool = Field(
        False,
        description="Answer with stored reports of other owners, if they asked for the same comparison of the same "
        "pictures. It saves time, and tells each of them that another has compared these pictures.",
    )

    max_storage: int = Field(
        0, ge=0, description="Bytes that may be stored; uploads and comparisons above it are refused. 0: no limit."
    )
    sweep_when_full: bool = Field(
        False,
        description="At MAX_STORAGE, delete the oldest pairs that were stored without an API key instead of refusing.",
    )
    max_body: int = Field(64 * MEBIBYTE, gt=0, description="Largest request in bytes.")
    max_form_parts: int = Field(20, gt=0, description="Largest number of parts of a form.")
    max_form_memory: int = Field(256 * 1024, gt=0, description="Largest form field without a file, in bytes.")
    max_pixels: int = Field(50_000_000, gt=0, description="Largest number of pixels of a picture, by its header.")
    deadline: float = Field(60, gt=0, description="Longest duration of an evaluation in seconds.")
    max_running: int = Field(os.cpu_count() or 1, gt=0, description="Evaluations at once, each in a process.")
    preload_networks: bool = Field(
        True,
        description="Load the neural networks in each process at the start, which takes 0.8 GB each. With `false` the "
        "first comparison of a process that needs them waits.",
    )
    max_waiting: int = Field(16, ge=0, description="Evaluations that wait in the queue, and drawings in theirs.")
    max_memory: int = Field(
        0,
        ge=0,
        description="Bytes for the pixels of all running evaluations; an evaluation that needs more runs alone. "
        "Default: three quarters of the available memory, less 1 GiB for each process.",
    )
    channel_timeout: int = Field(
        30,
        gt=0,
        description="Seconds without a byte after which a connection is closed, and seconds that a request may take to "
        "arrive, with one more for every 500 bytes of its body. 2 while more than half of all connections are taken.",
    )
    rate_limit: Rate = Field(
        "",
        description='Uploads, evaluations and requests that draw, of each client, such as "60/minute". '
        "Default: unlimited.",
    )

    log_format: Literal["json", "text"] | None = Field(
        None, description="Log lines for programs or for people. Default: text on a terminal, else JSON."
    )
    metrics: bool = Field(False, description="Publish metrics for Prometheus at /metrics, without a key.")

    retention_days: int = Field(
        0, ge=0, le=36_500, description="Days after which `python -m app sweep` deletes a pair. 0: never."
    )

    cache_dir: AbsolutePath = Field(
        VAR / "cache", description="Folder of cached features of pictures, which can be deleted at any time."
    )
    tfhub_cache_dir: AbsolutePath = Field(VAR / "tfhub", description="Folder of the MobileNet weights.")
    classification_handles: tuple[str, ...] = Field(
        (
            "https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/classification/5",
            "https://www.kaggle.com/models/google/mobilenet-v2/TensorFlow2/100-224-classification/2",
        ),
        description="TensorFlow Hub handles of the classifier, tried in order; a JSON list.",
    )
    feature_handles: tuple[str, ...] = Field(
        (
            "https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/feature_vector/5",
            "https://www.kaggle.com/models/google/mobilenet-v2/TensorFlow2/100-224-feature-vector/2",
        ),
        description="TensorFlow Hub handles of the embedding, tried in order; a JSON list.",
    )
    classification_sha256: Sha256 = Field(CLASSIFICATION_SHA256, description="SHA-256 of the classifier's files.")
    feature_sha256: Sha256 = Field(FEATURE_SHA256, description="SHA-256 of the embedding's files.")

    @property
    def database(self) -> str:
        """The database URL in force."""
        return self.database_url or f"sqlite:///{self.data_dir / 'image-diff.sqlite'}"

    @property
    def memory(self) -> int:
        """The limit in force for the pixels of all running evaluations, in bytes."""
        return self.max_memory or max(0, available() * 3 // 4 - self.max_running * WORKER_BYTES)

    @property
    def weights(self) -> Weights:
        """The MobileNet weights to use."""
        handles = self.classification_handles, self.feature_handles
        return Weights(*handles, self.tfhub_cache_dir, self.classification_sha256, self.feature_sha256)

    def secret(self) -> str:
        """The cookie key in force. All processes share the key in DATA_DIR; the first one to link its file wins."""
        if self.secret_key:
            return self.secret_key
        kept = self.data_dir / "secret"
        if not kept.exists():
            self.data_dir.mkdir(0o700, parents=True, exist_ok=True)
            draft = self.data_dir / f".secret-{secrets.token_hex(8)}"
            try:
                draft.touch(mode=0o600)
                draft.write_text(secrets.token_urlsafe(32))
                kept.hardlink_to(draft)
            except FileExistsError:
                pass
            finally:
                draft.unlink(missing_ok=True)
        return kept.read_text()
